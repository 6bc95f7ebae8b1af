#!/bin/sh
# Compiler launcher of release builds: compile.sh SOURCE_DIR COMPILER ARGUMENT...
#
# Names sources and the project's headers relative to the build folder: g++ looks private functions up in the profile by
# the path of their file, and the profile must serve every checkout.
#
# Uses ccache where there is one, but not for precompiled headers: one taken from the cache was seen to crash g++ 12
# ("not used because ... not defined", then a segmentation fault).
root=$1
shift
# shellcheck disable=SC3013  # every shell that is /bin/sh on Linux knows -ef
if [ ../.. -ef "$root" ]; then
  for argument; do
    shift
    case $argument in
      "$root"/src/*) argument=../../${argument#"$root"/} ;;
      -I"$root"/*) argument=-I../../${argument#-I"$root"/} ;;
    esac
    set -- "$@" "$argument"
  done
fi
case " $* " in
  *" -x c++-header "*) exec "$@" ;;
esac
command -v ccache >/dev/null || exec "$@"
exec env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime \
  CCACHE_NOHASHDIR=1 ccache "$@"
