# Flags that every translation unit of ours shares. They must be the same everywhere: a precompiled header is
# refused by the compiler as soon as one of them differs (so no POSITION_INDEPENDENT_CODE per target either; Debian's
# compilers make position independent executables by default).
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Sloppiness: ccache otherwise refuses whatever includes a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-fpch-preprocess)
  endif()
endif()

# No -Wnon-virtual-dtor: it objects to every error category (Boost protects nothing there); -Wall has the useful half,
# -Wdelete-non-virtual-dtor.
add_compile_options(-Wall -Wextra -Wshadow -Woverloaded-virtual -Wextra-semi
                    -Werror=return-type -ffunction-sections -fdata-sections -fno-strict-aliasing
                    -fstack-protector-strong -Wno-missing-field-initializers)  # designated initialisers
add_link_options(-Wl,--gc-sections -Wl,-z,relro -Wl,-z,now)
if(ANYTLS_WERROR)
  add_compile_options(-Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # The warnings that gcc 12 gets wrong in Asio, fmt and std::string once they are inlined.
  add_compile_options(-Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread
                      -Wno-array-bounds -Wno-dangling-pointer -Wno-mismatched-new-delete)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_definitions(_FORTIFY_SOURCE=2)
endif()
if(ANYTLS_SANITIZE)
  add_compile_options(-fsanitize=${ANYTLS_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${ANYTLS_SANITIZE})
  if(ANYTLS_SANITIZE MATCHES undefined)
    # Its vptr check probes memory through a pipe, and cries wolf in the tests that use up all descriptors.
    add_compile_options(-fno-sanitize=vptr)
    add_link_options(-fno-sanitize=vptr)
  endif()
  if(ANYTLS_SANITIZE MATCHES thread AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-tsan)  # gcc 12 says that it does not model fences
  endif()
endif()
