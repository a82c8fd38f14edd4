#!/usr/bin/env python3
"""TLS 1.2 and the words of --legacy on the command line: what is taken, and what the report says
that such a connection lacks."""

import json
import ssl
import subprocess

import tool

CBC = "ECDHE-ECDSA-AES-128-CBC-HMAC"
LACKS = {"rsa-transport": b"encryption is not forward secret",
         "cbc-hmac": b"integrity (HMAC-SHA256)",
         "no-ems": b"authentication is not bound"}


AEAD = {"says": "AES-128-GCM, an AEAD, over each record and its place",
        "algorithm": "AES-128-GCM", "construction": "AEAD"}
HMAC = {"says": "HMAC-SHA256 over each encrypted record and its place (encrypt-then-MAC)",
        "algorithm": "HMAC-SHA256", "construction": "encrypt-then-MAC"}


def check_services(report, rows, encryption, integrity, by):
    """check_services looks at the three services, for a program and for a person."""
    services = report["services"]
    for name, value in encryption.items():
        assert services["encryption"][name] == value, services
    assert services["integrity"] == integrity, services
    assert services["authentication"]["server_by"] == by, services
    for label, name in (("encryption", "encryption"), ("authentic", "authentication"),
                        ("integrity", "integrity")):
        assert f"{label:<12}{services[name]['says']}".encode() in rows, rows


def make_transport():
    """make_transport makes transport.pem, whose key is for encipherment alone."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout",
                    "transport.key", "-out", "transport.pem", "-days", "9", "-subj",
                    "/CN=localhost", "-addext", "keyUsage=critical,keyEncipherment", "-addext",
                    "subjectAltName=DNS:localhost"], check=True, stderr=subprocess.PIPE)


def check_report(words, suite, legacy):
    """check_report looks at the report for a program, and at that for a person."""
    report = json.loads(tool.expect(0, *words, "--json").stdout)
    assert (report["version"], report["suite"]) == ("TLS 1.2", suite), report
    assert report["legacy"] == legacy
    rows = tool.expect(0, *words).stderr.splitlines()
    assert len(rows) <= 10
    for word, sentence in LACKS.items():
        assert any(sentence in row for row in rows) == (word in legacy), rows
    return report, rows


def test_versions():
    tool.make_ca()
    with tool.serve("--groups", "P-256") as server:
        said = check_report(tool.connect_words(server.port, "--max", "1.2"),
                            "ECDHE-ECDSA-AES-128-GCM", [])
        check_services(*said, {"algorithm": "AES-128-GCM", "key_bits": 128,
                               "key_exchange": "P-256", "forward_secret": True},
                       AEAD, "ecdsa_secp256r1_sha256")
    with tool.serve("--max", "1.2") as server:
        check_report(tool.connect_words(server.port), "ECDHE-ECDSA-AES-128-GCM", [])
        tool.expect(21, *tool.connect_words(server.port, "--min", "1.3"))
    with tool.serve("--min", "1.3") as server:
        tool.expect(21, *tool.connect_words(server.port, "--max", "1.2"))


def test_cbc_hmac():
    only = "--legacy", "cbc-hmac", "--suites", CBC
    with tool.serve("--legacy", "cbc-hmac") as server:
        said = check_report(tool.connect_words(server.port, *only), CBC, ["cbc-hmac"])
        check_services(*said, {"algorithm": "AES-128-CBC", "key_bits": 128,
                               "key_exchange": "X25519", "forward_secret": True},
                       HMAC, "ecdsa_secp256r1_sha256")
    with tool.serve() as server:
        tool.expect(21, *tool.connect_words(server.port, *only))


def test_rsa_transport():
    make_transport()
    words = "--insecure",  # both ends speak TLS 1.3, but this server has no key for it
    tool.expect(3, "serve", "--listen", "127.0.0.1:0", "--cert", "transport.pem", "--key",
                "transport.key", err="digitalSignature")
    with tool.serve("--legacy", "rsa-transport", cert="transport") as server:
        where = "connect", f"localhost:{server.port}"
        said = check_report([*where, *words, "--legacy", "rsa-transport"], "RSA-AES-128-GCM",
                            ["rsa-transport"])
        check_services(*said, {"algorithm": "AES-128-GCM", "key_bits": 128, "key_exchange": "RSA",
                               "forward_secret": False},
                       AEAD, "RSA decryption")
        assert "not forward secret" in said[0]["services"]["encryption"]["says"]
        # The key is proven by the first record that it opened, and can be pinned all the same.
        pin = said[0]["peer"]["key_sha256"]
        report = json.loads(tool.expect(0, *where, *words, "--legacy", "rsa-transport", "--pin",
                                        pin, "--json").stdout)
        assert report["pinned"] is True
        tool.expect(21, *where, *words)
        tool.expect(21, *where, "--insecure", "--min", "1.3")


def test_no_extended_master_secret():
    context = tool.server_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.options |= 1  # SSL_OP_NO_EXTENDED_MASTER_SECRET

    def talk(tls):
        tls.unwrap()
    with tool.tls_listener(talk, context) as port:
        tool.expect(21, *tool.connect_words(port), err="extended_master_secret")
        check_report(tool.connect_words(port, "--legacy", "no-ems"), "ECDHE-ECDSA-AES-256-GCM",
                     ["no-ems"])


def test_words_that_are_none():
    words = tool.connect_words(1)
    tool.expect(2, *words, "--legacy", "sslv3", err="no word of --legacy")
    tool.expect(2, *words, "--legacy", "no-ems", "--min", "1.3", err="legacy")
    tool.expect(2, *words, "--suites", CBC, err="needs a word")


tool.main()
