include("${CMAKE_CURRENT_LIST_DIR}/postbell-sdkTargets.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/PostbellPlugin.cmake")
