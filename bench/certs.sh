#!/bin/sh
# certs.sh DIR: makes the chains of the benchmarks, a leaf under an intermediate under a root, by
# the openssl command: NAME-root.pem for the client, NAME.pem (leaf, intermediate) and NAME.key for
# the server, where NAME is p256-chain or rsa2048-chain; and names.pem, which has a hundred names.
set -eu
mkdir -p "$1"
cd "$1"

make_key() { # NAME.key ALGORITHM...
    file=$1
    shift
    openssl genpkey -quiet -out "$file" -algorithm "$@"
}

issue() { # SUBJECT KEY ISSUER EXTENSIONS
    openssl req -new -key "$2" -subj "/CN=$1" -out request.csr
    printf '%b' "$4" >extensions.cnf
    if [ "$3" = self ]; then
        openssl x509 -req -in request.csr -signkey "$2" -days 3650 -extfile extensions.cnf
    else
        openssl x509 -req -in request.csr -CA "$3.pem" -CAkey "$3.key" -days 825 \
            -set_serial "0x$(openssl rand -hex 15)" -extfile extensions.cnf
    fi
}

chain() { # NAME ALGORITHM...
    name=$1
    shift
    make_key "$name-root.key" "$@"
    make_key "$name-middle.key" "$@"
    make_key "$name.key" "$@"
    ca='basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n'
    ids='subjectKeyIdentifier=hash\n'
    issue "$name root" "$name-root.key" self "$ca$ids" >"$name-root.pem"
    issue "$name middle" "$name-middle.key" "$name-root" \
        "$ca${ids}authorityKeyIdentifier=keyid\n" >"$name-middle.pem"
    issue bench.example "$name.key" "$name-middle" \
        "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n\
extendedKeyUsage=serverAuth\nsubjectAltName=DNS:bench.example,DNS:www.bench.example\n\
${ids}authorityKeyIdentifier=keyid\n" >"$name-leaf.pem"
    cat "$name-leaf.pem" "$name-middle.pem" >"$name.pem"
}

{
    chain p256-chain EC -pkeyopt ec_paramgen_curve:P-256
    chain rsa2048-chain RSA -pkeyopt rsa_keygen_bits:2048
    names=''
    for i in $(seq 99); do names="${names}DNS:name$i.bench.example,"; done
    issue 'many names' p256-chain.key p256-chain-middle \
        "subjectAltName=${names}DNS:bench.example\n" >names.pem
} 2>errors.txt || {
    cat errors.txt >&2
    exit 1
}
