#!/usr/bin/env python3
"""`tacit inspect --lint`: each rule is broken once, and a good chain breaks none."""

import json
import re
import time
from pathlib import Path

import tool
from certs import MIDDLE, ROOT, der, make, openssl, write

RULES = Path(__file__).resolve().parents[2] / "tools/tacit/inspect_lint.c"
SAN, USAGE = "subjectAltName=DNS:leaf.test", "keyUsage=critical,digitalSignature"
EKU, SKI, AKI = ("extendedKeyUsage=serverAuth", "subjectKeyIdentifier=hash",
                 "authorityKeyIdentifier=keyid")
LEAF = [SAN, USAGE, EKU, SKI, AKI]
DATES = ["-days", "90"]
seen = set()


def warned(*words, status, stdin=b""):
    """warned is the set of (object, word) that --lint has to say."""
    done = tool.expect(status, "inspect", *words, "--lint", "--json", stdin=stdin)
    found = json.loads(done.stdout)["lint"]
    seen.update(w["word"] for w in found)
    assert all(w["rule"] and w["sentence"] and w["severity"] in ("warning", "error")
               for w in found)
    return {(w.get("object", 0), w["word"]) for w in found}


def breaks(name, *expected, status=0):
    """breaks asks for exactly these words about the first object of NAME.pem."""
    found = {word for number, word in warned(f"{name}.pem", "--ca", "root.pem", status=status)
             if number == 1}
    assert found == set(expected), (name, found)


def leaf(name, config, *expected, status=0, words=(), **options):
    make(name, config, *DATES, *words, **options)
    breaks(name, *expected, status=status)


def test_good():
    make("root", ROOT, issuer=None, subject="/CN=root.test")
    make("middle", MIDDLE, subject="/CN=middle.test")
    make("good", LEAF, *DATES, issuer="middle")
    write("chain.pem", "good.pem", "middle.pem", "good.key")
    assert not warned("chain.pem", "--ca", "root.pem", status=0)
    said = tool.expect(0, "inspect", "chain.pem", "--lint", "--ca", "root.pem").stdout.decode()
    assert "no rule of this linter is broken" in said
    assert not warned("root.pem", status=0)
    tool.make_ca()
    for cert in "localhost.pem", "alice.test.pem", "ca/ca.pem":
        assert not warned(cert, "--ca", "ca/ca.pem", status=0), cert


def test_keys():
    leaf("rsa1024", LEAF, "weak-key", key="rsa:1024", status=37)
    leaf("three", LEAF, "small-exponent", key="rsa:2048",
         words=["-pkeyopt", "rsa_keygen_pubexp:3"])
    leaf("koblitz", LEAF, "odd-key", key="ec:secp256k1")
    leaf("ed448", LEAF, "odd-key", key="ed448")
    leaf("edward", LEAF, key="ed25519")
    rsa = bytes.fromhex("06092a864886f70d0101010500")
    modulus = der(2, b"\0" + b"\xc1" * 256)
    key = der(0x30, der(0x30, rsa), der(3, b"\0", der(0x30, modulus, der(2, b"\1"))))
    assert warned("-", status=37, stdin=key) == {(1, "weak-exponent")}


def test_signatures():
    leaf("sha1", LEAF, "broken-hash", words=["-sha1"], status=37)
    leaf("sha224", LEAF, "unknown-signature", words=["-sha224"])
    make("pss", LEAF, *DATES, "-sigopt", "rsa_padding_mode:pss", "-sha1", key="rsa:2048",
         issuer=None)
    openssl("req", "-new", "-key", "pss.key", "-sigopt", "rsa_padding_mode:pss", "-sha1", "-subj",
            "/CN=a", "-addext", SAN, "-out", "pss.csr")
    assert (1, "broken-hash") in warned("pss.csr", status=37)


def test_serials():
    for serial, word, status in (("-5", "serial-negative", 37), ("0", "serial-zero", 37),
                                 ("0x" + "7f" * 21, "serial-long", 37), ("7", "serial-short", 0)):
        make("serial", LEAF, *DATES, "-set_serial", serial)
        found = {w for _, w in warned("serial.pem", "--ca", "root.pem", status=status)}
        assert word in found and found <= {word, "malformed", "serial-short"}, (serial, found)


