#!/usr/bin/env bash
# `./dev setup` asks for the packages of every verb, but for those of verbs that say they are large;
# and each need in tools/dev/packages.txt is some verb's. Nothing is installed: dpkg-query finds
# nothing here, and apt-get only writes down what it is asked for.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

complain() {
    echo "setup_test.sh: $*" >&2
    failures=$((failures + 1))
}

# stub NAME BODY puts a command before the system's.
stub() {
    printf '#!/bin/sh\n%s\n' "$2" >"$work/$1"
    chmod +x "$work/$1"
}

# asked VERB prints the packages that the verb would have installed, one on a line.
asked() {
    : >"$work/asked"
    PATH=$work:$PATH ./dev "$1" >/dev/null 2>&1 || return 1
    tr ' ' '\n' <"$work/asked"
}

stub dpkg-query 'exit 1'
stub sudo 'exec "$@"'
stub apt-get "echo \"\$*\" >>'$work/asked'"

packages=$(asked setup)
for package in build-essential libcmocka-dev clang-14 clang-tidy-14 clang-format-14 valgrind; do
    grep -qx -- "$package" <<<"$packages" || complain "setup leaves out $package"
done
for package in $(sed -nE 's/^(peers|foreign)://p' tools/dev/packages.txt); do
    ! grep -qx -- "$package" <<<"$packages" || complain "setup installs $package"
done

while IFS=: read -r name _; do
    [[ $name =~ ^[a-z]+$ ]] || continue
    grep -qE "^    need( [a-z]+)* $name( |\$)" dev || complain "no verb needs '$name'"
done <tools/dev/packages.txt
for name in $(sed -nE 's/^    need //p' dev); do
    grep -q "^$name:" tools/dev/packages.txt || complain "nothing is listed for '$name'"
done

((failures == 0))
