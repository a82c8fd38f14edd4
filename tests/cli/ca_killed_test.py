#!/usr/bin/env python3
"""`tacit ca`, killed before each change that it makes to a file: what was there is there, what is
there is whole, and the same command finishes the work."""

import os
import shutil
import sys

import killer
import tool
from certs import openssl

if not killer.works():
    sys.exit(77)


def listed(folder="ca"):
    """listed maps each serial to its state; that it can be asked shows that all files are whole."""
    lines = tool.expect(0, "ca", "list", folder).stdout.decode().splitlines()
    return {line.split()[1]: line.split()[0] for line in lines}


def serial_of(path):
    return openssl("x509", "-in", path, "-noout",
                   "-serial").decode().strip().partition("=")[2].lower()


def whole(folder):
    """whole: every file that has a name holds all of what its name says."""
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if name.startswith("."):
            assert name.startswith(".tacit-"), name
        elif name.endswith(".pem"):
            openssl("x509", "-in", path, "-noout")
        elif name.endswith(".key"):
            openssl("pkey", "-in", path, "-noout")
            assert os.stat(path).st_mode & 0o777 == 0o600
        elif name.endswith(".crl"):
            openssl("crl", "-in", path, "-noout", "-CAfile", "ca/ca.pem")


def test_init():
    key = None
    for _ in killer.at_each_change(["ca", "init", "ca", "--name", "example.test"]):
        if not os.path.exists("ca"):
            continue
        whole("ca")
        if os.path.exists("ca/ca.key"):  # a key that has its name is not made again
            key = key or open("ca/ca.key").read()
            assert open("ca/ca.key").read() == key
        if os.path.exists("ca/ca.pem"):
            break
    assert key and open("ca/ca.key").read() == key
    assert listed() == {}


def test_init_below():
    key = None
    for _ in killer.at_each_change(["ca", "init", "low", "--under", "ca", "--name",
                                    "low.example.test"]):
        before = listed()
        if os.path.exists("low/ca.key"):
            key = key or open("low/ca.key").read()
        if os.path.exists("low/ca.pem"):
            assert serial_of("low/ca.pem") in before
            break
    assert key and open("low/ca.key").read() == key
    assert open("low/root.pem").read() == open("ca/ca.pem").read()
    assert serial_of("low/ca.pem") in listed()


def test_issue():
    before = listed()
    words = ["ca", "issue", "ca", "a.example.test", "--out", "out"]
    for _ in killer.at_each_change(words):
        now = listed()
        assert set(before) <= set(now)
        if os.path.exists("out"):
            whole("out")
        if os.path.exists("out/a.example.test.pem"):  # what was handed out is on record
            assert serial_of("out/a.example.test.pem") in now
            assert os.path.exists("out/a.example.test.key")
        shutil.rmtree("out", ignore_errors=True)
        before = now
    assert serial_of("out/a.example.test.pem") in listed()


def test_renew():
    old = serial_of("out/a.example.test.pem")
    key = open("out/a.example.test.key").read()
    shutil.copy("out/a.example.test.pem", "old.pem")
    before, replaced = listed(), 0
    for _ in killer.at_each_change(["ca", "renew", "ca", old, "--out", "out"]):
        now, there = listed(), serial_of("out/a.example.test.pem")
        assert set(before) <= set(now) and there in now and now[old] == "valid"
        assert open("out/a.example.test.key").read() == key
        whole("out")
        replaced += there != old
        shutil.copy("old.pem", "out/a.example.test.pem")
        before = now
    assert serial_of("out/a.example.test.pem") != old
    assert replaced, "it was never killed after the file had been replaced"


def test_revoke_and_crl():
    serial = serial_of("old.pem")
    tool.expect(0, "ca", "issue", "ca", "b.example.test")
    tool.expect(0, "ca", "revoke", "ca", serial_of("b.example.test.pem"))
    gone = {serial_of("b.example.test.pem")}
    for words in ["ca", "revoke", "ca", serial], ["ca", "crl", "ca"]:
        for _ in killer.at_each_change(words):
            now = {s for s, state in listed().items() if state == "revoked"}
            assert gone <= now <= gone | {serial}
            whole("ca")
            if serial in now and words[1] == "revoke":
                break
            gone = now
        gone |= {serial}
        assert {s for s, state in listed().items() if state == "revoked"} == gone


tool.main()
