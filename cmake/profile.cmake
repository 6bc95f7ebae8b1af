# Profile-guided optimisation of release builds.
#
# cmake/profile/ holds a recording of how often the functions on a request's path ran and which way their branches went,
# taken under the benchmark's load by scripts/profile. g++ lays these functions out side by side, moves what never ran out
# of the way and inlines along the busy calls. Functions that have changed since, or never ran, are compiled as usual: a
# stale recording costs speed, never correctness. It is read by the g++ it was made with; other compilers do without.
set(FREELLM_PROFILE "use" CACHE STRING "Profile-guided optimisation of release builds: use, record or off")

string(REGEX MATCH "^[0-9]+" compiler_major "${CMAKE_CXX_COMPILER_VERSION}")
set(profile_archive ${CMAKE_SOURCE_DIR}/cmake/profile/g++-${compiler_major}-${CMAKE_SYSTEM_PROCESSOR}.tar.xz)
set(profile_options "")
set(can_profile OFF)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT FREELLM_SANITIZE)
  set(can_profile ON)
endif()

if(can_profile AND FREELLM_PROFILE STREQUAL "record")
  set(profile_options -fprofile-generate=${CMAKE_BINARY_DIR}/profile -fprofile-update=atomic
                      -fprofile-prefix-path=${CMAKE_BINARY_DIR})
  add_link_options(-fprofile-generate)
elseif(can_profile AND FREELLM_PROFILE STREQUAL "use" AND EXISTS ${profile_archive})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${profile_archive})
  # Its own folder for every recording: a new one must show in the compiler's command line.
  file(SHA256 ${profile_archive} profile_hash)
  string(SUBSTRING ${profile_hash} 0 12 profile_hash)
  set(profile_dir ${CMAKE_BINARY_DIR}/profile-${profile_hash})
  if(NOT EXISTS ${profile_dir})
    file(ARCHIVE_EXTRACT INPUT ${profile_archive} DESTINATION ${profile_dir})
  endif()
  # Nothing that makes code larger for the sake of loops: a request that comes after a pause finds the caches cold, and
  # then every line of code it passes costs more than it could save.
  set(profile_options -fprofile-use=${profile_dir} -fprofile-prefix-path=${CMAKE_BINARY_DIR} -fprofile-partial-training
                      -fno-unroll-loops -fno-peel-loops -fno-split-loops -fno-unswitch-loops -fno-tracer -fno-ipa-cp-clone
                      -fno-gcse-after-reload)
  # What g++ has to say about functions that changed since is no mistake of theirs, and has no name of its own. The other
  # presets treat warnings as errors.
  list(APPEND profile_options -Wno-missing-profile -Wno-coverage-mismatch -Wno-error)
  if(MOLD_PROGRAM)
    add_link_options(-Wl,-z,keep-text-section-prefix)  # else mold mixes the busy functions with the others again
  endif()
endif()

# freellm_profiled(TARGET): its functions are in the recording.
function(freellm_profiled target)
  target_compile_options(${target} PRIVATE ${profile_options})
endfunction()
