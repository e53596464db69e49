# anytls_python_tests(LABEL): every test/LABEL/*_test.py becomes a test that unittest runs against the built program.
# Status 77 means skipped (a peer that is not installed). Options after LABEL: properties of these tests.
find_package(Python3 REQUIRED COMPONENTS Interpreter)

function(anytls_python_tests label)
  file(GLOB scripts CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${label}/*_test.py)
  foreach(script IN LISTS scripts)
    cmake_path(GET script STEM module)
    set(name ${label}.${module})
    add_test(NAME ${name} COMMAND Python3::Interpreter -m unittest -v ${module}
             WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/${label})
    set_tests_properties(${name} PROPERTIES LABELS ${label} TIMEOUT 900 SKIP_RETURN_CODE 77
      ENVIRONMENT "PYTHONPATH=${PROJECT_SOURCE_DIR}/test/support;PYTHONDONTWRITEBYTECODE=1;ANYTLS=${PROJECT_BINARY_DIR}/anytls;ANYTLS_SOURCE_DIR=${PROJECT_SOURCE_DIR};ANYTLS_TLS=${ANYTLS_TLS}"
      ${ARGN})
  endforeach()
endfunction()
