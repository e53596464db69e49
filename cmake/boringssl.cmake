# BoringSSL as the imported targets boringssl::crypto and boringssl::ssl. It is built once by tools/boringssl-build and
# kept in a cache outside the build folder, so that a new preset or a wiped build does not pay for it again.
execute_process(COMMAND ${PROJECT_SOURCE_DIR}/tools/boringssl-build
                OUTPUT_VARIABLE ANYTLS_BORINGSSL_DIR OUTPUT_STRIP_TRAILING_WHITESPACE
                RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "tools/boringssl-build failed (status ${result}); its messages are above")
endif()
foreach(name crypto ssl)
  add_library(boringssl::${name} STATIC IMPORTED GLOBAL)
  set_target_properties(boringssl::${name} PROPERTIES
    IMPORTED_LOCATION ${ANYTLS_BORINGSSL_DIR}/lib/lib${name}.a
    INTERFACE_INCLUDE_DIRECTORIES ${ANYTLS_BORINGSSL_DIR}/include)
endforeach()
target_link_libraries(boringssl::crypto INTERFACE Threads::Threads)
target_link_libraries(boringssl::ssl INTERFACE boringssl::crypto)
message(STATUS "BoringSSL: ${ANYTLS_BORINGSSL_DIR}")
