#!/usr/bin/env bash
# foreign-root.sh ARCH: unpacks the libraries of another Debian architecture, and their headers, to
# build/root-ARCH. apt finds them, and checks their signatures, with lists of its own: the packages
# of this system, and the architectures that it knows of, stay as they are.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

arch=$1
packages=(libssl-dev libssl3 libcmocka-dev libcmocka0 libjansson-dev libjansson4)
root=$PWD/build/root-$arch
[[ $(cat "$root/complete" 2>/dev/null) != "${packages[*]}" ]] || exit 0

rm -rf "$root"
apt=$root/apt
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
: >"$apt/status"
options=(-q -o APT::Architecture="$arch" -o APT::Architectures="$arch"
    -o Dir::State::Lists="$apt/lists" -o Dir::State::status="$apt/status"
    -o Dir::Cache="$apt/cache" -o APT::Sandbox::User="$(id -un)" -o Acquire::Languages=none
    -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false)

echo "foreign: fetching ${packages[*]} for $arch" >&2
apt-get "${options[@]}" update >"$apt/log" 2>&1 || true # a source without this architecture is none
(cd "$apt" && apt-get "${options[@]}" download "${packages[@]}") >>"$apt/log" 2>&1 ||
    { cat "$apt/log" >&2; exit 1; }
for package in "$apt"/*.deb; do
    dpkg-deb --extract "$package" "$root"
done
rm -rf "$apt"
echo "${packages[*]}" >"$root/complete"
