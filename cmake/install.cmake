# cmake --install BUILD --prefix WHERE: the programs, the library, its headers, and what find_package(hone) reads.
# Two components: `library` and `programs`.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(hone_package ${CMAKE_INSTALL_LIBDIR}/cmake/hone)

target_compile_features(hone PUBLIC cxx_std_20)
target_include_directories(hone PUBLIC $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
install(TARGETS hone EXPORT hone ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library)
install(EXPORT hone NAMESPACE hone:: FILE hone_targets.cmake DESTINATION ${hone_package} COMPONENT library)

# Public headers, and no others: hone.h and what it includes.
file(STRINGS ${PROJECT_SOURCE_DIR}/hone.h public_headers REGEX "^#include <hone/")
list(TRANSFORM public_headers REPLACE "^#include <hone/(.*)>.*" "\\1")
list(PREPEND public_headers hone.h)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS hone.h)
foreach(header ${public_headers})
  get_filename_component(folder ${header} DIRECTORY)
  install(FILES ${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/hone/${folder} COMPONENT library)
endforeach()

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
