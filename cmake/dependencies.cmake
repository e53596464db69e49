# What comes from the system (tools/setup installs it). Boost is used as headers only: third_party/boost compiles the
# parts that have a source form, so no Boost binary and no version of one is needed at run time.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(cares REQUIRED IMPORTED_TARGET libcares)
pkg_check_modules(brotli REQUIRED IMPORTED_TARGET libbrotlidec)
find_package(CLI11 QUIET)

if(ANYTLS_TLS STREQUAL "boringssl")
  include(boringssl)
elseif(ANYTLS_TLS STREQUAL "openssl")
  message(FATAL_ERROR "ANYTLS_TLS=openssl: the OpenSSL backend is not there yet; use boringssl")
else()
  message(FATAL_ERROR "ANYTLS_TLS=${ANYTLS_TLS}: unknown TLS library; use boringssl")
endif()
