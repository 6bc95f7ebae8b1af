#!/usr/bin/env bash
# Holds every #include of src/ and include/ against the table of layers, and names each that breaks it.
#
#   app -> server -> proxy -> { net, provider, routing, store } -> catalog -> chat -> wire -> base
#
# net, provider, routing and store do not know each other; only proxy knows all four. A header under src/ is private
# to its layer. Libraries that shape code stay where they belong: sockets in the upper layers, SQL in the store.
#
# Usage: check_includes.sh ROOT
set -euo pipefail
cd "$1"

mapfile -t files < <(find include src -name '*.[ch]pp' | LC_ALL=C sort)
awk '
  BEGIN {
    below["base"] = ""
    below["wire"] = "base"
    below["chat"] = "wire base"
    below["catalog"] = "chat wire base"
    below["net"] = below["provider"] = below["routing"] = below["store"] = "catalog chat wire base"
    below["proxy"] = "net provider routing store catalog chat wire base"
    below["server"] = "proxy " below["proxy"]
    below["app"] = "server " below["server"]

    # Library headers, by how their path begins: the layers that may include them, besides src/separate.
    # boost/asio/buffer.hpp holds two pointers and no sockets: it is how bytes are handed to Beast.
    only["boost/asio"] = "net proxy server app"
    only["boost/beast"] = "wire"
    only["sqlite3.h"] = "store"
    only["spdlog/"] = "base"
    only["toml++/"] = "app"
    only["CLI/"] = "app"
    only["simdjson.h"] = "wire chat provider"
    only["openssl/ssl"] = "net"
  }

  function has(list, word) { return index(" " list " ", " " word " ") > 0 }
  function complain(what) { printf "%s:%d: %s\n", FILENAME, FNR, what; ++found }

  FNR == 1 {
    split(FILENAME, path, "/")
    is_public = path[1] == "include"
    layer = is_public ? path[3] : path[2]
    if (layer != "separate" && !(layer in below)) complain("\"" layer "\" is no layer")
  }

  !/^[ \t]*#[ \t]*include[ \t]*[<"]/ || layer == "separate" { next }

  {
    header = $0
    sub(/^[^<"]*[<"]/, "", header)
    sub(/[>"].*/, "", header)
    split(header, part, "/")
    if (part[1] == "freellm") {
      if (part[2] != layer && !has(below[layer], part[2]))
        complain(layer " may not include " header ": " part[2] " does not stand below it")
    } else if ((part[1] in below) && part[1] != layer) {
      complain(header " is private to " part[1])
    }
    for (library in only)
      if (index(header, library) == 1 && !has(only[library], layer) && header != "boost/asio/buffer.hpp")
        complain(layer " may not include " header ": it belongs to " only[library])
    if (is_public && header ~ /^nlohmann\// && header != "nlohmann/json_fwd.hpp")
      complain(header " in a public header: every file above would pay for it")
    if (index(header, "boost/") == 1 && header !~ /^boost\/(asio|beast|system|assert)/)
      complain(header ": no other part of Boost is used")
  }

  END { if (found) { printf "%d broken include rules\n", found; exit 1 } }
' "${files[@]}"
