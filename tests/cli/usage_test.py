#!/usr/bin/env python3
"""Mistakes on the command line end with 2 and one hint; help goes to stdout and ends with 0."""

import json
import os

import tool

TLS = ["--cert", "localhost.pem", "--key", "localhost.key"]

MISTAKES = [
    [],
    ["nothing"],
    ["--nothing"],
    ["ca"],
    ["ca", "nothing"],
    ["ca", "init"],
    ["ca", "init", "a", "b"],
    ["ca", "issue", "ca"],
    ["ca", "show"],
    ["connect"],
    ["connect", "a", "b"],
    ["connect", "localhost", "--nothing"],
    ["connect", "localhost", "--sessions", "file"],
    ["connect", "localhost", "--ca"],
    ["connect", "localhost:"],
    ["connect", "localhost:x"],
    ["connect", "localhost:65536"],
    ["connect", "localhost:-1"],
    ["connect", ":443"],
    ["connect", ""],
    ["connect", "https://localhost/"],
    ["connect", "[::1"],
    ["connect", "[::1]443"],
    ["connect", "a b"],
    ["connect", "b\u00fccher.example"],
    ["connect", "localhost", "--min", "1.1"],
    ["connect", "localhost", "--min", "1.3", "--max", "1.2"],
    ["connect", "localhost", "--groups", "nothing"],
    ["connect", "localhost", "--suites", "TLS_NOTHING"],
    ["connect", "localhost", "--alpn", "a,,b"],
    ["connect", "localhost", "--get", "no-slash"],
    ["connect", "localhost", "--get", "/a b"],
    ["connect", "localhost", "--timeout", "soon"],
    ["connect", "localhost", "--timeout", "-1"],
    ["connect", "localhost", "--warn", "-1"],
    ["connect", "localhost", "--cert", "localhost.pem"],
    ["serve", *TLS],
    ["serve", "--listen", "127.0.0.1:0"],
    ["serve", "--listen", "127.0.0.1", *TLS],
    ["serve", ".", "--status", "--listen", "127.0.0.1:0", *TLS],
    ["serve", "--listen", "127.0.0.1:0", "--optional", *TLS],
    ["serve", "--listen", "127.0.0.1:0", "--drain", "-1", *TLS],
    ["serve", "--listen", "127.0.0.1:0", *TLS, "--cert", "localhost.pem"],
    ["inspect"],
    ["inspect", "a", "b"],
    ["inspect", "a b"],
    ["tables"],
    ["tables", "nothing"],
    ["explain"],
    ["explain", "nothing"],
]


def test_mistakes():
    tool.make_ca()
    for words in MISTAKES:
        done = tool.expect(2, *words)
        assert not done.stdout, words
        assert 1 <= len(done.stderr.splitlines()) <= 16, (words, done.stderr)


def test_control_bytes_are_not_echoed():  # bug class 129
    for words in (["\x1b]0;x\x07"], ["connect", "x\x1b[2J"], ["explain", "\x1b[1m"],
                  ["connect", "--\x1b"]):
        assert b"\x1b" not in tool.expect(2, *words).stderr
    odd = "odd\x1b[2J\n\u0085\u00fc"  # as the name of a file; and one letter that may be seen
    tool.expect(0, "ca", "init", odd)
    tool.expect(0, "ca", "issue", odd, "localhost", "--out", odd + "out")
    pem, key = f"{odd}out/localhost.pem", f"{odd}out/localhost.key"
    for words in (["ca", "init", odd], ["ca", "init", odd + "2"], ["ca", "show", odd + "/x"],
                  ["ca", "issue", odd, "a.test", "--out", odd + "3"], ["ca", "crl", odd],
                  ["ca", "issue", odd, "localhost", "--out", odd + "out"],
                  ["verify", pem, "--ca", odd], ["verify", odd], ["verify", pem, "--ca", key],
                  ["verify", pem, "--name", odd], ["verify", pem, "--policy", odd],
                  ["verify", pem, "--untrusted", key], ["inspect", pem], ["inspect", odd],
                  ["inspect", pem, "--password-file", odd + "4"], ["tables", odd],
                  ["connect", "localhost", "--suites", odd], ["connect", "localhost", "--min", odd],
                  ["connect", "localhost", "--legacy", odd], ["connect", "localhost", "--get", odd],
                  ["connect", "localhost", "--cert", odd, "--key", odd],
                  ["connect", "localhost", "--keylog", odd + "/x"],
                  ["serve", "--listen", odd, "--cert", pem, "--key", key]):
        done = tool.run(*words)
        said = (done.stdout + done.stderr).decode()
        assert said and "\x1b" not in said and "\x85" not in said, (words, said)
        assert "odd\\x1b[2J\\x0a\\xc2\\x85" in said or "odd" not in said, (words, said)
    assert "\u00fc" in tool.run("ca", "init", odd).stderr.decode()
    for path in "/\x1b[2J", "/a b", "/\u00fc", "a":
        tool.expect(2, "connect", "localhost", "--get", path, err="printable ASCII")


