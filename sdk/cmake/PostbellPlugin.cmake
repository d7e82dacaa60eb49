# SPDX-License-Identifier: Apache-2.0
# postbell_add_plugin(NAME SOURCES...): a shared library NAME.so that exports its descriptor and nothing else.
set(POSTBELL_PLUGIN_MAP "${CMAKE_CURRENT_LIST_DIR}/postbell_plugin.map")

function(postbell_add_plugin name)
    add_library(${name} MODULE ${ARGN})
    target_link_libraries(${name} PRIVATE postbell::sdk)
    target_link_options(${name} PRIVATE "LINKER:--version-script=${POSTBELL_PLUGIN_MAP}")
    set_target_properties(${name} PROPERTIES
        PREFIX "" SUFFIX ".so"
        CXX_VISIBILITY_PRESET hidden C_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
        LINK_DEPENDS "${POSTBELL_PLUGIN_MAP}")
endfunction()
