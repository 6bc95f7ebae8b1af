#!/usr/bin/env bash
# docker/rootfs.sh BINARY DIRECTORY: lays out a root file system that holds the binary, stripped, and what it needs to run:
# the shared libraries it links, the trusted certificates, a user, /data. Run inside the build stage of docker/Dockerfile.
set -euo pipefail

binary=$1
root=$2
install -d "$root"/{dev,etc/ssl/certs,lib,lib64,proc,sys,usr/bin,usr/share/doc,var/lib/dpkg/status.d}
install -d -o 65532 -g 65532 -m 0700 "$root/data"
install -d -m 1777 "$root/tmp"
strip --strip-unneeded -o "$root/usr/bin/freellmapi" "$binary"

printf 'root:x:0:0:root:/:/sbin/nologin\nfreellmapi:x:65532:65532:freellmapi:/data:/sbin/nologin\n' >"$root/etc/passwd"
printf 'root:x:0:\nfreellmapi:x:65532:\n' >"$root/etc/group"
printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
cp /etc/os-release "$root/etc/os-release"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"

# owner_of FILE: the package it came from. A path may be known to dpkg with or without /usr.
owner_of() {
  local name
  for name in "$1" "$(readlink -f "$1")" "${1#/usr}" "$(readlink -f "$1" | sed 's,^/usr,,')"; do
    dpkg-query -S "$name" 2>/dev/null | cut -d: -f1 | head -1 && return 0
  done
  echo "rootfs.sh: no package owns $1" >&2
  return 1
}

# copyright_of PACKAGE: its licence file. Slim images leave out the link by which a package shares the one of another
# package of the same source (libgcc-s1: gcc-12-base).
copyright_of() {
  local package=$1 source other
  [ -f "/usr/share/doc/$package/copyright" ] && echo "/usr/share/doc/$package/copyright" && return 0
  source=$(dpkg-query -W -f '${source:Package}' "$package")
  while read -r other; do
    [ -f "/usr/share/doc/$other/copyright" ] && echo "/usr/share/doc/$other/copyright" && return 0
  done < <(dpkg-query -W -f '${source:Package} ${Package}\n' | awk -v source="$source" '$1 == source { print $2 }')
  echo "rootfs.sh: no licence of $package" >&2
  return 1
}

# What dpkg knows of a package, where vulnerability scanners look for it in an image without dpkg; and its licence.
record_package() {
  local package=$1
  dpkg-query -s "$package" >"$root/var/lib/dpkg/status.d/$package"
  install -d "$root/usr/share/doc/$package"
  cp -L "$(copyright_of "$package")" "$root/usr/share/doc/$package/copyright"
}

# ldd prints "name => path (address)", and "path (address)" for the loader.
mapfile -t libraries < <(ldd "$binary" | sed -nE 's/^.*[[:space:]](\/[^ ]+) \(0x[0-9a-f]+\)$/\1/p')
packages=(ca-certificates)
for library in "${libraries[@]}"; do
  install -D -m 0755 "$(readlink -f "$library")" "$root$library"
  packages+=("$(owner_of "$library")")
done
printf '%s\n' "${packages[@]}" | sort -u | while read -r package; do record_package "$package"; done

install -d "$root/usr/share/doc/freellmapi"
cp LICENSE "$root/usr/share/doc/freellmapi/copyright"
du -sb "$root" | cut -f1 | awk '{ printf "rootfs: %.1f MB\n", $1 / 1e6 }'
