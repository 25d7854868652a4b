# aurelis_add_plugin(name SOURCES file... [LIBRARIES target...] [OUTPUT folder] [INSTALL])
# Makes the module library name.so: hidden symbols, nothing left undefined, and one exported symbol, the entry.
# With INSTALL it is installed into the plugin folder of aurelis below the project's own prefix. The same function
# serves in this tree and, after find_package(aurelis), everywhere else.
# Whatever the builder's umask is, others than the owner cannot write the file, its folder, nor the folders between that
# and the build tree, since the loader refuses what others could have changed.
function(aurelis_add_plugin name)
  cmake_parse_arguments(arg "INSTALL" "OUTPUT" "SOURCES;LIBRARIES" ${ARGN})
  if(NOT arg_SOURCES)
    message(FATAL_ERROR "aurelis_add_plugin(${name}): SOURCES is missing")
  endif()
  set(target plugin_${name})
  string(REPLACE "-" "_" target ${target})
  add_library(${target} MODULE ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE aurelis::sdk ${arg_LIBRARIES})
  target_compile_definitions(${target} PRIVATE AURELIS_BUILDING_PLUGIN)
  set_target_properties(${target} PROPERTIES PREFIX "" OUTPUT_NAME ${name}
    C_STANDARD 11 C_STANDARD_REQUIRED ON CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  if(arg_OUTPUT)
    set_target_properties(${target} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${arg_OUTPUT})
  endif()
  if(NOT WIN32)
    set_target_properties(${target} PROPERTIES SUFFIX ".so")
    set(script ${CMAKE_CURRENT_BINARY_DIR}/${target}.map)
    file(WRITE ${script} "{ global: aurelis_plugin_v1; local: *; };\n")
    target_link_options(${target} PRIVATE
      LINKER:--version-script=${script} LINKER:-z,now LINKER:--exclude-libs,ALL)
    # The sanitizers leave their symbols to the program that loads the plugin.
    if(NOT AURELIS_SANITIZE AND NOT "${CMAKE_C_FLAGS} ${CMAKE_CXX_FLAGS}" MATCHES "-fsanitize")
      target_link_options(${target} PRIVATE LINKER:-z,defs)
    endif()
  endif()
  if(UNIX)
    add_custom_command(TARGET ${target} POST_BUILD VERBATIM COMMAND ${CMAKE_COMMAND} -DFILE=$<TARGET_FILE:${target}>
      -DTREE=${CMAKE_BINARY_DIR} -P ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/AurelisCloseToOthers.cmake)
  endif()
  if(arg_INSTALL)
    # Folders that an installation makes have the umask's mode unless this says otherwise.
    if(NOT CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS)
      set(CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
        WORLD_READ WORLD_EXECUTE PARENT_SCOPE)
    endif()
    if(NOT CMAKE_INSTALL_LIBDIR)
      set(CMAKE_INSTALL_LIBDIR lib)
    endif()
    install(TARGETS ${target} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/aurelis/plugins)
  endif()
endfunction()
