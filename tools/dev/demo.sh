#!/usr/bin/env bash
# demo.sh [--keep]: the main job, once, on this machine: a private authority, a server, a verified
# connection, a page. `./dev demo` has built the tool. --keep leaves the server running.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

tacit=$PWD/build/release/tacit
keep=false
[[ ${1:-} == --keep ]] && keep=true
work=$(mktemp -d "${TMPDIR:-/tmp}/tacit-demo.XXXXXX")
server=

leave() {
    if [[ -n $server ]] && ! $keep; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    $keep || rm -rf "$work"
}
trap leave EXIT

bold= plain=
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
    bold=$'\033[1m' plain=$'\033[0m'
fi
say() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }

say "1. a private authority, which may vouch for localhost alone, and a certificate of the server"
"$tacit" ca init "$work/ca" --name localhost --name 127.0.0.1
"$tacit" ca issue "$work/ca" localhost 127.0.0.1 --out "$work"

say "2. the server, on loopback"
mkdir "$work/site"
cat >"$work/site/index.html" <<'PAGE'
<!doctype html>
<title>tacit</title>
<p>This page came over TLS 1.3.</p>
PAGE
"$tacit" serve "$work/site" --listen 127.0.0.1:0 --cert "$work/localhost.pem" \
    --key "$work/localhost.key" 2>"$work/serve.log" &
server=$!
address=
for _ in $(seq 100); do
    address=$(sed -n 's/^ready //p' "$work/serve.log")
    [[ -n $address ]] && break
    kill -0 "$server" 2>/dev/null || { cat "$work/serve.log" >&2; exit 1; }
    sleep 0.05
done
[[ -n $address ]] || { echo "demo: the server did not get ready" >&2; exit 1; }
port=${address##*:}
echo "ready on $address, process $server"

say "3. a client that trusts this authority alone: the handshake, and the page"
"$tacit" connect "localhost:$port" --ca "$work/ca/ca.pem" --get /

say "4. a client that trusts the public authorities alone must refuse"
if "$tacit" connect "localhost:$port" --quiet; then
    echo "demo: that should not have worked" >&2
    exit 1
else
    echo "(exit status $?)"
fi

say "the same by hand"
echo "curl --cacert $work/ca/ca.pem https://localhost:$port/"
if $keep; then
    echo "the server goes on; end it with: kill $server; rm -r $work"
else
    echo "(run ./dev demo --keep to leave the server running)"
fi
