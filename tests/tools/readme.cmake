# What the READMEs say to type is typed, and what they show compiles and runs.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
if(TARGET aurelis_cli AND TARGET plugin_memory AND TARGET plugin_sqlite_disk)
  function(aurelis_readme_test name readme wants)
    add_test(NAME ${name} COMMAND Python3::Interpreter ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/readme_test.py
      --source ${PROJECT_SOURCE_DIR} --build ${PROJECT_BINARY_DIR} --cc ${CMAKE_C_COMPILER} --cxx ${CMAKE_CXX_COMPILER}
      --sanitize "${AURELIS_SANITIZE}" --wants ${wants} ${readme})
    set_tests_properties(${name} PROPERTIES TIMEOUT 600)
  endfunction()
  aurelis_readme_test(readme README.md sh,text,yaml,cpp)
  aurelis_readme_test(readme_sdk sdk/README.md sh,text,yaml,c,cpp)
endif()
