"""mint: certificates and revocation lists that nobody should issue, written byte by byte.

Everything in them can be chosen, also what openssl refuses to write; openssl makes the keys and the
signatures. Files lie in the current folder.
"""

import base64
import datetime
import functools
import os
import subprocess
import time

NOW = int(time.time())
DAY = 86400

OIDS = {
    "CN": "2.5.4.3", "O": "2.5.4.10", "emailAddress": "1.2.840.113549.1.9.1",
    "subjectKeyIdentifier": "2.5.29.14", "keyUsage": "2.5.29.15", "subjectAltName": "2.5.29.17",
    "basicConstraints": "2.5.29.19", "nameConstraints": "2.5.29.30",
    "certificatePolicies": "2.5.29.32", "policyConstraints": "2.5.29.36",
    "extendedKeyUsage": "2.5.29.37", "serverAuth": "1.3.6.1.5.5.7.3.1",
    "clientAuth": "1.3.6.1.5.5.7.3.2", "codeSigning": "1.3.6.1.5.5.7.3.3",
}

# What signs: the key's kind, the digest, the AlgorithmIdentifier's OID, and whether NULL follows.
ALGORITHMS = {
    "ecdsa-sha256": ("sha256", "1.2.840.10045.4.3.2", False),
    "ecdsa-sha1": ("sha1", "1.2.840.10045.4.1", False),
    "ecdsa-sha224": ("sha224", "1.2.840.10045.4.3.1", False),
    "rsa-sha256": ("sha256", "1.2.840.113549.1.1.11", True),
    "rsa-sha1": ("sha1", "1.2.840.113549.1.1.5", True),
    "rsa-md5": ("md5", "1.2.840.113549.1.1.4", True),
}

