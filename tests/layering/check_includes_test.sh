#!/usr/bin/env bash
# Proves that check_includes.sh finds each kind of breach, names its file and line, and leaves good code alone.
set -euo pipefail
check=$(dirname "${BASH_SOURCE[0]}")/check_includes.sh
failures=0

# expect WANTED FILE LINE...: a tree that holds that one file is refused with WANTED in the words, or, when WANTED
# is "good", accepted.
expect() {
  local wanted=$1 file=$2 tree said code=0
  shift 2
  tree=$(mktemp -d)
  mkdir -p "$tree/include" "$tree/src" "$tree/$(dirname "$file")"
  printf '%s\n' "$@" >"$tree/$file"
  said=$("$check" "$tree") || code=$?
  rm -rf "$tree"
  if [ "$wanted" = good ]; then
    [ "$code" = 0 ] && return
  elif [ "$code" != 0 ] && [[ $said == *"$wanted"* ]]; then
    return
  fi
  printf 'FAIL %s: wanted "%s", exit %d, said: %s\n' "$file" "$wanted" "$code" "$said"
  failures=$((failures + 1))
}

expect good src/proxy/a.cpp '#include "freellm/routing/router.hpp"' '#include "proxy/attempt.hpp"' '#include <vector>'
expect good src/wire/a.cpp '#include <boost/beast/http.hpp>'
expect good src/net/a.cpp '// #include "freellm/app/daemon.hpp"'
expect 'src/chat/a.cpp:2:' src/chat/a.cpp '#pragma once' '#include "freellm/catalog/catalog.hpp"'
expect 'routing does not stand below it' src/store/a.cpp '#include "freellm/routing/router.hpp"'
expect 'net does not stand below it' include/freellm/provider/a.hpp '#include "freellm/net/task.hpp"'
expect 'include/freellm/base/a.hpp:1:' include/freellm/base/a.hpp '#include <freellm/wire/url.hpp>'
expect 'is private to proxy' src/server/a.cpp '#include "proxy/attempt.hpp"'
expect 'it belongs to net' src/routing/a.cpp '#include <boost/asio.hpp>'
expect 'it belongs to store' src/proxy/a.cpp '#include <sqlite3.h>'
expect 'in a public header' include/freellm/wire/a.hpp '#  include <nlohmann/json.hpp>'
expect 'no other part of Boost' src/app/a.cpp '#include <boost/json.hpp>'
expect 'is no layer' src/util/a.cpp '#include <vector>'

[ "$failures" = 0 ] && echo "all breaches were found"
exit "$failures"
