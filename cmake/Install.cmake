# SPDX-License-Identifier: Apache-2.0
# The installed include root is include/phbsim, so #include "models/..." reads the same there.
include(CMakePackageConfigHelpers)

set(phbsim_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/phbsim)
get_property(phbsim_libraries GLOBAL PROPERTY PHBSIM_LIBRARIES)
get_property(phbsim_components GLOBAL PROPERTY PHBSIM_COMPONENTS)

install(TARGETS ${phbsim_libraries} EXPORT phbsimTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
if(TARGET phbsim)
  install(TARGETS phbsim RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(TARGETS phbsim_preload LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/phbsim)
endif()
foreach(tree models platform)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${tree} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/phbsim
          FILES_MATCHING PATTERN "*.hpp" PATTERN "cli" EXCLUDE)
endforeach()
install(FILES ${PROJECT_BINARY_DIR}/generated/platform/version.hpp
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/phbsim/platform)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/phbsimConfig.cmake.in
  ${PROJECT_BINARY_DIR}/phbsimConfig.cmake INSTALL_DESTINATION ${phbsim_package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/phbsimConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(EXPORT phbsimTargets NAMESPACE phbsim:: DESTINATION ${phbsim_package_dir})
install(FILES ${PROJECT_BINARY_DIR}/phbsimConfig.cmake ${PROJECT_BINARY_DIR}/phbsimConfigVersion.cmake
              ${PROJECT_SOURCE_DIR}/cmake/FindSystemC.cmake
        DESTINATION ${phbsim_package_dir})
