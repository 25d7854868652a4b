# What `cmake --install` puts where: the headers, the library with its default configuration, the CMake package, the
# pkg-config file, the conformance suite, and for authors the templates and the pages. Included when all targets are
# known. Plugins (aurelis_add_plugin ... INSTALL) and the command line install themselves.
include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/aurelis)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/sdk/include/aurelis DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/config DESTINATION ${CMAKE_INSTALL_DATADIR}/aurelis)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
# In the order of this tree, so that the links between the pages lead somewhere.
set(author_folder ${CMAKE_INSTALL_DATADIR}/aurelis)
install(FILES ${PROJECT_SOURCE_DIR}/sdk/README.md ${PROJECT_SOURCE_DIR}/sdk/CHANGELOG.md
  DESTINATION ${author_folder}/sdk)
install(FILES ${PROJECT_SOURCE_DIR}/sdk/conformance/README.md DESTINATION ${author_folder}/sdk/conformance)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/sdk/templates DESTINATION ${author_folder}/sdk USE_SOURCE_PERMISSIONS)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/plugins DESTINATION ${author_folder} FILES_MATCHING PATTERN "*.md")
if(TARGET aurelis-conformance)
  install(TARGETS aurelis-conformance RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

set_target_properties(aurelis_sdk PROPERTIES EXPORT_NAME sdk)
install(TARGETS aurelis_sdk aurelis EXPORT aurelisTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT aurelisTargets NAMESPACE aurelis:: DESTINATION ${package_folder})

set(AURELIS_INSTALLED_PLUGINS ${CMAKE_INSTALL_LIBDIR}/${AURELIS_PLUGIN_SUBDIR})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/aurelisConfig.cmake.in ${PROJECT_BINARY_DIR}/aurelisConfig.cmake
  INSTALL_DESTINATION ${package_folder} PATH_VARS AURELIS_INSTALLED_PLUGINS NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/aurelisConfigVersion.cmake COMPATIBILITY SameMajorVersion)
install(FILES ${PROJECT_BINARY_DIR}/aurelisConfig.cmake ${PROJECT_BINARY_DIR}/aurelisConfigVersion.cmake
  ${CMAKE_CURRENT_LIST_DIR}/AurelisPlugin.cmake ${CMAKE_CURRENT_LIST_DIR}/AurelisCloseToOthers.cmake
  DESTINATION ${package_folder})

# The prefix is found from where the file lies, so that an installed tree can be moved.
file(RELATIVE_PATH AURELIS_PC_TO_PREFIX
  ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" AURELIS_PC_TO_PREFIX "${AURELIS_PC_TO_PREFIX}")
configure_file(${CMAKE_CURRENT_LIST_DIR}/aurelis.pc.in ${PROJECT_BINARY_DIR}/aurelis.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/aurelis.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
