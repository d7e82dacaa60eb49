# SPDX-License-Identifier: Apache-2.0
# Helpers: one function for each kind of target, so that flags are said once.
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(Poco 1.11 REQUIRED COMPONENTS Foundation Net NetSSL Crypto Util XML)
find_package(SQLiteCpp REQUIRED)
find_package(Catch2 2 REQUIRED)
find_package(nlohmann_json 3 REQUIRED)
# Before the library's own folder: see the header there.
target_include_directories(nlohmann_json::nlohmann_json BEFORE INTERFACE ${PROJECT_SOURCE_DIR}/cmake/json)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(CLI11 REQUIRED)
find_package(mimalloc 2 REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(NGHTTP2 REQUIRED IMPORTED_TARGET libnghttp2)
find_path(TOMLPP_INCLUDE_DIR toml++/toml.h REQUIRED)
find_path(VALIJSON_INCLUDE_DIR valijson/validator.hpp REQUIRED)

# Flags of everything that is ours.
add_library(postbell_warnings INTERFACE)
target_compile_options(postbell_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
    $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast>
    # False reports of g++ 12 about std::string (GCC bug 105651).
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
    $<$<BOOL:${POSTBELL_WERROR}>:-Werror>)
if(POSTBELL_SANITIZE)
    # False reports of g++ 12 about std::regex and lists of texts, once sanitizers have been at it.
    target_compile_options(postbell_warnings INTERFACE "$<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized;-Wno-array-bounds;-Wno-stringop-overflow>")
    add_compile_options(-fsanitize=${POSTBELL_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${POSTBELL_SANITIZE})
else()
    # As distributions build what listens on a network. An index out of bounds ends the process, and is no attack.
    add_compile_options($<$<CONFIG:Release,RelWithDebInfo>:-D_FORTIFY_SOURCE=2> -fstack-protector-strong
        $<$<COMPILE_LANGUAGE:CXX>:-D_GLIBCXX_ASSERTIONS>)
    if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
        add_compile_options(-fcf-protection)
    endif()
    add_link_options(LINKER:-z,relro,-z,now)
endif()

# Most templates of nlohmann's JSON, compiled once: whoever uses the library gets them with it.
add_library(postbell_json STATIC ${PROJECT_SOURCE_DIR}/cmake/json/json.cpp)
target_include_directories(postbell_json SYSTEM BEFORE PRIVATE ${PROJECT_SOURCE_DIR}/cmake/json)
target_link_libraries(postbell_json PRIVATE postbell_warnings)
target_link_libraries(nlohmann_json::nlohmann_json INTERFACE postbell_json)

# The memory of the gateway, and of programs that measure its parts (docs/decisions/memory-allocator.md). Sanitizers
# bring their own.
add_library(postbell_allocator INTERFACE)
if(NOT POSTBELL_SANITIZE)
    target_link_libraries(postbell_allocator INTERFACE mimalloc)
    add_library(postbell_operator_new OBJECT ${PROJECT_SOURCE_DIR}/core/app/operator_new.cpp)
    target_link_libraries(postbell_operator_new PRIVATE postbell_warnings)
    target_sources(postbell_allocator INTERFACE $<TARGET_OBJECTS:postbell_operator_new>)
endif()

# All unit tests, and all fuzzers, without the programs.
add_custom_target(postbell_unit_tests)
add_custom_target(postbell_fuzzers)

# So that ccache recognises precompiled headers.
add_library(postbell_precompiled_options INTERFACE)
target_compile_options(postbell_precompiled_options INTERFACE
    $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess> "$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>")

# The tests' own code need not be fast, nor lead a fuzzer, and compiles in half the time.
add_library(postbell_test_options INTERFACE)
target_compile_options(postbell_test_options INTERFACE -O0 $<$<CONFIG:Release>:-U_FORTIFY_SOURCE>
    $<$<BOOL:${POSTBELL_FUZZERS}>:-fno-sanitize=fuzzer-no-link>)

# postbell_precompile(TARGET): under sanitizers alone, several sources are compiled as one, and where that leaves several,
# the standard library's headers are precompiled: headers are most of what those builds compile. The release build
# compiles each source by itself, and so shows an include that a source lacks. A source that has names of its own which
# another of its topic has as well is compiled by itself: set_source_files_properties(... PROPERTIES
# SKIP_UNITY_BUILD_INCLUSION ON).
function(postbell_precompile target)
    if(NOT POSTBELL_SANITIZE)
        return()
    endif()
    set(batch 12)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${batch})
    get_target_property(sources ${target} SOURCES)
    list(LENGTH sources count)
    if(count GREATER batch)
        target_precompile_headers(${target} PRIVATE ${PROJECT_SOURCE_DIR}/cmake/precompiled.h)
        target_link_libraries(${target} PRIVATE postbell_precompiled_options)
    endif()
endfunction()

# postbell_together(TARGET RESULT SOURCES...): the sources to compile in place of a test's own. Up to POSTBELL_TOGETHER of
# them are one, each in a namespace of its own, behind the headers of all: those are most of what a test compiles. A
# source that opens a namespace or has macros stays by itself.
set(POSTBELL_TOGETHER 16 CACHE STRING "So many sources of a test at most are compiled as one")
function(postbell_together target result)
    set(place ${CMAKE_CURRENT_BINARY_DIR}/${target})
    set(headers "#include <catch2/catch.hpp>")
    set(compiled "")
    set(joined "")
    foreach(source IN LISTS ARGN)
        cmake_path(ABSOLUTE_PATH source NORMALIZE)
        cmake_path(GET source PARENT_PATH beside)
        cmake_path(GET source STEM name)
        # Relative, so that ccache knows them in another clone.
        file(RELATIVE_PATH path ${place} ${source})
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
        file(STRINGS ${source} includes REGEX "^#include ")
        foreach(include IN LISTS includes)
            string(REGEX MATCH "[<\"]([^>\"]+)[>\"]" header "${include}")
            if(EXISTS ${beside}/${CMAKE_MATCH_1})
                file(RELATIVE_PATH header ${place} ${beside}/${CMAKE_MATCH_1})
                set(header "\"${header}\"")
            endif()
            list(APPEND headers "#include ${header}")
        endforeach()
        file(STRINGS ${source} own REGEX "^(namespace [a-z]|extern |template <>|# *define|# *if|int main|void\\*? operator )")
        if(own OR POSTBELL_TOGETHER LESS 2)
            list(APPEND compiled ${source})
        else()
            list(APPEND joined "namespace ${name} {\n#include \"${path}\"\n}\n")
        endif()
    endforeach()
    list(REMOVE_DUPLICATES headers)
    list(JOIN headers "\n" text)
    file(CONFIGURE OUTPUT ${place}/headers.h CONTENT "#pragma once\n${text}\n" @ONLY)
    list(LENGTH joined count)
    math(EXPR units "(${count} + ${POSTBELL_TOGETHER} - 1) / ${POSTBELL_TOGETHER}")
    set(number 0)
    while(joined)
        math(EXPR number "${number} + 1")
        math(EXPR size "(${count} + ${units} - 1) / ${units}")
        set(text "#include \"headers.h\"\n")
        foreach(one RANGE 1 ${size})
            list(POP_FRONT joined part)
            string(APPEND text "${part}")
        endforeach()
        file(CONFIGURE OUTPUT ${place}/${number}.cpp CONTENT "${text}" @ONLY)
        list(APPEND compiled ${place}/${number}.cpp)
    endwhile()
    set(${result} ${compiled} PARENT_SCOPE)
endfunction()

# postbell_unit_test(NAME SOURCES ... [LINKS ...] [LABELS ...]): a Catch2 program, one ctest. One that bears a topic's name
# sees what the topic's sources see.
function(postbell_unit_test name)
    cmake_parse_arguments(arg "" "" "SOURCES;LINKS;LABELS" ${ARGN})
    postbell_together(test_${name} sources ${arg_SOURCES})
    add_executable(test_${name} ${sources})
    target_link_libraries(test_${name} PRIVATE postbell_catch_main ${arg_LINKS} postbell_warnings postbell_test_options)
    if(name IN_LIST POSTBELL_TOPICS)
        postbell_inside(test_${name} ${name})
    endif()
    add_dependencies(postbell_unit_tests test_${name})
    add_test(NAME ${name} COMMAND test_${name})
    set_tests_properties(${name} PROPERTIES LABELS "unit;${arg_LABELS}" TIMEOUT 120)
endfunction()

# postbell_fuzzer(NAME SOURCES ... [INSIDE topics] LINKS ...): a libFuzzer program fuzz_NAME; seeds in
# tests/fuzz/corpus/NAME if any.
function(postbell_fuzzer name)
    if(NOT POSTBELL_FUZZERS)
        return()
    endif()
    cmake_parse_arguments(arg "" "" "SOURCES;INSIDE;LINKS" ${ARGN})
    add_executable(fuzz_${name} ${arg_SOURCES})
    target_link_libraries(fuzz_${name} PRIVATE ${arg_LINKS} postbell_warnings)
    postbell_inside(fuzz_${name} ${arg_INSIDE})
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    add_dependencies(postbell_fuzzers fuzz_${name})
endfunction()
