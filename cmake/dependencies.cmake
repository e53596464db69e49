# What comes from the system (tools/setup installs it). Boost is used as headers only: third_party/boost compiles the
# parts that have a source form, so no Boost binary and no version of one is needed at run time.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(cares REQUIRED IMPORTED_TARGET libcares)
find_package(CLI11 QUIET)

if(ANYTLS_TLS STREQUAL "boringssl")
  include(boringssl)
  pkg_check_modules(brotli REQUIRED IMPORTED_TARGET libbrotlidec)  # for its compressed certificates
  set(ANYTLS_TLS_NEEDS PkgConfig::brotli)
elseif(ANYTLS_TLS STREQUAL "openssl")
  include(openssl)
  set(ANYTLS_TLS_NEEDS)
else()
  message(FATAL_ERROR "ANYTLS_TLS=${ANYTLS_TLS}: unknown TLS library; use boringssl or openssl")
endif()
