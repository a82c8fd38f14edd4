#!/usr/bin/env bash
# Proves that a newcomer's first minutes work: clones HEAD to a folder of its own, beside a link to
# ../shared (the test vectors), and runs the commands that README opens with.
set -euo pipefail
cd "$(dirname "$0")/../.."

root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git clone --quiet --no-hardlinks "$root" "$work/tacit"
if [[ -d ../shared ]]; then
    ln -s "$(readlink -f ../shared)" "$work/shared"
fi
cd "$work/tacit"

# The first block of code in README, one command on a line, comments cut.
mapfile -t commands < <(awk '/^```/ { n++; next } n == 1 { sub(/ *#.*/, ""); print }' README.md)
((${#commands[@]})) || { echo "README.md has no commands" >&2; exit 1; }
for command in "${commands[@]}"; do
    echo "== $command"
    bash -c "$command" </dev/null
done
