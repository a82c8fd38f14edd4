#!/usr/bin/env python3
"""The report of `tacit connect`: its JSON, its rows on a terminal, and the key log."""

import datetime
import json
import os
import pty
import re
import stat

import tool


def report(*words, status=0):
    return json.loads(tool.expect(status, *words, "--json").stdout)


def test_json():
    tool.make_ca()
    with tool.serve("--alpn", "h2,http/1.1") as server:
        r = report(*tool.connect_words(server.port, "--alpn", "http/1.1"))
    assert r["schema"] == "tacit.connect/1" and r["code"] == "ok" and r["exit_status"] == 0
    assert (r["version"], r["version_id"]) == ("TLS 1.3", 0x0304)
    assert (r["suite"], r["suite_id"]) == ("AES-128-GCM", 0x1301)
    assert r["group"] and r["group_id"] and r["peer_scheme"] == "ecdsa_secp256r1_sha256"
    assert r["alpn"] == "http/1.1" and r["resumed"] is False and r["early_data"] is False
    assert r["verified"] is True and r["verification_skipped"] is False
    assert r["reason"] is None and r["alert"] is None
    assert r["key_updates_in"] == r["key_updates_out"] == 0
    peer = r["peer"]
    assert peer["name"] == "localhost" and peer["n_names"] == 3 and peer["key"] == "ECDSA P-256"
    assert f"ca/issued/{peer['serial']}.pem" in [f"ca/issued/{f}" for f in os.listdir("ca/issued")]
    for when in peer["not_before"], peer["not_after"]:
        datetime.datetime.strptime(when, "%Y-%m-%dT%H:%M:%SZ")
    assert len(peer["chain"]) == 2 and peer["chain"][1]["subject"] == peer["issuer"]
    assert r["timings_ms"]["tcp"] > 0 and r["timings_ms"]["tls"] > 0


def test_json_of_failures():
    with tool.serve() as server:
        r = report("connect", f"localhost:{server.port}", status=30)
        assert r["code"] == "cert.untrusted" and r["exit_status"] == 30 and r["connected"] is False
        assert r["reason"] == "CERT_NO_ISSUER"
        assert (r["alert"], r["alert_id"]) == ("unknown_ca", 48)
        assert r["rule"].startswith("RFC 5280") and r["sentence"] and r["advice"]
        assert r["verified"] is False and r["peer"]["serial"]
        r = report("connect", f"localhost:{server.port}", "--insecure")
        assert r["verified"] is False and r["verification_skipped"] is True
    r = report("connect", "127.0.0.1:1", status=11)
    assert r["code"] == "net.refused" and r["advice"] and r["peer"] is None and r["version"] is None


def on_terminal(*words, env):
    """on_terminal runs the tool on a terminal of its own and returns what that showed."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(tool.TACIT, [tool.TACIT, *words], {**os.environ, **env})
    shown = b""
    try:
        while piece := os.read(terminal, 4096):
            shown += piece
    except OSError:  # the other end is gone
        pass
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(terminal)
    return status, shown.decode()


def test_rows_on_a_terminal():
    with tool.serve() as server:
        words = tool.connect_words(server.port)
        status, shown = on_terminal(*words, env={"TERM": "xterm", "NO_COLOR": ""})
        assert status == 0 and "\x1b[" in shown
        status, shown = on_terminal(*words, env={"TERM": "xterm", "NO_COLOR": "1"})
    assert status == 0 and "\x1b" not in shown
    rows = shown.splitlines()
    assert len(rows) <= 10 and rows[0].startswith(f"connected   localhost:{server.port}  127.0.0.1")
    assert rows[1].startswith("secure      TLS 1.3, AES-128-GCM, X25519")
    assert rows[2].startswith("encryption  AES-128-GCM, keys from X25519")
    assert rows[3] == "authentic   server by ecdsa_secp256r1_sha256; client anonymous"
    assert rows[4] == "integrity   AES-128-GCM, an AEAD, over each record and its place"
    assert "localhost  (1 of 3 names)" in rows[5] and "trusted by tacit private CA" in rows[5]
    assert re.search("leaf      ECDSA P-256 +expires in (29|30) days   20[0-9-]{8}$", rows[6])
    assert re.search("issuer    tacit private CA .*expires in (9|10) years$", rows[7])
    assert rows[8].startswith("resumption  ")


def test_services():
    """Encryption, authentication and integrity, each by itself; 1.2's are in legacy_test.py."""
    alice = ["--cert", "alice.test.pem", "--key", "alice.test.key"]
    for suite, bits in (("AES-128-GCM", 128), ("AES-256-GCM", 256), ("CHACHA20-POLY1305", 256)):
        with tool.serve("--groups", "x25519") as server:
            s = report(*tool.connect_words(server.port, "--suites", suite))["services"]
        assert sorted(s) == ["authentication", "encryption", "integrity"]
        assert s["encryption"] == {
            "says": f"{suite}, keys from X25519 (forward secret)", "algorithm": suite,
            "key_bits": bits, "key_exchange": "X25519", "forward_secret": True}
        assert s["integrity"] == {"says": f"{suite}, an AEAD, over each record and its place",
                                  "algorithm": suite, "construction": "AEAD"}
        assert s["authentication"] == {
            "says": "server by ecdsa_secp256r1_sha256; client anonymous", "server": "localhost",
            "server_by": "ecdsa_secp256r1_sha256", "pinned": False, "client_by": None}
    with tool.serve("--client-ca", "ca/ca.pem", "--optional") as server:
        a = report(*tool.connect_words(server.port, *alice))["services"]["authentication"]
        assert a["client_by"] == "ecdsa_secp256r1_sha256"
        assert a["says"].endswith("; client by ecdsa_secp256r1_sha256")
        a = report(*tool.connect_words(server.port))["services"]["authentication"]
        assert a["client_by"] is None and a["says"].endswith("; client anonymous, though asked")
    assert report("connect", "127.0.0.1:1", status=11)["services"] is None