def test_help():
    for words in ([], ["connect"], ["serve"], ["ca"], ["ca", "init"], ["ca", "issue"], ["tables"],
                  ["explain"]):
        done = tool.expect(0, *words, "--help")
        assert b"tacit" in done.stdout and not done.stderr, words
    assert tool.expect(0, "--version").stdout.startswith(b"tacit ")


def test_full_disk_is_not_success():
    if not os.path.exists("/dev/full"):
        return
    with open("/dev/full", "wb") as full:
        for words in ["--help"], ["tables", "codes"], ["ca", "show", "ca", "--json"]:
            tool.expect(3, *words, stdout=full, err="cannot write")


def test_tables():
    for table in ("suites", "groups", "schemes", "extensions", "reasons", "states", "codes",
                  "alerts", "advice"):
        rows = json.loads(tool.expect(0, "tables", table, "--json").stdout)["rows"]
        text = tool.expect(0, "tables", table).stdout.decode().splitlines()
        assert rows and len(text) == len(rows) + 1, table
        assert text[0].split() == list(rows[0]), table
    suites = {row["short"]: (row["encryption"], row["integrity"], row["secrecy"])
              for row in rows_of("suites")}
    assert suites["AES-256-GCM"] == ("AES-256-GCM", "AES-256-GCM", "forward")
    assert suites["ECDHE-RSA-AES-128-CBC-HMAC"] == ("AES-128-CBC", "HMAC-SHA256", "forward")
    assert suites["RSA-AES-128-GCM"] == ("AES-128-GCM", "AES-128-GCM", "none")
    codes = {row["code"]: row["exit"] for row in rows_of("codes")}
    assert codes["cert.expired"] == "32" and codes["net.dns"] == "10"


def rows_of(table):
    return json.loads(tool.expect(0, "tables", table, "--json").stdout)["rows"]


def test_explain_knows_every_row():
    for row in rows_of("codes")[1:]:
        assert row["advice"] in tool.expect(0, "explain", row["code"]).stdout.decode()
    for row in rows_of("reasons")[::20]:
        lower = row["name"].lower().replace("_", "-")
        assert row["sentence"] in tool.expect(0, "explain", lower).stdout.decode()
    for row in rows_of("advice"):
        shown = tool.expect(0, "explain", row["reason"]).stdout.decode()
        assert row["advice"] in shown, row
        assert "of an authority: " in shown or row["certificate"] != "issuer", shown
    said = tool.expect(0, "explain", "CERT_PIN_MISMATCH").stdout.decode()
    assert "advice      the peer's key is not a pinned one" in said, said  # its code's
    assert b"number 48" in tool.expect(0, "explain", "Unknown-CA").stdout
    assert b"unknown_ca" in tool.expect(0, "explain", "48").stdout
    assert b"cert.expired" in tool.expect(0, "explain", "32").stdout


tool.main()
