# BoringSSL as the imported targets tls_library::crypto and tls_library::ssl. It is built once by tools/boringssl-build and
# kept in a cache outside the build folder, so that a new preset or a wiped build does not pay for it again.
execute_process(COMMAND ${PROJECT_SOURCE_DIR}/tools/boringssl-build
                OUTPUT_VARIABLE boringssl OUTPUT_STRIP_TRAILING_WHITESPACE
                RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "tools/boringssl-build failed (status ${result}); its messages are above")
endif()
foreach(name crypto ssl)
  add_library(tls_library::${name} STATIC IMPORTED GLOBAL)
  set_target_properties(tls_library::${name} PROPERTIES
    IMPORTED_LOCATION ${boringssl}/lib/lib${name}.a
    INTERFACE_INCLUDE_DIRECTORIES ${boringssl}/include)
endforeach()
target_link_libraries(tls_library::crypto INTERFACE Threads::Threads)
target_link_libraries(tls_library::ssl INTERFACE tls_library::crypto)
set(ANYTLS_TLS_INCLUDE_DIR ${boringssl}/include)
message(STATUS "BoringSSL: ${boringssl}")