def test_what_insecure_still_checks():
    """With --insecure, what was verified is said, and no more than that."""
    with tool.serve() as server:
        where = "connect", f"localhost:{server.port}", "--insecure"
        r = report(*where)
        pin, a = r["peer"]["key_sha256"], r["services"]["authentication"]
        assert r["pinned"] is False and a["pinned"] is False and a["server"] is None
        assert a["says"] == "server unproven; client anonymous"
        for given, said in (([], "nothing was verified (--insecure)"),
                            (["--pin", pin], "only the key was verified, by --pin (--insecure)"),
                            (["--allow", "DNS:localhost"],
                             "only --allow was checked (--insecure)")):
            for mode in [], ["--quiet"], ["--json"]:
                rows = tool.expect(0, *where, *given, *mode).stderr.decode().splitlines()
                loud = [row for row in rows if "INSECURE" in row]
                assert len(loud) == 1 and said in loud[0], loud
        r = report(*where, "--pin", pin)
        a = r["services"]["authentication"]
        assert r["pinned"] is True and r["verified"] is False and r["verification_skipped"] is True
        assert a["pinned"] is True and a["server"] is None
        assert a["says"] == "server by ecdsa_secp256r1_sha256, its key pinned; client anonymous"
        done = tool.expect(34, *where, "--pin", "00" * 32, "--json", err="nothing was verified")
        assert json.loads(done.stdout)["pinned"] is False
        r = report(*tool.connect_words(server.port, "--pin", pin))
        assert r["pinned"] is True and r["verified"] is True


def test_never_more_than_ten_rows():
    alice = ["--cert", "alice.test.pem", "--key", "alice.test.key"]
    with tool.serve("--status", "--client-ca", "ca/ca.pem", "--optional") as server:
        for words in (["--get", "/"], ["--get", "/", *alice], ["--get", "/", "--insecure"]):
            rows = tool.expect(0, *tool.connect_words(server.port, *words)).stderr.splitlines()
            assert len(rows) <= 10 and rows[-1].startswith((b"page", b"resumption")), rows
        words = tool.connect_words(server.port, "--get", "/", "--warn", "99")
        rows = tool.expect(40, *words).stderr.splitlines()
        assert len(rows) <= 10 and rows[-1].startswith(b"hint"), rows


def test_addresses_are_proven_too():
    with tool.serve(listen="[::1]:0") as server:
        done = tool.expect(0, "connect", f"[::1]:{server.port}", "--ca", "ca/ca.pem")
        assert f"connected   [::1]:{server.port} ".encode() in done.stderr
        assert b"identity    ::1  (1 of 3 names)" in done.stderr
        words = ["--name", "127.0.0.1", "--ca", "ca/ca.pem"]
        done = tool.expect(0, "connect", f"[::1]:{server.port}", *words)
        assert b"identity    127.0.0.1  (1 of 3 names)" in done.stderr
        tool.expect(31, "connect", f"[::1]:{server.port}", *words[2:], "--name", "::2")


def test_quiet():
    with tool.serve() as server:
        done = tool.expect(0, *tool.connect_words(server.port, "--quiet"))
        assert not done.stdout and not done.stderr
        done = tool.expect(30, "connect", f"localhost:{server.port}", "--quiet")
        assert len(done.stderr.splitlines()) == 1


def test_keylog():
    with tool.serve("--keylog", "server.keys") as server:
        for _ in range(2):
            tool.expect(0, *tool.connect_words(server.port, "--keylog", "client.keys"))
    assert stat.S_IMODE(os.stat("client.keys").st_mode) == 0o600
    ours, theirs = (sorted(open(f).read().splitlines()) for f in ("client.keys", "server.keys"))
    assert ours == theirs and len(ours) >= 8 and len(set(ours)) == len(ours)
    assert any(line.startswith("CLIENT_TRAFFIC_SECRET_0 ") for line in ours)


def test_encrypted_key():
    import subprocess
    subprocess.run(["openssl", "pkcs8", "-topk8", "-in", "localhost.key", "-passout", "pass:secret",
                    "-out", "closed.key"], check=True)
    os.link("localhost.pem", "closed.pem")
    for password in b"secret\n", b"secret\r\nmore\n", b"secret":
        with open("password", "wb") as f:
            f.write(password)
        with tool.serve("--password-file", "password", cert="closed") as server:
            tool.expect(0, *tool.connect_words(server.port))
    words = ["serve", "--listen", "127.0.0.1:0", "--cert", "closed.pem", "--key", "closed.key"]
    tool.expect(3, *words, err="closed.key: the private key is encrypted")
    with open("password", "wb") as f:
        f.write(b"wrong\n")
    tool.expect(3, *words, "--password-file", "password", err="does not open")


tool.main()
