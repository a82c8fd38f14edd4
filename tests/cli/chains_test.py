#!/usr/bin/env python3
"""Chains that must be refused, one by one: each with its own code, exit status and reason, the
certificate that is to blame by its place and its name, and what was expected and found.
`tacit connect` and `tacit verify` have to say the same.
"""

import json
import re
import ssl
import time

import mint
import tool
from mint import (Cert, basic, constraints, explicit_policy, extension, names, policies, purposes,
                  usage)

LEAF, MID, ROOT, OTHER, TOP = (("p256", n) for n in range(5))
RSA, SMALL = ("rsa2048", 0), ("rsa1024", 0)
ca_usage = usage("keyCertSign", "cRLSign")
EXPIRED = r"expired 3 days ago, 20[-0-9]+T[:0-9]+Z"
EARLY = r"valid in 2 days, 20[-0-9]+T[:0-9]+Z"


def ca(subject, by=None, *exts, key=MID, plain=False, **rest):
    """ca is an authority; `plain` leaves out the usual extensions."""
    usual = () if plain else (basic(), ca_usage)
    return Cert(subject, by, exts=(*usual, *exts), key=key, **rest)


def leaf(by, *exts, san=("DNS:localhost",), plain=False, subject="CN=leaf", **rest):
    usual = () if plain else (usage("digitalSignature"), purposes("serverAuth"))
    name = (names(*san),) if san else ()
    return Cert(subject, by, exts=(*usual, *name, *exts), key=rest.pop("key", LEAF), **rest)


class World:
    """World has what most rows share: a root, an authority below it, and a leaf."""

    def __init__(self):
        self.root = ca("CN=root", key=ROOT)
        self.mid = ca("CN=mid", self.root)
        self.leaf = leaf(self.mid)
        self.crls = [mint.crl(self.root), mint.crl(self.mid)]


