# cmake --install BUILD --prefix WHERE: the programs, the library, its headers, and what find_package(hone) reads.
# Two components: `library` and `programs`.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(hone_package ${CMAKE_INSTALL_LIBDIR}/cmake/hone)
set(hone_include ${CMAKE_INSTALL_INCLUDEDIR}/hone)

target_compile_features(hone PUBLIC cxx_std_20)
target_include_directories(hone PUBLIC $<INSTALL_INTERFACE:${hone_include}>)
install(TARGETS hone EXPORT hone ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library)
install(EXPORT hone NAMESPACE hone:: FILE hone_targets.cmake DESTINATION ${hone_package} COMPONENT library)

install(FILES hone.h DESTINATION ${hone_include} COMPONENT library)
install(FILES ${CMAKE_BINARY_DIR}/generated/core/build_config.h DESTINATION ${hone_include}/core COMPONENT library)
install(DIRECTORY core cpu autograd nn text data train DESTINATION ${hone_include} COMPONENT library
  FILES_MATCHING PATTERN "*.h" PATTERN "simd" EXCLUDE)

configure_file(cmake/hone-config.cmake.in ${CMAKE_BINARY_DIR}/generated/hone-config.cmake @ONLY)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/generated/hone-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/generated/hone-config.cmake ${CMAKE_BINARY_DIR}/generated/hone-config-version.cmake
  DESTINATION ${hone_package} COMPONENT library)

get_property(targets DIRECTORY apps PROPERTY BUILDSYSTEM_TARGETS)
foreach(target ${targets})
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "EXECUTABLE")
    install(TARGETS ${target} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT programs)
  endif()
endforeach()
