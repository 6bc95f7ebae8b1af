# shellcheck shell=bash
# What scripts/run, scripts/test and scripts/bench share: packages, Node, building, waiting, stopping. To be sourced.

lib_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '==> %s\n' "$*" >&2; }
die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# --- packages -------------------------------------------------------------------------------------------------------

# GROUP PACKAGE WHY. "A|B": the first of them that the system's archive knows (Debian 12's name first, then Ubuntu 24.04's).
packages() {
  cat <<'LIST'
build g++                        C++20 compiler
build cmake                      configures the build
build ninja-build                runs the build
build mold                       links several times faster than the default linker
build libboost1.81-dev|libboost1.83-dev  Asio (sockets) and Beast (HTTP parser)
build libssl-dev                 TLS to the providers, sealing of stored keys
build libsqlite3-dev             the database
build zlib1g-dev                 shrinks stored routing records
build libsimdjson-dev            reads request bodies
build nlohmann-json3-dev         configuration and catalog
build libspdlog-dev              log lines
build libtomlplusplus-dev        the configuration file
build libcli11-dev               the command line
image binutils                    strips the binary
image ca-certificates             the certificates it trusts
demo  curl                       for the line to paste that the demo prints
demo  procps                     its test looks for processes left behind
test  libgtest-dev               unit tests
test  libgmock-dev               unit tests
test  clang-format-14            formatting check (other versions format differently)
test  shellcheck                 checks the scripts
test  git                        says which files are the project's
test  openssl                    makes a certificate for a proxy
fuzz  clang                      compiles the fuzz targets
fuzz  llvm                       names the functions in their reports
fuzz  libclang-rt-14-dev|libclang-rt-18-dev  the fuzzer and the sanitizers
package dpkg-dev                 finds out which libraries the package depends on
package file                     tells the programs among the installed files (cpack asks it)
bench nginx-light|nginx          what we measure ourselves against
bench procps                     finds nginx's worker process
rehearse debootstrap             makes the bare root
container buildah                builds and starts the image without an engine
container debootstrap            makes a base image where there is no registry
container curl                   asks the container
container procps                 finds its processes
e2e   chromium                   the browser of the dashboard's stories
web   nodejs                     builds the dashboard, runs the SDK tests
web   npm                        fetches what these need
LIST
}

