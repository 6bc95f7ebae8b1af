#!/bin/sh
# Compiler launcher: everything through ccache but precompiled headers. A precompiled header taken from the
# cache was seen to crash g++ 12 ("not used because ... not defined", then a segmentation fault).
case " $* " in
  *" -x c++-header "*) exec "$@" ;;
esac
exec env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime \
  CCACHE_NOHASHDIR=1 ccache "$@"
