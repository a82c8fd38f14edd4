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
    assert {c["state"] for c in shown["issued"]} == {"valid"}
    names = {n["name"] for c in shown["issued"] for n in c["names"]}
    assert {"www.example.test", "10.1.2.3", "spiffe://example.test/alice"} <= names
    serials = {c["serial"] for c in shown["issued"]}
    assert len(serials) == 3 and all(len(s) == 32 and s[0] in "4567" for s in serials)
    assert {f"{s}.pem" for s in serials} == set(os.listdir("ca/issued"))
    text = tool.expect(0, "ca", "show", "ca").stdout.decode()
    assert "permitted DNS example.test" in text and shown["sha256"] in text
    gone = shown["issued"][0]["serial"]
    tool.expect(0, "ca", "revoke", "ca", gone)
    states = {c["serial"]: c["state"] for c in json.loads(
        tool.expect(0, "ca", "show", "ca", "--json").stdout)["issued"]}
    assert states.pop(gone) == "revoked" and set(states.values()) == {"valid"}
    assert f"\nrevoked     {gone}" in tool.expect(0, "ca", "show", "ca").stdout.decode()


def run_at_once(*commands):
    jobs = [subprocess.Popen([tool.TACIT, *words], stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE) for words in commands]
    return [(job.communicate(timeout=tool.PATIENCE)[1].decode(), job.returncode) for job in jobs]


def test_at_once():
    """Whoever issues at the same time as others loses nothing, and takes nothing."""
    before = set(os.listdir("ca/issued"))
    ends = run_at_once(*[["ca", "issue", "ca", f"at{i}.example.test", "--out", "crowd"]
                         for i in range(8)])
    assert [status for _, status in ends] == [0] * 8, ends
    made = set(os.listdir("ca/issued")) - before
    assert len(made) == 8 and not [name for name in made if name.startswith(".")]
    for i in range(8):
        assert verifies(f"crowd/at{i}.example.test.pem")
        assert mode(f"crowd/at{i}.example.test.key") == 0o600
    ends = run_at_once(*[["ca", "issue", "ca", "one.example.test", "--out", "same"]] * 6)
    assert sorted(status for _, status in ends) == [0] + [3] * 5, ends
    assert all("is left as it is" in said for said, status in ends if status)
    pair = [subprocess.run(["openssl", *words, "-noout", "-pubkey"] if words[0] == "x509" else
                           ["openssl", *words, "-pubout"], check=True,
                           stdout=subprocess.PIPE).stdout
            for words in (["x509", "-in", "same/one.example.test.pem"],
                          ["pkey", "-in", "same/one.example.test.key"])]
    assert pair[0] == pair[1]  # of one and the same run
    ends = run_at_once(*[["ca", "init", "race"]] * 6)
    assert 1 <= [status for _, status in ends].count(0) <= 6, ends
    tool.expect(0, "ca", "issue", "race", "a.test", "--out", "race-out")
    assert verifies("race-out/a.test.pem", ca="race")


def test_expired_authority():
    """What it issued now would have expired too; what it has issued can still be revoked."""
    os.mkdir("late")
    with open("late/ca.key", "w") as f:
        f.write(open("ca/ca.key").read())
    with open("late.cnf", "w") as f:
        f.write("[ca]\ndefault_ca=d\n[d]\ndatabase=late.db\nrand_serial=yes\nnew_certs_dir=.\n"
                "policy=p\ndefault_md=sha256\nx509_extensions=x\n[p]\ncommonName=supplied\n[x]\n"
                "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign,cRLSign\n"
                "subjectKeyIdentifier=hash\n")
    open("late.db", "w").close()
    for words in (["req", "-new", "-key", "late/ca.key", "-subj", "/CN=late", "-out", "late.csr"],
                  ["ca", "-batch", "-selfsign", "-config", "late.cnf", "-keyfile", "late/ca.key",
                   "-in", "late.csr", "-out", "late/ca.pem", "-notext", "-startdate",
                   "20200101000000Z", "-enddate", "20210101000000Z"]):
        subprocess.run(["openssl", *words], check=True, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE)
    for words in (["issue", "late", "a.test"], ["renew", "late", "00"],
                  ["init", "below", "--under", "late", "--name", "a.test"]):
        tool.expect(32, "ca", *words, err="the authority in late expired 5 years ago")
    assert not os.path.exists("late/issued") and not os.path.exists("below")
    assert not os.path.exists("a.test.key")
    tool.expect(0, "ca", "crl", "late")


def test_full_disk():
    """Nothing that was there is lost, and no half of a file bears a name."""
    os.mkdir("small")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k,nr_inodes=99", "none", "small"],
                      stderr=subprocess.PIPE).returncode:
        print("no tmpfs here: not asked")
        return
    try:
        tool.expect(0, "ca", "init", "small/ca")
        tool.expect(0, "ca", "issue", "small/ca", "a.test", "--out", "small/out")
        room = os.open("small/full", os.O_WRONLY | os.O_CREAT)
        try:
            while os.write(room, bytes(4096)):
                pass
        except OSError:
            os.close(room)
        before = {name: open(f"small/ca/{name}", "rb").read() for name in os.listdir("small/ca")
                  if name != "issued"}
        issued = set(os.listdir("small/ca/issued"))
        for words in (["issue", "small/ca", "b.test", "--out", "small/out"], ["crl", "small/ca"],
                      ["init", "small/other"], ["revoke", "small/ca", min(issued)[:-4]]):
            tool.expect(3, "ca", *words, err="No space left")
        assert set(os.listdir("small/ca/issued")) == issued
        assert not [n for n in os.listdir("small/out") if not n.startswith("a.test.")]
        for name, content in before.items():
            assert open(f"small/ca/{name}", "rb").read() == content
        os.unlink("small/full")
        tool.expect(0, "ca", "revoke", "small/ca", min(issued)[:-4])
        tool.expect(0, "ca", "init", "small/other")
    finally:
        subprocess.run(["umount", "small"], check=True)


def test_missing_files():
    for words in (["show"], ["list"], ["crl"], ["issue", "x.test"], ["revoke", "00"]):
        done = tool.expect(3, "ca", words[0], "nowhere", *words[1:],
                           err="there is no authority in nowhere")
        assert b"tacit ca init" in done.stderr
    for verb in "revoke", "renew":
        tool.expect(3, "ca", verb, "ca", "00", err="has issued nothing of the serial 00")
    os.rename("any/ca.key", "any/ca.key.away")
    tool.expect(3, "ca", "issue", "any", "x.test", err="any/ca.key")
    with open("any/ca.key", "w") as f:
        f.write(open("ca/ca.key").read())
    tool.expect(3, "ca", "issue", "any", "x.test", err="is not the key")


tool.main()
