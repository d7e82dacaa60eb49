# template: installs the SDK alone and builds and tests its template with it. nested: a project without a version that
# adds a copy of the SDK's folder.
file(REMOVE_RECURSE ${FOLDER})
function(run)
    execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE text ERROR_VARIABLE text)
    if(NOT code EQUAL 0)
        message(FATAL_ERROR "${ARGN} failed:\n${text}")
    endif()
endfunction()

set(source ${FOLDER}/installed/share/postbell-sdk/template)
if(PROJECT STREQUAL template)
    run(${CMAKE_COMMAND} --install ${BUILD} --component sdk --prefix ${FOLDER}/installed)
    foreach(file include/postbell/abi.h share/pkgconfig/postbell-sdk.pc share/doc/postbell-sdk/LICENSE
            share/doc/postbell-sdk/plugin-development.md share/postbell-sdk/abi/layout-0.txt)
        if(NOT EXISTS ${FOLDER}/installed/${file})
            message(FATAL_ERROR "${file} is not installed")
        endif()
    endforeach()
    set(documents ${FOLDER}/installed/share/doc/postbell-sdk)
    file(READ ${documents}/plugin-development.md page)
    string(REGEX REPLACE "[][;]" "|" page "${page}") # which would break a list
    string(REGEX MATCHALL "\\|\\([^)#:]+\\)" links "${page}")
    foreach(link IN LISTS links)
        string(REGEX REPLACE "^..(.*).$" "\\1" link "${link}")
        if(NOT EXISTS ${documents}/${link})
            message(FATAL_ERROR "plugin-development.md links to ${link}, which is not installed")
        endif()
    endforeach()
else()
    set(source ${FOLDER}/source)
    file(COPY ${SOURCE}/sdk ${SOURCE}/sdk/template/bell.cpp DESTINATION ${source})
    file(WRITE ${source}/CMakeLists.txt "cmake_minimum_required(VERSION 3.25)\nproject(nested LANGUAGES CXX)\n"
        "add_subdirectory(sdk)\npostbell_add_plugin(bell NEEDS_MINOR 2 bell.cpp)\nenable_testing()\n")
endif()
run(${CMAKE_COMMAND} -S ${source} -B ${FOLDER}/build -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${COMPILER}
    -DCMAKE_PREFIX_PATH=${FOLDER}/installed)
run(${CMAKE_COMMAND} --build ${FOLDER}/build)
run(${CMAKE_CTEST_COMMAND} --test-dir ${FOLDER}/build --output-on-failure)
