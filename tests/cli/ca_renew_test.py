#!/usr/bin/env python3
"""`tacit ca renew`, and authorities below a root: what others make of them."""

import json
import os
import re
import subprocess

import tool
from certs import openssl


def listed(folder="ca"):
    """listed maps each serial to what `ca list` says of it: the state, and the words behind it."""
    lines = tool.expect(0, "ca", "list", folder).stdout.decode().splitlines()
    return {line.split()[1]: (line.split()[0], line.split()[2:]) for line in lines}


def facts(path):
    return json.loads(tool.expect(0, "inspect", path, "--json").stdout)["objects"][0]


def serial_of(path):
    return facts(path)["serial"]


def verifies(cert, root, *words):
    done = subprocess.run(["openssl", "verify", "-x509_strict", "-CAfile", root, *words, cert],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode == 0


SAME = ["subject", "issuer", "names", "key", "key_sha256", "key_usage", "extended_key_usage", "ca",
        "subject_key_id", "authority_key_id", "signature"]


def test_renew():
    tool.expect(0, "ca", "init", "ca", "--name", "example.test")
    tool.expect(0, "ca", "issue", "ca", "*.example.test", "www.example.test", "--peer", "--uri",
                "spiffe://example.test/a")
    old, key = facts("_wildcard.example.test.pem"), open("_wildcard.example.test.key").read()
    said = tool.expect(0, "ca", "renew", "ca", old["serial"]).stdout.decode()
    new = facts("_wildcard.example.test.pem")
    assert new["serial"] != old["serial"] and new["serial"] in said and old["serial"] in said
    assert [new[fact] for fact in SAME] == [old[fact] for fact in SAME]
    assert new["not_before"] >= old["not_before"] and new["days_left"] in (29, 30)
    assert open("_wildcard.example.test.key").read() == key
    assert verifies("_wildcard.example.test.pem", "ca/ca.pem", "-verify_hostname",
                    "www.example.test")
    rows = listed()
    assert rows[old["serial"]][0] == rows[new["serial"]][0] == "valid"
    assert rows[new["serial"]][1][-1] == f"replaces={old['serial']}"
    assert not [w for w in rows[old["serial"]][1] if "replaces" in w]
    shown = json.loads(tool.expect(0, "ca", "show", "ca", "--json").stdout)["issued"]
    assert {c.get("replaces") for c in shown} == {None, old["serial"]}


def test_renewed_serves():
    tool.expect(0, "ca", "init", "home")
    tool.expect(0, "ca", "issue", "home", "localhost")
    tool.expect(0, "ca", "renew", "home", serial_of("localhost.pem").upper())
    with tool.serve("--status") as server:
        tool.expect(0, "connect", f"localhost:{server.port}", "--ca", "home/ca.pem", "--get", "/")


def test_new_key():
    old = facts("localhost.pem")
    tool.expect(3, "ca", "renew", "home", old["serial"], "--key-type", "p256",
                err="is left as it is")
    tool.expect(0, "ca", "renew", "home", old["serial"], "--key-type", "ed25519", "--out", "other")
    new = facts("other/localhost.pem")
    assert new["key"]["algorithm"] == "Ed25519" and new["names"] == old["names"]
    assert new["subject_key_id"] != old["subject_key_id"]
    with tool.serve("--status", cert="other/localhost") as server:
        tool.expect(0, "connect", f"localhost:{server.port}", "--ca", "home/ca.pem", "--get", "/")


def test_what_is_not_renewed():
    before, serial = listed("home"), serial_of("localhost.pem")
    # A file that holds something else stays, and nothing is issued.
    os.mkdir("taken")
    with open("taken/localhost.pem", "w") as f:
        f.write("mine")
    tool.expect(3, "ca", "renew", "home", serial, "--out", "taken", err="is left as it is")
    assert open("taken/localhost.pem").read() == "mine" and listed("home") == before
    tool.expect(0, "ca", "revoke", "home", serial)
    tool.expect(2, "ca", "renew", "home", serial, err="was revoked")
    assert len(listed("home")) == len(before)
    tool.expect(3, "ca", "renew", "home", "0123456789")
    tool.expect(3, "ca", "renew", "nowhere", "01")
    for words in ([], ["home"], ["home", "../ca"], ["home", "01", "--key-type", "dsa"]):
        tool.expect(2, "ca", "renew", *words)


def test_authority_below():
    said = tool.expect(0, "ca", "init", "east", "--under", "ca", "--name", "east.example.test")
    assert b"root        east/root.pem" in said.stdout
    east = facts("east/ca.pem")
    assert east["ca"] and east["path_length"] == 0 and facts("ca/ca.pem")["path_length"] == 1
    assert {"kind": "permitted DNS", "name": "east.example.test"} in east["name_constraints"]
    assert open("east/root.pem").read() == open("ca/ca.pem").read()
    assert listed()[east["serial"]][1][1].startswith("CN=tacit")
    tool.expect(0, "ca", "issue", "east", "a.east.example.test")
    pem = open("a.east.example.test.pem").read()
    assert pem.count("BEGIN CERTIFICATE") == 2
    assert verifies("a.east.example.test.pem", "ca/ca.pem", "-untrusted",
                    "a.east.example.test.pem", "-verify_hostname", "a.east.example.test")
    tool.expect(0, "verify", "a.east.example.test.pem", "--ca", "east/root.pem", "--name",
                "a.east.example.test")
    tool.expect(2, "ca", "issue", "east", "www.example.test", err="limits do not cover")
    assert b"under       CN=tacit" in tool.expect(0, "ca", "show", "east").stdout


def test_its_limits_hold():
    """What the authority below signs outside of its limits, nobody believes."""
    with open("x.cnf", "w") as f:
        f.write("[x]\nsubjectAltName=DNS:west.example.test\nextendedKeyUsage=serverAuth\n"
                "keyUsage=digitalSignature\nauthorityKeyIdentifier=keyid\n"
                "subjectKeyIdentifier=hash\n")
    openssl("req", "-new", "-newkey", "ed25519", "-nodes", "-keyout", "west.key", "-subj", "/",
            "-out", "west.csr")
    openssl("x509", "-req", "-in", "west.csr", "-CA", "east/ca.pem", "-CAkey", "east/ca.key",
            "-extfile", "x.cnf", "-extensions", "x", "-days", "1", "-out", "west.pem")
    tool.expect(37, "verify", "west.pem", "--untrusted", "east/ca.pem", "--ca", "ca/ca.pem")
    assert not verifies("west.pem", "ca/ca.pem", "-untrusted", "east/ca.pem")


def test_mistakes_below():
    for words, status in ((["low", "--under", "ca"], 2),
                          (["low", "--under", "ca", "--name", "other.test"], 2),
                          (["low", "--under", "east", "--name", "x.east.example.test"], 2),
                          (["low", "--under", "nowhere", "--name", "example.test"], 3)):
        tool.expect(status, "ca", "init", *words)
        assert not os.path.exists("low"), words
    tool.expect(0, "ca", "init", "net", "--name", "10.0.0.0/8")
    tool.expect(2, "ca", "init", "low", "--under", "net", "--name", "11.0.0.0/8")
    tool.expect(2, "ca", "init", "low", "--under", "net", "--name", "0.0.0.0/0")
    tool.expect(0, "ca", "init", "low", "--under", "net", "--name", "10.1.0.0/16")


def test_revocation_below():
    for folder in "ca", "east":
        tool.expect(0, "ca", "crl", folder)
    words = ["verify", "a.east.example.test.pem", "--ca", "ca/ca.pem", "--crl", "east/ca.crl",
             "--crl", "ca/ca.crl"]
    tool.expect(0, *words)
    tool.expect(0, "ca", "revoke", "ca", serial_of("east/ca.pem"))
    tool.expect(33, *words, err="certificate 1")


def test_renew_an_authority():
    tool.expect(0, "ca", "init", "north", "--under", "ca", "--name", "north.example.test")
    tool.expect(0, "ca", "issue", "north", "north.example.test")
    old = facts("north/ca.pem")
    tool.expect(0, "ca", "renew", "ca", old["serial"], "--out", "north")
    new = facts("north/ca.pem")
    assert new["serial"] != old["serial"] and new["days_left"] in (1824, 1825)
    assert new["name_constraints"] == old["name_constraints"]
    openssl("verify", "-CAfile", "ca/ca.pem", "-untrusted", "north/ca.pem",
            "north.example.test.pem")
    tool.expect(0, "ca", "renew", "north", serial_of("north.example.test.pem"))
    assert re.findall("BEGIN", open("north.example.test.pem").read()) == ["BEGIN"] * 2


tool.main()