def test_names():
    leaf("none", LEAF[1:], "no-san", status=37)
    leaf("other", LEAF, "cn-not-in-san", subject="/CN=other.test")
    leaf("person", LEAF, subject="/CN=A person")
    leaf("star", ["subjectAltName=DNS:*.test,DNS:leaf.test", *LEAF[1:]], "wildcard-wide")
    leaf("middle_star", ["subjectAltName=DNS:a.*.test,DNS:leaf.test", *LEAF[1:]],
         "wildcard-misplaced", status=37)
    leaf("nobody", LEAF, "empty-subject", subject="/", status=37)
    leaf("nobody", ["subjectAltName=critical,DNS:leaf.test", *LEAF[1:]], subject="/")
    make("empty", ROOT, issuer=None, subject="/")
    assert {w for _, w in warned("empty.pem", status=37)} >= {"empty-issuer", "empty-subject"}


def test_dates():
    leaf("long", LEAF, "long-life", words=["-days", "399"])
    leaf("longest", LEAF, words=["-days", "398"])
    tool.make_dated("old", "20200101000000Z", "20210101000000Z")
    tool.make_dated("early", "20470101000000Z", "20470301000000Z")
    tool.make_dated("reversed", "20470301000000Z", "20470101000000Z")
    for name, word, status in (("old", "expired", 32), ("early", "not-yet-valid", 32),
                               ("reversed", "dates-reversed", 37)):
        assert (1, word) in warned(f"{name}.pem", status=status), name
    tool.make_dated("soon", "20260101000000Z", later(3))
    assert (1, "expires-soon") in warned("soon.pem", status=0)


def later(days):
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + days * 86400))


def test_usages():
    leaf("eku", [SAN, USAGE, SKI, AKI], "no-eku")
    leaf("any", [SAN, USAGE, SKI, AKI, "extendedKeyUsage=anyExtendedKeyUsage"], "eku-any")
    leaf("code", [SAN, USAGE, SKI, AKI, "extendedKeyUsage=codeSigning"], "eku-not-tls")
    leaf("ku", [SAN, EKU, SKI, AKI], "no-key-usage")
    leaf("kunc", [SAN, EKU, SKI, AKI, "keyUsage=digitalSignature"], "key-usage-not-critical")
    leaf("kuns", [SAN, EKU, SKI, AKI, "keyUsage=critical,keyEncipherment"],
         "key-usage-no-signature", "key-usage-unfit", status=37)
    leaf("rsaku", [SAN, EKU, SKI, AKI, "keyUsage=critical,digitalSignature,keyEncipherment"],
         key="rsa:2048")
    leaf("sign", [SAN, EKU, SKI, AKI, "keyUsage=critical,digitalSignature,keyCertSign"],
         "cert-sign-no-ca", status=37)
    leaf("nc", [*LEAF, "nameConstraints=critical,permitted;DNS:leaf.test"], "constraints-no-ca",
         status=37)
    leaf("pathlen", [*LEAF, "basicConstraints=critical,pathlen:1"], "path-length-no-ca")
    leaf("critical", [*LEAF, "1.2.3.4=critical,ASN1:NULL"], "unknown-critical", status=37)


def test_authorities():
    leaf("notcrit", ["basicConstraints=CA:TRUE", *MIDDLE[1:]], "ca-not-critical", status=37)
    leaf("nosign", [MIDDLE[0], "keyUsage=critical,cRLSign", *MIDDLE[2:]], "ca-no-cert-sign",
         status=37)
    leaf("ncnc", [*MIDDLE[:2], "nameConstraints=permitted;DNS:a.test", SKI, AKI],
         "constraints-not-critical")
    leaf("noski", [*MIDDLE[:3], AKI, "subjectKeyIdentifier=none"], "no-key-id")
    leaf("noaki", [*MIDDLE[:3], SKI, "authorityKeyIdentifier=none"], "no-issuer-key-id")


def test_versions():
    openssl("req", "-new", "-key", "good.key", "-subj", "/CN=leaf.test", "-out", "v1.csr")
    openssl("x509", "-req", "-in", "v1.csr", "-CA", "root.pem", "-CAkey", "root.key", "-days", "90",
            "-out", "v1.pem")
    assert (1, "not-v3") in warned("v1.pem", status=37)


def test_malformed():
    der_of = bytearray(openssl("x509", "-in", "good.pem", "-outform", "DER"))
    der_of[der_of.index(bytes.fromhex("06082a8648ce3d040302")) + 9] = 3
    assert (1, "malformed") in warned("-", status=37, stdin=bytes(der_of))


