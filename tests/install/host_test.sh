#!/usr/bin/env bash
# host_test.sh: installs the build that $TACIT belongs to, and builds programs against what was
# installed: in C, found by pkg-config and by CMake, with the shared library and with the archive;
# and in C++11. Each header stands alone. Every function has its page in the manual, if scdoc was
# there to make one.
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
# The C++ compiler is the C one's sister, if it is there.
cxx=$(cached CMAKE_CXX_COMPILER)
[[ -n $cxx ]] || case ${cc##*/} in clang*) cxx=clang++ ;; *) cxx=c++ ;; esac
cxx=$(command -v "$cxx" || true)
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

# Each header stands alone, in C and in C++, under the warnings that hosts have.
warnings=(-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
for header in "$root"/include/tacit/*.h; do
    echo "#include <tacit/${header##*/}>" >"$work/alone.c"
    "$cc" -I"$root/include" -std=c11 "${warnings[@]}" -Wstrict-prototypes -fsyntax-only \
        "$work/alone.c" || die "${header##*/} is not C11 by itself"
    [[ -z $cxx ]] || "$cxx" -I"$root/include" -std=c++11 "${warnings[@]}" -fsyntax-only -x c++ \
        "$work/alone.c" || die "${header##*/} is not C++11 by itself"
done

# A program in C++, with the sanitizers of the library.
if [[ -n $cxx ]]; then
    # -ltacit needs its link again.
    ln -s libtacit.so.0 "$lib/libtacit.so"
    read -ra words <<<"$(pkg-config --cflags --libs tacit)"
    "$cxx" -std=c++11 -Wall -Wextra -pedantic -Werror ${sanitize:+"-fsanitize=$sanitize"} \
        host/host.cc -o "$work/cxx" "${words[@]}"
    check "$work/cxx" shared
fi