def rows(w):
    """rows is the table: name, chain, reason, depth, subject, expected, found; and what is other
    than usual: the anchors, the command's words."""
    below = lambda mid, **rest: [leaf(mid, **rest), mid]

    # ---- dates (bug class 117)
    yield "expired leaf", [leaf(w.mid, end=-3), w.mid], \
        "CERT_EXPIRED", 0, "CN=leaf", "valid at", EXPIRED
    yield "expired intermediate", below(ca("CN=mid", w.root, end=-3)), \
        "CERT_EXPIRED", 1, "CN=mid", "valid at", EXPIRED
    old_root = ca("CN=root", key=ROOT, end=-3)
    yield "expired root", below(w.mid), "CERT_EXPIRED", 2, "CN=root", "valid at", EXPIRED, \
        {"anchors": [old_root]}
    yield "future leaf", [leaf(w.mid, start=2.01), w.mid], \
        "CERT_NOT_YET_VALID", 0, "CN=leaf", "valid at", EARLY
    yield "future intermediate", below(ca("CN=mid", w.root, start=2.01)), \
        "CERT_NOT_YET_VALID", 1, "CN=mid", "valid at", EARLY
    yield "future root", below(w.mid), "CERT_NOT_YET_VALID", 2, "CN=root", "valid at", EARLY, \
        {"anchors": [ca("CN=root", key=ROOT, start=2.01)]}

    # ---- names (bug classes 108 to 110)
    def mismatch(name, found, *san, **rest):
        return (name, [leaf(w.mid, san=san, **rest), w.mid], "CERT_NAME_MISMATCH", 0,
                rest.get("subject", "CN=leaf"), "^DNS:a.b.test$", found,
                {"words": ["--name", "a.b.test"]})
    yield mismatch("wrong name", "^DNS:other.test$", "DNS:other.test")
    yield mismatch("wrong names", "^DNS:x.test, DNS:y.test, IP:10.0.0.1$",
                   "DNS:x.test", "DNS:y.test", "IP:0a000001")
    yield mismatch("a name beside it", "^DNS:a.b.test.evil.test$", "DNS:a.b.test.evil.test")
    yield mismatch("forty names", r"^DNS:n0.test, .*, and \d+ more$",
                   *(f"DNS:n{i}.test" for i in range(40)))
    yield mismatch("wildcard over two labels", r"^DNS:\*.test$", "DNS:*.test")
    yield mismatch("wildcard within a label", r"^DNS:a\*.b.test$", "DNS:a*.b.test")
    yield mismatch("wildcard in the middle", r"^DNS:a.\*.test$", "DNS:a.*.test")
    yield mismatch("wildcard alone", r"^DNS:\*$", "DNS:*")
    nameless = lambda name, found, *san, **rest: (
        name, [leaf(w.mid, san=san, **rest), w.mid], "CERT_NO_HOST_NAME", 0,
        rest.get("subject", "CN=leaf"), "^DNS:a.b.test$", found, {"words": ["--name", "a.b.test"]})
    yield nameless("common name alone", "^no subjectAltName; the common name in CN=a.b.test does "
                   "not count$", subject="CN=a.b.test")
    yield nameless("names of other kinds", "^email:a@b.test; the common name", "email:a@b.test")
    yield nameless("no name at all", "^no subjectAltName$", subject="O=leaf")
    yield mismatch("address in a DNS name", "^DNS:127.0.0.1$", "DNS:127.0.0.1")
    yield mismatch("a NUL in the name", r"^DNS:a.b.test\\00.evil$", "DNS:a.b.test\0.evil")
    yield mismatch("control bytes", r"^DNS:\\1b\[31mred\\0aroot$", "DNS:\x1b[31mred\nroot",
                   subject="CN=leaf")
    yield ("wrong address", [leaf(w.mid, san=["IP:0a000001"]), w.mid], "CERT_NAME_MISMATCH", 0,
           "CN=leaf", "^IP:127.0.0.1$", "^IP:10.0.0.1$", {"words": ["--name", "127.0.0.1"]})

    # ---- purposes and key usage (bug classes 114, 115)
    for where, chain, depth, subject in (
            ("leaf", [leaf(w.mid, usage("digitalSignature"), purposes("clientAuth"), plain=True),
                      w.mid], 0, "CN=leaf"),
            ("intermediate", below(ca("CN=mid", w.root, purposes("clientAuth"))), 1, "CN=mid")):
        yield f"wrong purpose of the {where}", chain, "CERT_WRONG_PURPOSE", depth, subject, \
            "^serverAuth$", "^clientAuth$"
    yield "wrong purpose of the root", below(w.mid), "CERT_WRONG_PURPOSE", 2, "CN=root", \
        "^serverAuth$", "^others$", \
        {"anchors": [ca("CN=root", None, purposes("codeSigning"), key=ROOT)]}
    yield "no signing key usage", [leaf(w.mid, usage("keyEncipherment"), plain=True), w.mid], \
        "CERT_KEY_USAGE", 0, "CN=leaf", "^digitalSignature$", "^keyEncipherment$"
    yield "intermediate may not sign", \
        below(ca("CN=mid", w.root, basic(), usage("cRLSign"), plain=True)), \
        "CERT_NO_KEY_CERT_SIGN", 1, "CN=mid", "^keyCertSign$", "^cRLSign$"
    yield "root may not sign", below(w.mid), "CERT_NO_KEY_CERT_SIGN", 2, "CN=root", \
        "^keyCertSign$", "^cRLSign$", \
        {"anchors": [ca("CN=root", None, basic(), usage("cRLSign"), key=ROOT, plain=True)]}
    yield "leaf with keyCertSign", \
        [leaf(w.mid, usage("digitalSignature", "keyCertSign"), plain=True), w.mid], \
        "CERT_CA_CLAIMS", 0, "CN=leaf", "no authority", "digitalSignature, keyCertSign"
    yield "authority without keyCertSign", \
        [leaf(w.mid, usage("digitalSignature"), basic(), plain=True), w.mid], \
        "CERT_CA_CLAIMS", 0, "CN=leaf", "keyCertSign", "^digitalSignature$"

    # ---- authorities (bug class 114)
    yield "leaf as issuer", below(leaf(w.root, subject="CN=mid", key=MID)), \
        "CERT_NOT_CA", 1, "CN=mid", "CA:TRUE", "^no basicConstraints$"
    yield "CA:FALSE as issuer", below(ca("CN=mid", w.root, basic(False), ca_usage, plain=True)), \
        "CERT_NOT_CA", 1, "CN=mid", "CA:TRUE", "^CA:FALSE$"
    yield "version 1 intermediate", below(ca("CN=mid", w.root, version=1)), \
        "CERT_NOT_CA", 1, "CN=mid", "CA:TRUE", "version 1"
    short = ca("CN=root", None, basic(length=0), ca_usage, key=ROOT, plain=True)
    yield "path length of the root", below(w.mid), "CERT_PATH_TOO_LONG", 2, "CN=root", \
        "at most 0 authorities", "^1$", {"anchors": [short]}
    upper = ca("CN=upper", w.root, basic(length=0), ca_usage, key=OTHER, plain=True)
    lower = ca("CN=lower", upper)
    yield "path length of an intermediate", [leaf(lower), lower, upper], \
        "CERT_PATH_TOO_LONG", 2, "CN=upper", "at most 0 authorities", "^1$"

    # ---- name constraints (bug class 111)
    for form, inside, outside, shown in (
            ("DNS", "DNS:evil.test", "DNS:good.test", "DNS:x.evil.test"),
            ("IP", "IP:0a000000ff000000", "IP:c0a80000ffff0000", "IP:0a010203"),
            ("email", "email:evil.test", "email:good.test", "email:a@evil.test"),
            ("URI", "URI:evil.test", "URI:good.test", "URI:https://evil.test/x"),
            ("dir", "dir:O=evil", "dir:O=good", "dir:O=evil,CN=x")):
        text = {"IP": "IP:10.1.2.3", "dir": "directory:CN=x,O=evil"}.get(form, shown)
        base = {"IP": "IP:10.0.0.0/255.0.0.0", "dir": "directory:O=evil"}.get(form, inside)
        good = {"IP": "IP:192.168.0.0/255.255.0.0", "dir": "directory:O=good"}.get(form, outside)
        if form == "dir":  # the subject is one too
            allowed = (outside, "dir:CN=leaf")
        else:
            allowed = (outside, "DNS:localhost")
        yield f"excluded {form}", below(ca("CN=mid", w.root, constraints(excluded=[inside])),
                                        san=["DNS:localhost", shown]), \
            "CERT_NAME_CONSTRAINED", 0, "CN=leaf", f"^no name within {re.escape(base)}$", \
            f"^{re.escape(text)}$"
        yield f"not permitted {form}", below(ca("CN=mid", w.root, constraints(permitted=allowed)),
                                             san=["DNS:localhost", shown]), \
            "CERT_NAME_CONSTRAINED", 0, "CN=leaf", f"^a name within {re.escape(good)}", \
            f"^{re.escape(text)}$"

    # ---- extensions (bug class 116)
    yield "unknown critical of the leaf", \
        [leaf(w.mid, extension("1.2.3.4", b"\x05\0", True)), w.mid], \
        "CERT_UNKNOWN_CRITICAL", 0, "CN=leaf", "critical", r"^1\.2\.3\.4$"
    yield "unknown critical of an intermediate", \
        below(ca("CN=mid", w.root, extension("1.2.3.4", b"\x05\0", True))), \
        "CERT_UNKNOWN_CRITICAL", 1, "CN=mid", "critical", r"^1\.2\.3\.4$"

    # ---- keys and signatures (bug classes 97, 107)
    yield "weak key of the leaf", [leaf(w.mid, key=SMALL), w.mid], \
        "CERT_WEAK_KEY", 0, "CN=leaf", "^RSA 2048 to 8192$", "^RSA 1024$"
    yield "weak key of an intermediate", below(ca("CN=mid", w.root, key=SMALL)), \
        "CERT_WEAK_KEY", 1, "CN=mid", "^RSA 2048 to 8192$", "^RSA 1024$"
    yield "key of an unknown kind", below(ca("CN=mid", w.root, key=("secp256k1", 0))), \
        "CERT_UNSUPPORTED_KEY", 1, "CN=mid", "RSA", "^ECDSA secp256k1$"
    rsa = ca("CN=mid", w.root, key=RSA)
    yield "SHA-1 with ECDSA", [leaf(w.mid, sign="ecdsa-sha1"), w.mid], \
        "CERT_BROKEN_HASH", 0, "CN=leaf", "SHA-256", "^ecdsa-with-SHA1$"
    yield "SHA-1 with RSA", [leaf(rsa, sign="rsa-sha1"), rsa], \
        "CERT_BROKEN_HASH", 0, "CN=leaf", "SHA-256", "^sha1WithRSAEncryption$"
    yield "MD5", [leaf(rsa, sign="rsa-md5"), rsa], \
        "CERT_BROKEN_HASH", 0, "CN=leaf", "SHA-256", "^md5WithRSAEncryption$"
    yield "SHA-1 in the intermediate", below(ca("CN=mid", w.root, sign="ecdsa-sha1")), \
        "CERT_BROKEN_HASH", 1, "CN=mid", "SHA-256", "^ecdsa-with-SHA1$"
    yield "SHA-224", [leaf(w.mid, sign="ecdsa-sha224"), w.mid], \
        "CERT_UNSUPPORTED_SIGNATURE", 0, "CN=leaf", "scheme", "^ecdsa-with-SHA224$"
    yield "forged leaf", [leaf(w.mid, spoil=True), w.mid], \
        "CERT_BAD_SIGNATURE", 0, "CN=leaf", "^signed by the key of CN=mid$", "another key"
    yield "forged intermediate", below(ca("CN=mid", w.root, spoil=True)), \
        "CERT_BAD_SIGNATURE", 1, "CN=mid", "^signed by the key of CN=root$", "another key"
    yield "root of the same name", [w.leaf, w.mid], \
        "CERT_BAD_SIGNATURE", 1, "CN=mid", "^signed by the key of CN=root$", "another key", \
        {"anchors": [ca("CN=root", key=OTHER)]}

    # ---- trust (bug class 118)
    yield "missing intermediate", [w.leaf], "CERT_NO_ISSUER", 0, "CN=leaf", "issuer, CN=mid$", \
        "not sent"
    yield "unknown authority", [w.leaf, w.mid], "CERT_NO_ISSUER", 1, "CN=mid", "issuer, CN=root$", \
        "not sent", {"anchors": [ca("CN=other", key=OTHER)]}
    yield "self-signed", [leaf(None)], "CERT_SELF_SIGNED", 0, "CN=leaf", "trusted", "CN=leaf"
    yield "untrusted root", [w.leaf, w.mid, w.root], "CERT_UNTRUSTED_ROOT", 2, "CN=root", \
        "trusted", "CN=root", {"anchors": [ca("CN=other", key=OTHER)]}
    a = ca("CN=a", ca("CN=b", key=OTHER), key=MID)
    b = ca("CN=b", a, key=OTHER)
    yield "a loop", [leaf(a), a, b], "CERT_NO_ISSUER", 2, "CN=b", "issuer, CN=a$", "not sent"
    tower = [ca("CN=0", w.root, key=TOP)]
    for i in range(1, 12):
        tower.insert(0, ca(f"CN={i}", tower[0], key=(MID, OTHER)[i % 2]))
    yield "twelve authorities", [leaf(tower[0]), *tower], "CERT_TOO_DEEP", None, None, \
        "within 10", "first 10"
    yield "65 certificates", [w.leaf, *[w.mid] * 64], "CHAIN_TOO_LONG", None, None, None, None

    # ---- policies
    policed = ca("CN=mid", w.root, policies("1.2.3"), explicit_policy(0))
    yield "a policy of its own", [leaf(policed, policies("1.2.4")), policed], \
        "CERT_POLICY", 0, "CN=leaf", "policy", r"^1\.2\.4$"
    yield "no policy", below(policed), "CERT_POLICY", 0, "CN=leaf", "policy", "^no policies"

    # ---- numbers and names
    yield "serial number 0", [leaf(w.mid, serial=0), w.mid], "CERT_SERIAL", 0, "CN=leaf", \
        "positive", "^0$"
    yield "empty issuer", [leaf(w.mid, issuer=""), w.mid], "CERT_NO_NAME", 0, "CN=leaf", \
        "issuer", "empty issuer"
    yield "empty subject", [leaf(w.mid, subject=""), w.mid], "CERT_NO_NAME", 0, "localhost", \
        "subject", "empty subject"

    # ---- revocation (bug classes 126, 127)
    def listed(*crls):
        for i, text in enumerate(crls):
            with open(f"{i}.crl", "w") as f:
                f.write(text)
        return {"words": [word for i in range(len(crls)) for word in ("--crl", f"{i}.crl")]}
    ago = r"^revoked 5 days ago, 20[-0-9]+T[:0-9]+Z \(keyCompromise\)$"
    yield "revoked leaf", [w.leaf, w.mid], "CERT_REVOKED", 0, "CN=leaf", "^not revoked$", ago, \
        listed(w.crls[0], mint.crl(w.mid, (w.leaf, 5, 1)))
    yield "revoked intermediate", [w.leaf, w.mid], "CERT_REVOKED", 1, "CN=mid", "^not revoked$", \
        ago, listed(w.crls[1], mint.crl(w.root, (w.mid, 5, 1)))
    yield "no list of the intermediate's", [w.leaf, w.mid], "CRL_MISSING", 0, "CN=leaf", \
        "list of CN=mid$", "^none", listed(w.crls[0])
    yield "list expired", [w.leaf, w.mid], "CRL_EXPIRED", 1, "CN=mid", "list of CN=root$", \
        "renewed 3 days ago, 20", listed(w.crls[1], mint.crl(w.root, start=-9, end=-3))
    yield "list forged", [w.leaf, w.mid], "CRL_BAD_SIGNATURE", 0, "CN=leaf", "CN=mid has signed", \
        "another key", listed(w.crls[0], mint.crl(w.mid, key=OTHER))

    # ---- what is no certificate: it has no name to go by (bug class 124)
    def unreadable(name, reason, depth=0, **change):
        chain = [leaf(w.mid, **change), w.mid]
        return name, chain[::-1] if depth else chain, reason, depth, None, None, None, {"raw": True}
    yield unreadable("cut short", "CERT_MALFORMED", der=lambda d: d[:-1])
    yield unreadable("bytes behind it", "CERT_MALFORMED", der=lambda d: d + b"\0")
    yield unreadable("no DER at all", "CERT_MALFORMED", depth=1, der=lambda d: b"certificate")
    yield unreadable("indefinite length", "CERT_MALFORMED",
                     der=lambda d: b"\x30\x80" + d[4:] + b"\0\0")
    yield unreadable("version 4", "CERT_VERSION",
                     tbs=lambda t: t.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x03", 1))
    yield unreadable("extensions in version 2", "CERT_VERSION",
                     tbs=lambda t: t.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x01", 1))
    yield unreadable("negative serial number", "CERT_SERIAL", serial=-5)
    yield unreadable("serial number of 30 bytes", "CERT_SERIAL", serial=1 << 232)
    yield unreadable("two algorithms", "CERT_ALGORITHMS_DIFFER",
                     der=lambda d: d[:-90] + d[-90:].replace(b"\x04\x03\x02", b"\x04\x03\x03", 1))
    yield unreadable("month 13", "CERT_TIME_MALFORMED", depth=1, tbs=lambda t: re.sub(
        rb"(?s)(\x17\x0d\d\d)\d\d(\d+Z\x17)", rb"\g<1>13\2", t, count=1))
    yield "extension twice", [leaf(w.mid, names("DNS:b.test")), w.mid], \
        "CERT_EXTENSION_TWICE", 0, None, None, None, {"raw": True}
    nobody = extension("subjectAltName", b"\x30\0")
    yield "empty names", [leaf(w.mid, nobody, san=()), w.mid], \
        "CERT_EXTENSION_MALFORMED", 0, None, None, None, {"raw": True}
    yield "key identifier critical", \
        [leaf(w.mid, extension("subjectKeyIdentifier", b"\x04\x01a", True)), w.mid], \
        "CERT_EXTENSION_CRITICAL", 0, None, None, None, {"raw": True}
    yield unreadable("key in no known form", "CERT_KEY_MALFORMED",
                     tbs=lambda t: t.replace(b"\x03\x42\0\x04", b"\x03\x42\0\x05", 1))


# The classes, typed a second time: code and exit status of each reason.
CODES = {
    "cert.untrusted 30": "CERT_NO_ISSUER CERT_SELF_SIGNED CERT_UNTRUSTED_ROOT CERT_TOO_DEEP",
    "cert.name-mismatch 31": "CERT_NAME_MISMATCH CERT_NO_HOST_NAME",
    "cert.expired 32": "CERT_EXPIRED",
    "cert.not-yet-valid 32": "CERT_NOT_YET_VALID",
    "cert.revoked 33": "CERT_REVOKED",
    "cert.status-unknown 33": "CRL_MISSING CRL_EXPIRED CRL_BAD_SIGNATURE",
}


# What a person should do hangs off the reason and the place of the certificate: words of the
# advice to tell it by, for a leaf and for an authority.
ADVICE = {
    "CERT_NO_ISSUER": ("intermediate is missing", "root is not known"),
    "CERT_SELF_SIGNED": ("nobody vouches", None),
    "CERT_UNTRUSTED_ROOT": (None, "chain is complete"),
    "CERT_EXPIRED": ("renew the certificate", "leaf is not at fault"),
    "CERT_NAME_MISMATCH": ("one of the names that it has", None),
    "CERT_NO_HOST_NAME": ("in subjectAltName", None),
    "CERT_REVOKED": ("find out why", "authority of the chain was withdrawn"),
    "CRL_MISSING": ("give it with --crl", None),
    "CRL_EXPIRED": (None, "tacit ca crl DIR"),
    "CRL_BAD_SIGNATURE": ("same name", None),
    "CERT_WRONG_PURPOSE": ("serverAuth for servers", "the authority is not for this purpose"),
    "CERT_POLICY": ("compare the policies", None),
    "CERT_VERSION": ("without this fault", "without this fault"),  # its code's
}


def advice_fits(reason, depth, advice):
    wanted = ADVICE.get(reason, ("", ""))[depth > 0]
    return wanted is not None and wanted in advice


def class_of(reason):
    for words, reasons in CODES.items():
        if reason in reasons.split():
            return words.split()[0], int(words.split()[1])
    return "cert.invalid", 37


# ---- serving -----------------------------------------------------------------------------------

def record(kind, body):
    return bytes([kind, 3, 3]) + len(body).to_bytes(2, "big") + body


def message(kind, body):
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def serve_raw(ders):
    """serve_raw says hello in TLS 1.2 and shows certificates, whatever they are."""
    def vector(items):
        return len(items).to_bytes(3, "big") + items
    hello = (b"\3\3" + bytes(range(32)) + b"\0" + b"\xc0\x2b\0"
             + b"\0\x09" + b"\0\x17\0\0" + b"\xff\1\0\1\0")  # RFC 7627, RFC 5746
    shown = record(22, message(2, hello)) \
        + record(22, message(11, vector(b"".join(vector(der) for der in ders))))

    def handle(peer):
        peer.recv(65536)
        peer.sendall(shown)
        while peer.recv(65536):  # to its alert
            pass
    return tool.listener(handle)


def serve_tls(key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")  # it is for the client to refuse
    context.load_cert_chain("chain.pem", mint.key_file(*key))
    return tool.tls_listener(lambda tls: tls.recv(1), context)


# ---- judging -----------------------------------------------------------------------------------

def said(status, *words):
    return json.loads(tool.expect(status, *words, "--json").stdout)


def judge(report, reason, depth, subject, expected, found):
    code, status = class_of(reason)
    assert (report["code"], report["exit_status"], report["reason"]) == (code, status, reason)
    assert report["depth"] == depth and report["subject"] == subject, (report["depth"],
                                                                       report["subject"])
    assert depth is None or advice_fits(reason, depth, report["advice"]), report["advice"]
    if expected is None:  # it was refused before there was a path
        assert report["paths"] == []
        return
    path = report["paths"][0]
    error = path["error"]
    assert error["reason"] == reason and error["depth"] == (-1 if depth is None else depth)
    assert error["subject"] == subject and error["rule"]
    assert error["advice"] == report["advice"]
    assert depth is None or path["certs"][depth]["subject"] == subject
    assert re.search(expected, error["expected"]), error["expected"]
    assert re.search(found, error["found"]), error["found"]


def run_row(w, name, chain, reason, depth, subject, expected, found, other=None):
    other = other or {}
    with open("chain.pem", "w") as f:
        f.write("".join(cert.pem for cert in chain))
    with open("anchors.pem", "w") as f:
        f.write("".join(cert.pem for cert in other.get("anchors", [w.root])))
    words = ["--ca", "anchors.pem", *other.get("words", [])]
    status = class_of(reason)[1]
    expectation = reason, depth, subject, expected, found
    with serve_raw([c.der for c in chain]) if "raw" in other else serve_tls(chain[0].key) as port:
        judge(said(status, "connect", f"localhost:{port}", *words), *expectation)
    if expected is None:
        return
    if "--name" not in words:
        words += ["--name", "localhost"]
    # A person reads the same, and no byte of a certificate moves the terminal.
    text = tool.expect(status, "verify", "chain.pem", *words).stderr.decode("ascii")
    assert re.fullmatch(r"[\x20-\x7e\n]*", text), text
    lines = text.splitlines()
    assert len(lines) <= 9 and lines[1].startswith("path "), text
    assert depth is None or lines[0].endswith(f"(certificate {depth}: {subject})"), text
    assert depth is None or advice_fits(reason, depth, lines[-1]), text
    rows_of = {line[:11].strip(): line[12:] for line in lines}
    assert re.search(expected, rows_of["expected"]) and re.search(found, rows_of["found"]), text


def test_chains():
    w, seen = World(), set()
    failures = []
    for row in rows(w):
        assert row[0] not in seen, row[0]
        seen.add(row[0])
        try:
            run_row(w, *row)
        except AssertionError as error:
            failures.append(f"{row[0]}: {error}")
    assert not failures, "\n".join(failures)
    print(f"{len(seen)} chains")


def test_the_good_one():
    """What the rows change is at fault, and nothing else."""
    w = World()
    with open("chain.pem", "w") as f:
        f.write(w.leaf.pem + w.mid.pem)
    with open("anchors.pem", "w") as f:
        f.write(w.root.pem)
    with serve_tls(LEAF) as port:
        report = said(0, "connect", f"localhost:{port}", "--ca", "anchors.pem")
    assert report["code"] == "ok" and len(report["paths"]) == 1
    path = report["paths"][0]
    assert path["anchored"] is True and path["error"] is None
    assert [c["subject"] for c in path["certs"]] == ["CN=leaf", "CN=mid", "CN=root"]


def test_each_path_is_told():
    """Two authorities of one name: one has expired, the other is no authority. The first that came
    furthest is the verdict."""
    w = World()
    old, none = ca("CN=mid", w.root, end=-3), ca("CN=mid", w.root, basic(False), plain=True)
    with open("anchors.pem", "w") as f:
        f.write(w.root.pem)
    for first, second, status in (old, none, 32), (none, old, 37):
        with open("chain.pem", "w") as f:
            f.write(w.leaf.pem + first.pem + second.pem)
        report = said(status, "verify", "chain.pem", "--ca", "anchors.pem")
        told = [(p["anchored"], len(p["certs"]), p["error"]["reason"]) for p in report["paths"]]
        both = [(False, 2, "CERT_EXPIRED"), (False, 2, "CERT_NOT_CA")]
        assert told == (both if first == old else both[::-1]), told
        text = tool.run("verify", "chain.pem", "--ca", "anchors.pem").stderr.decode()
        also = re.findall("\nalso tried  CN=leaf <- CN=mid; certificate 1 \\(CN=mid\\): (.*)", text)
        assert len(also) == 1, text
        assert re.search(": CA:FALSE$" if first == old else f": {EXPIRED}$", also[0]), also


def test_a_server_says_what_was_wrong_with_its_client():
    w = World()
    tool.make_ca()
    client = leaf(w.mid, usage("digitalSignature"), purposes("clientAuth"), plain=True, end=-3,
                  subject="CN=\x1b[31mred\nroot", san=())
    with open("client.pem", "w") as f:
        f.write(client.pem + w.mid.pem)
    with open("anchors.pem", "w") as f:
        f.write(w.root.pem)
    with tool.serve("--status", "--client-ca", "anchors.pem") as server:
        tool.expect(36, *tool.connect_words(server.port, "--cert", "client.pem", "--key",
                                            mint.key_file(*LEAF)))
        server.wait_for("(CERT_EXPIRED)")
        log = server.log()
    assert re.search(r"cert.expired  the certificate has expired; certificate 0: "
                     r"CN=\\1b\[31mred\\0aroot: " + EXPIRED, log), log
    assert re.fullmatch(r"[\x20-\x7e\n]*", log), log


def test_many_paths_are_counted():
    w = World()
    with open("chain.pem", "w") as f:
        f.write(leaf(w.mid).pem + "".join(
            ca("CN=mid", w.root, key=("p256", 10 + i)).pem for i in range(20)))
    report = said(37, "verify", "chain.pem", "--ca", "anchors.pem")
    assert report["reason"] == "CERT_BAD_SIGNATURE" and len(report["paths"]) == 8
    text = tool.run("verify", "chain.pem", "--ca", "anchors.pem").stderr.decode()
    assert len(text.splitlines()) <= 9


def written(cert, by):
    """written puts a certificate and its issuer into chain.pem."""
    with open("chain.pem", "w") as f:
        f.write(cert.pem + by.pem)
    return ["--ca", "anchors.pem"]


def test_many_names_are_told_shortly():  # bug class 130
    """However many names there are: what is printed, reported and logged has a length, and an end
    in time."""
    w = World()
    with open("anchors.pem", "w") as f:
        f.write(w.root.pem)
    many = [f"DNS:n{i}.test" for i in range(100_000)]
    words = written(leaf(w.mid, san=many), w.mid) + ["--name", "other.test"]
    began = time.monotonic()
    text = tool.expect(31, "verify", "chain.pem", *words).stderr
    assert time.monotonic() - began < 5
    assert len(text) < 1500 and b", and 999" in text, text
    report = tool.expect(31, "verify", "chain.pem", *words, "--json").stdout
    assert len(report) < 8000, len(report)

    some = leaf(w.mid, san=many[:6000])  # what fits a message
    words = written(some, w.mid)
    with serve_tls(LEAF) as port:
        done = tool.expect(31, "connect", f"localhost:{port}", *words)
        assert len(done.stderr) < 1500, done.stderr
        assert len(tool.run("connect", f"localhost:{port}", *words, "--json").stdout) < 8000

    client = leaf(w.mid, usage("digitalSignature"), purposes("clientAuth"), plain=True,
                  san=many[:6000])
    written(client, w.mid)
    with tool.serve("--status", "--client-ca", "anchors.pem", "--allow", "DNS:me.test") as server:
        tool.expect(36, *tool.connect_words(server.port, "--cert", "chain.pem", "--key",
                                            mint.key_file(*LEAF)))
        server.wait_for("CERT_NOT_ALLOWED")
        assert len(server.log()) < 1500, server.log()


tool.main()
