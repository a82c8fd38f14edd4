#!/usr/bin/env bash
# host_test.sh: installs the build that $TACIT belongs to, and builds a program against what was
# installed: found by pkg-config and by CMake, with the shared library and with the archive. Every
# function has its page in the manual, if scdoc was there to make one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

build=$(dirname "$TACIT")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

die() {
    echo "host_test: $*" >&2
    exit 1
}

# cached prints a variable of the build's configuration.
cached() {
    sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt"
}

# A package is made like this: configured for one place, put into another, used from a third.
DESTDIR=$work/stage cmake --install "$build" --prefix /usr >"$work/install.log"
root=$work/moved
mv "$work/stage/usr" "$root"
lib=$(dirname "$(find "$root" -name libtacit.so)")
export PKG_CONFIG_PATH=$lib/pkgconfig
version=$(pkg-config --modversion tacit)

# What it is built with: the library's compiler, whose sanitizers must be the program's too.
cc=$(cached CMAKE_C_COMPILER)
flags=(-std=c11 -Wall -Wextra -Werror)
sanitize=$(cached TACIT_SANITIZE)
[[ -z $sanitize ]] || flags+=("-fsanitize=$sanitize")

"$root/bin/tacit" ca init "$work/ca" --name localhost >/dev/null
"$root/bin/tacit" ca issue "$work/ca" localhost --out "$work" >/dev/null

# check PROGRAM shared|static: it works, and needs the shared library or does not.
check() {
    local said kind=static
    said=$(LD_LIBRARY_PATH=$lib "$1" "$work/ca/ca.pem" "$work/localhost.pem" \
        "$work/localhost.key") || die "$1 does not work"
    [[ $said == "tacit $version" ]] || die "$1 says '$said', tacit.pc says $version"
    [[ $(readelf -d "$1") != *"Shared library: [libtacit.so.0]"* ]] || kind=shared
    [[ $kind == "$2" ]] || die "$1 is $kind, and should be $2"
}

# by_pkg_config NAME [ARGUMENT...]: builds and links with what pkg-config says.
by_pkg_config() {
    local name=$1 words
    shift
    read -ra words <<<"$(pkg-config --cflags --libs "$@" tacit)"
    "$cc" "${flags[@]}" host/host.c -o "$work/$name" "${words[@]}"
}

if [[ -d $root/share/man ]]; then
    for name in $(nm -D --defined-only "$lib/libtacit.so" | sed -n 's/.* T \(.*\)@@.*/\1/p'); do
        [[ -f $root/share/man/man3/$name.3 ]] || die "there is no page for $name"
    done
fi

by_pkg_config shared
check "$work/shared" shared

cmake -S host -B "$work/cmake" -G Ninja -DCMAKE_PREFIX_PATH="$root" -DCMAKE_C_COMPILER="$cc" \
    -DCMAKE_C_FLAGS="${flags[*]}" >"$work/cmake.log" || { cat "$work/cmake.log"; exit 1; }
cmake --build "$work/cmake" >"$work/cmake.log" || { cat "$work/cmake.log"; exit 1; }
check "$work/cmake/host_shared" shared
check "$work/cmake/host_static" static

# Without the link to the shared library, -ltacit is the archive.
rm "$lib/libtacit.so"
by_pkg_config static --static
check "$work/static" static

# The headers are C++ as well.
if command -v c++ >/dev/null; then
    echo '#include <tacit/tacit.h>' >"$work/host.cc"
    c++ -I"$root/include" -Wall -Wextra -Wpedantic -Werror -fsyntax-only "$work/host.cc"
fi
