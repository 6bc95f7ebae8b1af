#!/bin/sh
# cmake/licenses.sh OUTPUT: the licences of the system libraries inside or beside the daemon, as a JSON array for
# GET /api/licenses, from the copyright files that Debian keeps. What is not installed from a package has no text.
set -eu
output=$1

# PACKAGE[,PACKAGE] NAME SPDX HOMEPAGE: the first that is installed.
libraries() {
  cat <<'LIST'
libssl3,libssl3t64 OpenSSL Apache-2.0 https://www.openssl.org/
libsqlite3-0 SQLite blessing https://www.sqlite.org/
libspdlog1.10,libspdlog1.12 spdlog MIT https://github.com/gabime/spdlog
libfmt9 fmt MIT https://fmt.dev/
libsimdjson14,libsimdjson19 simdjson Apache-2.0 https://simdjson.org/
zlib1g zlib Zlib https://zlib.net/
libtomlplusplus3,libtomlplusplus-dev toml++ MIT https://marzer.github.io/tomlplusplus/
libboost1.81-dev,libboost1.83-dev Boost BSL-1.0 https://www.boost.org/
nlohmann-json3-dev nlohmann-json MIT https://json.nlohmann.me/
libcli11-dev CLI11 BSD-3-Clause https://github.com/CLIUtils/CLI11
libstdc++6 libstdc++ GPL-3.0-or-later_WITH_GCC-exception-3.1 https://gcc.gnu.org/
libc6 glibc LGPL-2.1-or-later https://www.gnu.org/software/libc/
LIST
}

installed() {
  command -v dpkg-query >/dev/null 2>&1 || return 1
  for package in $(echo "$1" | tr , ' '); do
    if dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -q '^installed$'; then
      echo "$package"
      return 0
    fi
  done
  return 1
}

# Boost's file names every author of every library, two megabytes; its licence is one paragraph of it.
text_of() {
  file=/usr/share/doc/$1/copyright
  [ -r "$file" ] || return 0
  if [ "$(wc -c <"$file")" -gt 262144 ]; then
    awk '/^License: BSL-1.0$/ { named = 1; next } named && /^ / { print; lines++; next } lines { exit } { named = 0 }' "$file"
  else
    cat "$file"
  fi
}

escaped() {
  LC_ALL=C awk 'BEGIN { ORS = "" } { gsub(/\\/, "\\\\"); gsub(/"/, "\\\""); gsub(/\t/, "\\t"); gsub(/[\001-\037\177]/, " "); print $0 "\\n" }'
}

{
  separator='['
  libraries | while read -r packages name licence homepage; do
    package=$(installed "$packages" || true)
    version="" text=null
    if [ -n "$package" ]; then
      version=$(dpkg-query -W -f='${Version}' "$package")
      content=$(text_of "$package" | escaped)
      [ -z "$content" ] || text="\"$content\""
    fi
    printf '%s{"name":"%s","version":"%s","license":"%s","homepage":"%s","text":' "$separator" "$name" "$version" \
      "$(echo "$licence" | tr _ ' ')" "$homepage"
    printf '%s}\n' "$text"
    separator=,
  done
  echo ']'
} >"$output.new"
mv "$output.new" "$output"