KEY_KINDS = {
    "p256": ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "secp256k1": ["EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
    "rsa2048": ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "rsa1024": ["RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
    "ed448": ["ED448"],
}


def openssl(*words, given=b""):
    return subprocess.run(["openssl", *words], check=True, input=given, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE).stdout


# ---- DER ---------------------------------------------------------------------------------------

def tlv(tag, *bodies):
    body = b"".join(bodies)
    n = len(body)
    size = n.to_bytes((n.bit_length() + 7) // 8 or 1, "big")
    return bytes([tag]) + (size if n < 0x80 else bytes([0x80 | len(size)]) + size) + body


def sequence(*bodies):
    return tlv(0x30, *bodies)


def integer(value):
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def oid(name):
    first, second, *rest = [int(arc) for arc in OIDS.get(name, name).split(".")]
    out = b""
    for arc in [first * 40 + second, *rest]:
        groups = [arc & 0x7f]
        while arc := arc >> 7:
            groups.append(0x80 | arc & 0x7f)
        out += bytes(reversed(groups))
    return tlv(0x06, out)


def moment(seconds):
    text = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y%m%d%H%M%SZ")
    return tlv(0x17, text[2:].encode()) if text[:4] < "2050" else tlv(0x18, text.encode())


def distinguished(text):
    """distinguished makes a Name of "CN=a,O=b" (its order kept), or of "" an empty one."""
    pairs = [part.split("=", 1) for part in text.split(",")] if text else []
    return sequence(*(tlv(0x31, sequence(oid(kind), tlv(
        0x16 if kind == "emailAddress" else 0x0c, value.encode()))) for kind, value in pairs))


def bits(*numbers):
    """bits makes a BIT STRING in which these bits are set (0 is the first)."""
    size = max(numbers) // 8 + 1
    value = sum(1 << (size * 8 - 1 - n) for n in numbers)
    return tlv(0x03, bytes([7 - max(numbers) % 8]), value.to_bytes(size, "big"))


def general(name):
    """general makes a GeneralName of "DNS:a", "IP:hex", "URI:u", "email:e" or "dir:CN=x"."""
    form, value = name.split(":", 1)
    if form == "IP":
        return tlv(0x87, bytes.fromhex(value))
    if form == "dir":
        return tlv(0xa4, distinguished(value))
    return tlv({"email": 0x81, "DNS": 0x82, "URI": 0x86}[form], value.encode())


# ---- extensions --------------------------------------------------------------------------------

USAGES = {"digitalSignature": 0, "keyEncipherment": 2, "keyCertSign": 5, "cRLSign": 6}


def extension(name, value, critical=False):
    return sequence(oid(name), tlv(0x01, b"\xff") if critical else b"", tlv(0x04, value))


def basic(ca=True, length=None):
    return extension("basicConstraints", sequence(
        tlv(0x01, b"\xff") if ca else b"", b"" if length is None else integer(length)), True)


def usage(*names):
    return extension("keyUsage", bits(*(USAGES[n] for n in names)), True)


def purposes(*names):
    return extension("extendedKeyUsage", sequence(*(oid(n) for n in names)))


def names(*given, critical=False):
    return extension("subjectAltName", sequence(*(general(n) for n in given)), critical)


def constraints(permitted=(), excluded=()):
    return extension("nameConstraints", sequence(*(
        tlv(tag, *(sequence(general(n)) for n in side))
        for tag, side in ((0xa0, permitted), (0xa1, excluded)) if side)), True)


def policies(*oids):
    return extension("certificatePolicies", sequence(*(sequence(oid(o)) for o in oids)))


def explicit_policy(skip):
    return extension("policyConstraints", sequence(tlv(0x80, bytes([skip]))), True)


# ---- keys and signatures -----------------------------------------------------------------------

@functools.cache
def key_file(kind, number=0):
    path = f"{kind}-{number}.key"
    if not os.path.exists(path):
        openssl("genpkey", "-algorithm", *KEY_KINDS[kind], "-out", path)
    return path


@functools.cache
def spki(kind, number=0):
    return openssl("pkey", "-in", key_file(kind, number), "-pubout", "-outform", "DER")


def algorithm(name):
    _, number, null = ALGORITHMS[name]
    return sequence(oid(number), tlv(0x05) if null else b"")


def signed(tbs, name, key, spoil=False):
    """signed is what a certificate and a revocation list have in common."""
    signature = bytearray(openssl("dgst", f"-{ALGORITHMS[name][0]}", "-sign", key_file(*key),
                                  given=tbs))
    signature[-1] ^= spoil
    return sequence(tbs, algorithm(name), tlv(0x03, b"\0", bytes(signature)))


def pem(label, der):
    text = base64.encodebytes(der).decode()
    return f"-----BEGIN {label}-----\n{text}-----END {label}-----\n"


class Cert:
    """Cert is a certificate; by=None signs itself. `issuer` is a name other than that of `by`,
    `tbs` a change to what is signed, `der` one to the whole."""

    def __init__(self, subject, by=None, *, exts=(), key=("p256", 0), start=-30, end=30,
                 serial=None, version=3, sign=None, spoil=False, issuer=None, tbs=None, der=None):
        by = by or self
        self.subject, self.key = subject, key
        sign = sign or ("rsa-sha256" if by.key[0].startswith("rsa") else "ecdsa-sha256")
        self.serial = serial if serial is not None else int.from_bytes(os.urandom(8), "big") | 1
        self.tbs = sequence(
            tlv(0xa0, integer(version - 1)) if version > 1 else b"", integer(self.serial),
            algorithm(sign), distinguished(by.subject if issuer is None else issuer),
            sequence(moment(NOW + int(start * DAY)), moment(NOW + int(end * DAY))),
            distinguished(subject), spki(*key),
            tlv(0xa3, sequence(*exts)) if exts and version == 3 else b"")
        self.tbs = tbs(self.tbs) if tbs else self.tbs
        self.der = signed(self.tbs, sign, by.key, spoil)
        self.der = der(self.der) if der else self.der
        self.pem = pem("CERTIFICATE", self.der)


def crl(by, *revoked, start=-1, end=1, key=None, spoil=False):
    """crl is a revocation list, as PEM; each of `revoked` is (certificate, days ago, reason)."""
    entries = b"".join(sequence(
        integer(cert.serial), moment(NOW - days * DAY),
        sequence(extension("2.5.29.21", tlv(0x0a, bytes([reason]))))) for cert, days, reason in
        revoked)
    tbs = sequence(integer(1), algorithm("ecdsa-sha256"), distinguished(by.subject),
                   moment(NOW + start * DAY), moment(NOW + end * DAY),
                   sequence(entries) if entries else b"")
    return pem("X509 CRL", signed(tbs, "ecdsa-sha256", key or by.key, spoil))
