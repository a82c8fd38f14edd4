#!/usr/bin/env python3
"""`tacit ca revoke`, `crl` and `list`: what is revoked is refused by others, and stays so."""

import os
import subprocess

import tool


def rows():
    """rows is what `ca list` says: serial -> (state, names)."""
    lines = tool.expect(0, "ca", "list", "ca").stdout.decode().splitlines()
    return {line.split()[1]: (line.split()[0], line.split()[3:]) for line in lines}


def serial_of(name):
    return next(s for s, (_, names) in rows().items() if name in names)


def openssl(*words):
    return subprocess.run(["openssl", *words], check=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout.decode()


def listed():
    return openssl("crl", "-in", "ca/ca.crl", "-noout", "-text", "-CAfile", "ca/ca.pem")


def verify(status, cert, *words):
    tool.expect(status, "verify", cert, "--ca", "ca/ca.pem", "--crl", "ca/ca.crl", *words)


def test_empty_list():
    tool.make_ca()
    tool.expect(0, "ca", "crl", "ca")
    verify(0, "localhost.pem")
    verify(0, "alice.test.pem", "--purpose", "client")
    assert [state for state, _ in rows().values()] == ["valid", "valid"]
    assert "No Revoked Certificates" in listed()


def test_revoke():
    alice, server = serial_of("alice.test"), serial_of("localhost")
    said = tool.expect(0, "ca", "revoke", "ca", alice, "--reason", "key-compromise").stdout
    assert alice.encode() in said
    verify(33, "alice.test.pem", "--purpose", "client")
    verify(0, "localhost.pem")
    assert rows()[alice][0] == "revoked" and rows()[server][0] == "valid"
    text = listed()
    assert "Key Compromise" in text and text.count("Serial Number") == 1
    openssl("crl", "-in", "ca/ca.crl", "-noout", "-CAfile", "ca/ca.pem")
    # Again changes nothing; a second one is added; a new date keeps both.
    before = open("ca/ca.crl").read()
    tool.expect(0, "ca", "revoke", "ca", alice)
    assert open("ca/ca.crl").read() == before
    tool.expect(0, "ca", "revoke", "ca", server.upper())
    tool.expect(0, "ca", "crl", "ca")
    verify(33, "localhost.pem")
    text = listed()
    assert text.count("Serial Number") == 2 and "CRL Number: \n                4" in text
    assert text.count("Authority Key Identifier") == 1


def test_mistakes():
    tool.expect(2, "ca", "revoke", "ca")
    tool.expect(2, "ca", "revoke", "ca", "../ca")
    tool.expect(2, "ca", "revoke", "ca", "01", "--reason", "boredom")
    tool.expect(3, "ca", "revoke", "ca", "0123456789")
    tool.expect(3, "ca", "revoke", "nowhere", "01")
    tool.expect(2, "ca", "crl")
    tool.expect(2, "ca", "list")


def test_state_is_whole():
    assert not [f for f in os.listdir("ca") if f.startswith(".tacit")]
    # A list of somebody else's is neither believed nor replaced.
    good = open("ca/ca.crl").read()
    tool.expect(0, "ca", "init", "other")
    tool.expect(0, "ca", "crl", "other")
    with open("ca/ca.crl", "w") as crl:
        crl.write(open("other/ca.crl").read())
    tool.expect(3, "ca", "crl", "ca", err="no revocation list of this authority")
    tool.expect(3, "ca", "list", "ca")
    with open("ca/ca.crl", "w") as crl:
        crl.write("")
    tool.expect(3, "ca", "revoke", "ca", "01")
    with open("ca/ca.crl", "w") as crl:
        crl.write(good)
    assert "revoked" in [state for state, _ in rows().values()]


def test_concurrent():
    for i in range(6):
        tool.expect(0, "ca", "issue", "ca", f"n{i}.test", "--client")
    serials = [serial_of(f"n{i}.test") for i in range(6)]
    jobs = [subprocess.Popen([tool.TACIT, "ca", "revoke", "ca", s], stdout=subprocess.DEVNULL)
            for s in serials]
    assert [job.wait(tool.PATIENCE) for job in jobs] == [0] * 6
    states = rows()
    assert all(states[s][0] == "revoked" for s in serials)


tool.main()
