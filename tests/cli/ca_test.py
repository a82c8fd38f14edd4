#!/usr/bin/env python3
"""`tacit ca`: an authority, what it issues, what it refuses, and that nothing is overwritten."""

import json
import os
import stat
import subprocess

import tool


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def verifies(cert, *words, ca="ca"):
    """verifies asks OpenSSL, strictly."""
    done = subprocess.run(["openssl", "verify", "-x509_strict", "-CAfile", f"{ca}/ca.pem", *words,
                           cert], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode == 0


def text_of(cert):
    return subprocess.run(["openssl", "x509", "-in", cert, "-noout", "-text"], check=True,
                          stdout=subprocess.PIPE).stdout.decode()


def test_init():
    done = tool.expect(0, "ca", "init", "ca", "--name", "example.test", "--name", "10.0.0.0/8")
    assert b"limited to  example.test" in done.stdout
    assert mode("ca") == 0o700 and mode("ca/ca.key") == 0o600
    text = text_of("ca/ca.pem")
    assert "Name Constraints: critical" in text and "DNS:example.test" in text
    assert "IP:10.0.0.0/255.0.0.0" in text and "pathlen:1" in text


def test_init_refuses_to_overwrite():
    before = open("ca/ca.key", "rb").read()
    tool.expect(3, "ca", "init", "ca", err="not an empty folder")
    assert open("ca/ca.key", "rb").read() == before


def test_issue_server():
    done = tool.expect(0, "ca", "issue", "ca", "www.Example.test", "*.example.test", "10.1.2.3")
    assert b"a server" in done.stdout
    assert mode("www.example.test.key") == 0o600
    assert open("www.example.test.key").read().startswith("-----BEGIN PRIVATE KEY-----")
    assert open("www.example.test.pem").read().count("BEGIN CERTIFICATE") == 1
    text = text_of("www.example.test.pem")
    assert "TLS Web Server Authentication\n" in text and "Client Authentication" not in text
    assert "DNS:www.example.test, DNS:*.example.test, IP Address:10.1.2.3" in text
    assert "CN =" not in text.split("Subject:")[1].split("\n")[0]
    assert verifies("www.example.test.pem", "-verify_hostname", "www.example.test")
    assert verifies("www.example.test.pem", "-verify_hostname", "other.example.test")
    assert not verifies("www.example.test.pem", "-verify_hostname", "other.test")


def test_issue_client_and_peer():
    tool.expect(0, "ca", "issue", "ca", "alice.example.test", "--client", "--uri",
                "spiffe://example.test/alice", "--key-type", "ed25519", "--out", "out")
    text = text_of("out/alice.example.test.pem")
    assert "TLS Web Client Authentication\n" in text and "URI:spiffe://example.test/alice" in text
    assert verifies("out/alice.example.test.pem", "-purpose", "sslclient")
    assert not verifies("out/alice.example.test.pem", "-purpose", "sslserver")
    tool.expect(0, "ca", "issue", "ca", "both.example.test", "--peer", "--key-type", "rsa2048")
    text = text_of("both.example.test.pem")
    assert "TLS Web Server Authentication, TLS Web Client Authentication" in text


def test_issue_does_not_overwrite():
    before = open("www.example.test.key").read()
    tool.expect(3, "ca", "issue", "ca", "www.example.test", err="is left as it is")
    assert open("www.example.test.key").read() == before


def test_limits_hold_at_issue():
    for name in "other.test", "badexample.test", "11.0.0.1", "::1":
        tool.expect(2, "ca", "issue", "ca", name, err="limits do not cover")
        assert not os.path.exists(f"{name}.pem")


def test_limits_hold_at_verifiers():
    """Of a kind of name for which nothing is permitted, nothing is; asked of OpenSSL."""
    tool.expect(0, "ca", "init", "dns", "--name", "example.test")
    assert "Excluded:\n                  IP:0.0.0.0/0.0.0.0" in text_of("dns/ca.pem")
    tool.expect(0, "ca", "init", "ip", "--name", "10.0.0.1")
    assert "Excluded:" in text_of("ip/ca.pem")
    tool.expect(0, "ca", "issue", "ip", "10.0.0.1")
    assert verifies("10.0.0.1.pem", ca="ip")


def test_bad_names():
    tool.expect(0, "ca", "init", "any")
    for name in ["", "a..b", "x-", "1.2.3", "999.1.1.1", "*.test", "a.*.b", "a b", "x\x1b[1m",
                 "a" * 64 + ".test", "x_y", "::g", "https://x", ".test", "test."]:
        done = tool.expect(2, "ca", "issue", "any", name)
        assert b"\x1b" not in done.stderr
    tool.expect(2, "ca", "issue", "any", "x.test", "--uri", "nothing")
    tool.expect(2, "ca", "issue", "any", "x.test", "--uri", "a:b c")
    tool.expect(2, "ca", "issue", "any", "x.test", "--key-type", "dsa")
    for name in ["*.test", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/"]:
        tool.expect(2, "ca", "init", "none", "--name", name)
    assert not os.path.exists("none")


def test_show():
    shown = json.loads(tool.expect(0, "ca", "show", "ca", "--json").stdout)
    assert shown["schema"] == "tacit.ca/1" and len(shown["issued"]) == 3
    names = {n["name"] for c in shown["issued"] for n in c["names"]}
    assert {"www.example.test", "10.1.2.3", "spiffe://example.test/alice"} <= names
    serials = {c["serial"] for c in shown["issued"]}
    assert len(serials) == 3 and all(len(s) == 32 and s[0] in "4567" for s in serials)
    assert {f"{s}.pem" for s in serials} == set(os.listdir("ca/issued"))
    text = tool.expect(0, "ca", "show", "ca").stdout.decode()
    assert "permitted DNS example.test" in text and shown["sha256"] in text


def test_missing_files():
    tool.expect(3, "ca", "show", "nowhere", err="nowhere/ca.pem")
    tool.expect(3, "ca", "issue", "nowhere", "x.test")
    os.rename("any/ca.key", "any/ca.key.away")
    tool.expect(3, "ca", "issue", "any", "x.test", err="any/ca.key")
    with open("any/ca.key", "w") as f:
        f.write(open("ca/ca.key").read())
    tool.expect(3, "ca", "issue", "any", "x.test", err="is not the key")


tool.main()
