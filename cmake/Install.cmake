# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` lays down: both programs, the engine as one archive (base is inside, so a
# client links one library of ours), the header a client includes, and a pkg-config file.
include(GNUInstallDirs)

get_property(native GLOBAL PROPERTY NATIVE_OBJECTS)
add_library(archive STATIC $<TARGET_OBJECTS:engine> $<TARGET_OBJECTS:base> ${native})
set_target_properties(archive PROPERTIES OUTPUT_NAME noctule-engine LINKER_LANGUAGE C)

# From the folder of the .pc file back to the prefix.
string(REGEX REPLACE "[^/]+" ".." PC_UP ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
configure_file(cmake/noctule-engine.pc.in noctule-engine.pc @ONLY)
install(TARGETS noctule noctule-engine archive)
install(FILES engine/engine.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/noctule)
install(FILES ${CMAKE_BINARY_DIR}/noctule-engine.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
