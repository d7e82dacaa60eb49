# SPDX-License-Identifier: Apache-2.0
# postbell_add_plugin(NAME SOURCES...): a shared library NAME.so that exports its descriptor and nothing else.
function(postbell_add_plugin name)
    set(map "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/postbell_plugin.map")
    add_library(${name} MODULE ${ARGN})
    target_link_libraries(${name} PRIVATE postbell::sdk)
    target_link_options(${name} PRIVATE "LINKER:--version-script=${map}")
    set_target_properties(${name} PROPERTIES
        PREFIX "" SUFFIX ".so"
        CXX_VISIBILITY_PRESET hidden C_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
        LINK_DEPENDS "${map}")
endfunction()