is_installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# Any one of "A|B" will do.
any_installed() {
  local name
  for name in ${1//|/ }; do is_installed "$name" && return 0; done
  return 1
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "this needs root and there is no sudo: $*"
  fi
}

first_known() {
  local name
  for name in ${1//|/ }; do
    if apt-cache show --no-all-versions "$name" >/dev/null 2>&1; then
      echo "$name"
      return
    fi
  done
  die "none of ${1//|/, } is known to apt; Debian 12 or Ubuntu 24.04 is needed"
}

# install_missing GROUP...: says what is missing and why, and installs it. Quick when nothing is missing.
install_missing() {
  local groups=" $* " group name why missing=()
  command -v dpkg-query >/dev/null || {
    say "no dpkg here: taking for granted that the libraries named in scripts/lib.sh are there"
    return 0
  }
  while read -r group name why; do
    [[ $groups == *" $group "* ]] || continue
    any_installed "$name" && continue
    printf '    %-36s %s\n' "${name//|/ or }" "$why" >&2
    missing+=("$name")
  done < <(packages)
  [ ${#missing[@]} -gt 0 ] || return 0

  say "installing the packages above"
  as_root apt-get update -qq
  local known=()
  for name in "${missing[@]}"; do known+=("$(first_known "$name")"); done
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${known[@]}" >&2
}

# retried COMMAND...: up to three times. For what asks the network.
retried() {
  "$@" || { say "that failed; trying again" && "$@"; } || { say "that failed; trying once more" && "$@"; }
}

# --- Node -----------------------------------------------------------------------------------------------------------

node_is_new_enough() {
  local version
  version=$(node --version 2>/dev/null) || return 1
  version=${version#v}
  [ "${version%%.*}" -ge 20 ] && command -v npm >/dev/null
}

# Puts a Node of at least version 20 on the PATH. Debian 12 has 18: its npm then fetches a current one into build/.
use_node() {
  node_is_new_enough && return 0
  local home=$lib_root/build/node
  if [ ! -x "$home/node_modules/node/bin/node" ]; then
    install_missing web
    node_is_new_enough && return 0
    say "node $(node --version) is older than 20: fetching a current one into build/node"
    mkdir -p "$home"
    retried npm install --prefix "$home" --no-save --no-audit --no-fund --loglevel=error node@22 >&2
  fi
  PATH=$home/node_modules/node/bin:$PATH
  export PATH
  node_is_new_enough || die "no Node 20 or newer to be had"
}

# --- building -------------------------------------------------------------------------------------------------------

has_dashboard() { [ -x "$lib_root/scripts/web-build" ]; }

# is_configured PRESET [-DFREELLM_WEB=VALUE]: ninja sees by itself what has changed since, so that asking CMake again is lost time.
is_configured() {
  [ -f "$lib_root/build/$1/build.ninja" ] || return 1
  [ $# -lt 2 ] || grep -q "^FREELLM_WEB:BOOL=${2#-DFREELLM_WEB=}\$" "$lib_root/build/$1/CMakeCache.txt"
}

# build_targets PRESET TARGET...: "all" builds everything. Says little unless it fails. The dashboard is built, and put
# into the daemon, where that ships.
build_targets() {
  local preset=$1 web=(-DFREELLM_WEB=OFF) log
  shift
  if [ "$preset" = release ] && has_dashboard; then
    web=()
    if [[ " $* " == *" freellmapi "* || " $* " == *" all "* ]]; then
      use_node
      "$lib_root/scripts/web-build" >&2
      web=(-DFREELLM_WEB=ON)
    fi
  fi
  log=$lib_root/build/$preset.log
  mkdir -p "$lib_root/build"
  say "building $* ($preset); the first time takes a few minutes"
  if ! (cd "$lib_root" && { is_configured "$preset" "${web[@]}" || cmake --preset "$preset" "${web[@]}"; } && nice ninja -C "build/$preset" -j "$(nproc)" "$@") >"$log" 2>&1; then
    grep -A 20 -E 'FAILED|CMake Error' "$log" | head -60 >&2
    die "the build failed; everything it said is in $log"
  fi
}

# --- processes ------------------------------------------------------------------------------------------------------

port_is_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

free_port() {
  local port
  for _ in {1..50}; do
    port=$((20000 + RANDOM % 12000))
    port_is_open "$port" || {
      echo "$port"
      return
    }
  done
  die "found no free port"
}

wait_for_file() {
  for _ in {1..1200}; do
    [ -s "$1" ] && return 0
    sleep 0.05
  done
  die "$2 did not start"
}

wait_for_port() {
  for _ in {1..1200}; do
    port_is_open "$1" && return 0
    sleep 0.05
  done
  die "$2 did not start"
}

# stop_processes PID...: asks, waits up to five seconds, then insists.
stop_processes() {
  local pid
  for pid in "$@"; do kill -TERM "$pid" 2>/dev/null || true; done
  for pid in "$@"; do
    for _ in {1..100}; do
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.05
    done
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
}

# --- the simulator --------------------------------------------------------------------------------------------------

# The URL in the file that freellm-simulator --port-file writes.
simulator_url_in() { sed -n 's/.*"url":"\([^"]*\)".*/\1/p' "$1"; }

# demo_config URL: a configuration that sends every platform of the catalog to the simulator, which expects a
# platform's own path behind its name.
demo_config() {
  awk -F'"' -v url="$1" '
    $2 == "slug" { slug = $4 }
    $2 == "base_url" { path = $4; sub(/^https?:\/\/[^\/]*/, "", path)
                       printf "[platforms.%s]\nbase_url = \"%s/%s%s\"\n", slug, url, slug, path }
  ' "$lib_root/config/catalog.json"
}

# One made-up key for every platform.
export_demo_keys() {
  export GEMINI_API_KEY=demo-google GROQ_API_KEY=demo-groq CEREBRAS_API_KEY=demo-cerebras
  export OPENROUTER_API_KEY=demo-openrouter GITHUB_MODELS_TOKEN=demo-github SAMBANOVA_API_KEY=demo-sambanova
  export MISTRAL_API_KEY=demo-mistral COHERE_API_KEY=demo-cohere ZHIPU_API_KEY=demo-zhipu
  export CLOUDFLARE_API_KEY=0123456789abcdef0123456789abcdef:demo-cloudflare
  export NVIDIA_API_KEY=demo-nvidia OLLAMA_API_KEY=demo-ollama POLLINATIONS_API_KEY=demo-pollinations
  export LLM7_API_KEY=demo-llm7 KILO_API_KEY=demo-kilo
  unset GOOGLE_API_KEY
}
