# SPDX-License-Identifier: Apache-2.0
# postbell_add_plugin(NAME [NEEDS_MINOR N] SOURCES...): a shared library NAME.so that exports its descriptor and nothing
# else, and has every library that it needs. NEEDS_MINOR: the least minor of the contract that it runs with, if it needs
# what a later one than the first brought.
function(postbell_add_plugin name)
    cmake_parse_arguments(arg "" "NEEDS_MINOR" "" ${ARGN})
    set(map "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/postbell_plugin.map")
    add_library(${name} MODULE ${arg_UNPARSED_ARGUMENTS})
    target_link_libraries(${name} PRIVATE postbell::sdk)
    target_link_options(${name} PRIVATE "LINKER:--version-script=${map}")
    # A plugin that forgot a library would load on the gateway's own copy, as long as the gateway has one. (What
    # sanitizers add comes from the program.)
    if(NOT POSTBELL_SANITIZE AND NOT "${CMAKE_C_FLAGS} ${CMAKE_CXX_FLAGS}" MATCHES "-fsanitize")
        target_link_options(${name} PRIVATE "LINKER:-z,defs")
    endif()
    if(DEFINED arg_NEEDS_MINOR)
        target_compile_definitions(${name} PRIVATE POSTBELL_NEEDS_MINOR=${arg_NEEDS_MINOR}u)
    endif()
    set_target_properties(${name} PROPERTIES
        PREFIX "" SUFFIX ".so"
        CXX_VISIBILITY_PRESET hidden C_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
        LINK_DEPENDS "${map}")
endfunction()
