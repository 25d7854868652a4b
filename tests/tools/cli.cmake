# The command line, from outside: the program as a user types it, with the library and plugins of this build.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
if(TARGET aurelis_cli)
  add_test(NAME cli COMMAND Python3::Interpreter ${CMAKE_CURRENT_LIST_DIR}/cli_test.py)
  add_test(NAME cli_invalidate COMMAND Python3::Interpreter ${CMAKE_CURRENT_LIST_DIR}/invalidate_test.py)
  add_test(NAME cli_rules COMMAND Python3::Interpreter ${CMAKE_CURRENT_LIST_DIR}/rules_test.py)
  set_tests_properties(cli cli_invalidate cli_rules PROPERTIES TIMEOUT 300 ENVIRONMENT
    "AURELIS_BIN=$<TARGET_FILE:aurelis_cli>;AURELIS_CC=${CMAKE_C_COMPILER}")
endif()
