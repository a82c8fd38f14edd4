# What `cmake --install` puts where: libraries, headers, the command, the manual, and how to find
# them (pkg-config and CMake).
include(CMakePackageConfigHelpers)

install(TARGETS tacit tacit_shared EXPORT tacitTargets)
install(DIRECTORY include/tacit TYPE INCLUDE FILES_MATCHING PATTERN "*.h")

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/tacit)
install(EXPORT tacitTargets NAMESPACE tacit:: DESTINATION ${package_dir})
configure_package_config_file(cmake/tacitConfig.cmake.in tacitConfig.cmake
    INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may change the API.
write_basic_package_version_file(tacitConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/tacitConfig.cmake
    ${CMAKE_CURRENT_BINARY_DIR}/tacitConfigVersion.cmake DESTINATION ${package_dir})

# The paths in tacit.pc start from where it lies, so that an installed tree may be moved.
set(pc_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX
    BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig OUTPUT_VARIABLE TACIT_PREFIX_FROM_PC)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_LIBDIR
    BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX} OUTPUT_VARIABLE TACIT_LIBDIR)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_INCLUDEDIR
    BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX} OUTPUT_VARIABLE TACIT_INCLUDEDIR)
configure_file(cmake/tacit.pc.in tacit.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/tacit.pc DESTINATION ${pc_dir})
