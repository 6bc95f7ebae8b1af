set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_POLICY_DEFAULT_CMP0069 NEW)

# Speed of the edit-build-test loop: a compiler cache and a fast linker, when the machine has them.
find_program(CCACHE_PROGRAM ccache)
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_CURRENT_LIST_DIR}/compile.sh ${CMAKE_SOURCE_DIR})
elseif(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Precompiled headers make ccache look at defines and time macros in a way it must be told to relax.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE_PROGRAM})
endif()
find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast
                    # Designated initialisers leave the rest at their defaults on purpose.
                    -Wno-missing-field-initializers
                    $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>
                    -ffile-prefix-map=${CMAKE_SOURCE_DIR}/= -ffile-prefix-map=../../=)
if(FREELLM_WERROR)
  # The three exceptions are false positives of g++ 12 around coroutines and Asio's fences.
  add_compile_options(-Werror)
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-error=maybe-uninitialized>
                      $<$<CXX_COMPILER_ID:GNU>:-Wno-error=mismatched-new-delete>
                      $<$<CXX_COMPILER_ID:GNU>:-Wno-error=tsan>)
  # g++ 12 sees overruns in inlined std::string copies that are not there (GCC PR 105329, 105651).
  set(optimiser_noise -Wno-error=array-bounds -Wno-error=stringop-overflow -Wno-error=stringop-overread
                      -Wno-error=restrict -Wno-error=free-nonheap-object)
  add_compile_options("$<$<AND:$<CXX_COMPILER_ID:GNU>,$<CONFIG:Release>>:${optimiser_noise}>")
endif()

set(CMAKE_CXX_FLAGS_DEBUG "-Og -g1")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
add_compile_definitions($<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)

# One definition in every translation unit, or the one-definition rule breaks silently.
add_compile_definitions(
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_DATE_TIME BOOST_ASIO_DISABLE_BOOST_REGEX
  SPDLOG_FMT_EXTERNAL SPDLOG_COMPILED_LIB)

if(FREELLM_FUZZ)
  # Everything is instrumented, so that the fuzzers see into the layers; each target links the driver itself.
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=fuzzer-no-link,address,undefined)
endif()

if(FREELLM_SANITIZE)
  add_compile_options(-fsanitize=${FREELLM_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all -g1)
  add_link_options(-fsanitize=${FREELLM_SANITIZE})
  # Asio's recycled handler memory would hide a use after free.
  add_compile_definitions(BOOST_ASIO_DISABLE_SMALL_BLOCK_RECYCLING BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING)
  if(FREELLM_SANITIZE MATCHES "thread")
    add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK)
  endif()
else()
  # Hardening that costs nothing measurable on this workload.
  add_compile_options(-fstack-protector-strong $<$<CONFIG:Release>:-D_FORTIFY_SOURCE=2>)
  add_link_options(-Wl,-z,relro,-z,now)
endif()