def test_chains():
    write("root_in.pem", "good.pem", "middle.pem", "root.pem")
    assert warned("root_in.pem", status=0) == {(3, "chain-root")}
    write("order.pem", "good.pem", "root.pem", "middle.pem")
    assert (3, "chain-order") in warned("order.pem", status=0)
    make("stranger", MIDDLE, subject="/CN=stranger.test")
    write("strange.pem", "good.pem", "stranger.pem", "middle.pem", "middle.pem")
    found = warned("strange.pem", "--ca", "root.pem", status=0)
    assert {(2, "chain-stranger"), (4, "chain-twice")} <= found
    assert warned("good.pem", "--ca", "root.pem", status=0) == {(1, "chain-incomplete")}
    assert warned("good.pem", "--ca", "middle.pem", status=0) == set()
    make("alone", LEAF, *DATES, issuer=None)
    assert (1, "self-signed-leaf") in warned("alone.pem", status=0)
    make("liar", MIDDLE, subject="/CN=middle.test")
    write("lie.pem", "good.pem", "liar.pem")
    assert (1, "wrong-issuer") in warned("lie.pem", status=37)
    write("roots.pem", "root.pem", "middle.pem")
    assert not warned("roots.pem", status=0)
    write("pair.pem", "good.pem", "middle.pem", "root.key")
    assert warned("pair.pem", "--ca", "root.pem", status=37) == {(3, "key-mismatch")}


def test_requests():
    assert warned("v1.csr", status=0) == {(1, "no-names")}
    body = bytearray(openssl("req", "-in", "v1.csr", "-outform", "DER"))
    body[-1] ^= 1
    assert (1, "not-its-key") in warned("-", status=37, stdin=bytes(body))


def bare_list():
    """bare_list is a list of version 1: no end, no number, no key identifier."""
    algorithm = der(0x30, bytes.fromhex("06082a8648ce3d040302"))
    name = der(0x30, der(0x31, der(0x30, bytes.fromhex("0603550403"), der(12, b"a"))))
    inner = der(0x30, algorithm, name, der(0x17, b"260101000000Z"))
    return der(0x30, inner, algorithm, der(3, b"\0", der(0x30, der(2, b"\1"), der(2, b"\1"))))


def test_lists():
    found = {word for _, word in warned("-", status=3, stdin=bare_list())}
    assert {"list-no-end", "list-no-number", "list-no-key-id"} <= found, found
    with open("crl.cnf", "w") as f:
        f.write("[ca]\ndefault_ca=d\n[d]\ndatabase=crl.db\ncrlnumber=crl.n\ncrl_extensions=x\n"
                "default_md=sha256\n[x]\nauthorityKeyIdentifier=keyid\n")
    for end, expected, status in (later(3), set(), 0), ("20210101000000Z", {(1, "list-stale")}, 37):
        for name, content in ("crl.db", ""), ("crl.n", "01\n"):
            with open(name, "w") as f:
                f.write(content)
        openssl("ca", "-config", "crl.cnf", "-cert", "root.pem", "-keyfile", "root.key", "-gencrl",
                "-crl_lastupdate", "20200101000000Z", "-crl_nextupdate", end, "-out", "root.crl")
        assert warned("root.crl", status=status) == expected


def test_answers():
    with open("index.txt", "w") as f:
        f.write("")
    openssl("ocsp", "-issuer", "root.pem", "-cert", "middle.pem", "-reqout", "ask.der")
    openssl("ocsp", "-index", "index.txt", "-CA", "root.pem", "-rsigner", "root.pem", "-rkey",
            "root.key", "-reqin", "ask.der", "-respout", "answer.der", "-ndays", "3")
    answer = open("answer.der", "rb").read()
    assert not warned("answer.der", status=0)
    times = sorted(re.findall(rb"\d{14}Z", answer[:600]))
    stale = answer.replace(times[0], b"20200101000000Z").replace(times[-1], b"20210101000000Z")
    assert warned("-", status=37, stdin=stale) == {(1, "answer-stale")}
    assert warned("-", "--ca", "root.pem", status=37, stdin=stale) == {(1, "answer-stale"),
                                                                       (1, "not-authentic")}


def test_each_rule_was_broken():
    rules = set(re.findall(r'^    \{"([a-z0-9-]+)", (?:WARNING|ERROR|DATE)', RULES.read_text(),
                           re.M))
    assert rules and rules == seen, rules ^ seen


tool.main()
