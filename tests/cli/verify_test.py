#!/usr/bin/env python3
"""`tacit verify`: the validator on files; --crl there, of `connect` and of `serve` (bug class 127).
"""

import json
import subprocess
import time

import tool


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def make_crl(name, *revoked, days="1"):
    """make_crl makes NAME.crl of ./ca by OpenSSL, in which the certificates are revoked."""
    with open("crl.cnf", "w") as config:
        config.write("[ca]\ndefault_ca=d\n[d]\ndatabase=crl.db\ncrl_extensions=x\n"
                     "default_md=sha256\n[x]\nauthorityKeyIdentifier=keyid\n")
    open("crl.db", "w").close()
    words = ["ca", "-config", "crl.cnf", "-cert", "ca/ca.pem", "-keyfile", "ca/ca.key"]
    for cert in revoked:
        openssl(*words, "-revoke", cert)
    openssl(*words, "-gencrl", "-crldays", days, "-out", f"{name}.crl")


def verify(status, *words, err=None):
    return tool.expect(status, "verify", "localhost.pem", "--ca", "ca/ca.pem", *words, err=err)


def test_path():
    tool.make_ca()
    said = verify(0).stdout
    assert b"no name was checked" in said and b"revocation was not checked" in said
    assert b"as localhost" in verify(0, "--name", "localhost").stdout
    verify(31, "--name", "other.test", err="certificate 0")
    verify(37, "--purpose", "client", err="tacit explain cert.invalid")
    verify(32, "--time", "2100-01-01T00:00:00Z", err="has expired")
    verify(32, "--time", "2001-01-01T00:00:00Z", err="not valid yet")
    verify(37, "--explicit-policy", err="policy")
    verify(37, "--policy", "1.2.3", err="policy")
    tool.expect(30, "verify", "localhost.pem", err="not trusted")
    tool.expect(30, "verify", "localhost.pem", "--untrusted", "ca/ca.pem", err="certificate 1")


def test_usage():
    tool.expect(2, "verify", err="CERT.pem is missing")
    verify(2, "--purpose", "mail")
    verify(2, "--time", "tomorrow")
    verify(2, "--time", "2100-01-01T00:00:00")
    verify(2, "--policy", "1.2.x", err="object identifier")
    verify(2, "--name", "a b")
    tool.expect(3, "verify", "nowhere.pem", err="nowhere.pem")
    tool.expect(3, "verify", "localhost.key", "--ca", "ca/ca.pem", err="no certificate")
    verify(3, "--crl", "localhost.pem", err="no revocation list")


def test_json():
    o = json.loads(verify(0, "--json", "--name", "localhost").stdout)
    assert o["schema"] == "tacit.verify/1" and o["valid"] is True and o["code"] == "ok"
    assert o["name_checked"] is True and o["revocation_checked"] is False
    assert len(o["path"]) == 2 and o["depth"] is None
    o = json.loads(verify(31, "--json", "--name", "other.test").stdout)
    assert o["valid"] is False and o["code"] == "cert.name-mismatch" and o["depth"] == 0
    assert o["name_checked"] is False


def test_lists():
    make_crl("good")
    make_crl("gone", "localhost.pem")
    assert b"; not revoked" in verify(0, "--crl", "good.crl").stdout
    verify(33, "--crl", "gone.crl", err="tacit explain cert.revoked")
    verify(33, "--crl", "good.crl", "--crl", "gone.crl", err="revoked")
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3 * 86400))
    verify(33, "--crl", "good.crl", "--time", later, err="not current")
    openssl("crl", "-in", "good.crl", "-outform", "DER", "-out", "good.der")
    verify(0, "--crl", "good.der")


def make_response(name, cert, *words, state="V", signer="ca/ca"):
    """make_response makes NAME.der about a certificate by OpenSSL; `state` is V or R."""
    serial = subprocess.run(["openssl", "x509", "-in", cert, "-noout", "-serial"], check=True,
                            stdout=subprocess.PIPE).stdout.decode().strip().split("=")[1]
    with open("index.txt", "w") as index:
        when = "230101000000Z,keyCompromise" if state == "R" else ""
        index.write(f"{state}\t330101000000Z\t{when}\t{serial}\tunknown\t/CN=x\n")
    openssl("ocsp", "-issuer", "ca/ca.pem", "-cert", cert, "-reqout", "request.der")
    openssl("ocsp", "-index", "index.txt", "-CA", "ca/ca.pem", "-rsigner", f"{signer}.pem",
            "-rkey", f"{signer}.key", "-reqin", "request.der", "-respout", f"{name}.der", *words)


def test_responses():
    make_response("good", "localhost.pem", "-ndays", "1")
    make_response("gone", "localhost.pem", "-ndays", "1", state="R")
    make_response("other", "alice.test.pem", "-ndays", "1")
    make_response("foreign", "localhost.pem", "-ndays", "1", signer="alice.test")
    make_response("open", "localhost.pem")
    assert b"; not revoked" in verify(0, "--ocsp", "good.der").stdout
    verify(0, "--ocsp", "open.der")
    verify(0, "--ocsp", "other.der", "--ocsp", "good.der")
    verify(33, "--ocsp", "gone.der", err="tacit explain cert.revoked")
    verify(33, "--ocsp", "good.der", "--ocsp", "gone.der", err="revoked")
    verify(33, "--ocsp", "good.der", "--crl", "gone.crl", err="revoked")
    verify(33, "--ocsp", "other.der", err="at hand")
    verify(33, "--ocsp", "foreign.der", err="not signed by")
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2 * 86400))
    verify(33, "--ocsp", "good.der", "--time", later, err="not current")
    verify(33, "--ocsp", "open.der", "--time", later, err="not current")
    verify(3, "--ocsp", "localhost.pem", err="no OCSP response")
    verify(3, "--ocsp", "nowhere.der", err="nowhere.der")
    assert json.loads(verify(0, "--json", "--ocsp", "good.der").stdout)["revocation_checked"]


def test_connect():
    with tool.serve() as server:
        tool.expect(0, *tool.connect_words(server.port, "--crl", "good.crl"))
        tool.expect(33, *tool.connect_words(server.port, "--crl", "gone.crl"), err="revoked")
        tool.expect(2, *tool.connect_words(server.port, "--crl", "good.crl", "--insecure"))
        tool.expect(3, *tool.connect_words(server.port, "--crl", "nowhere.crl"))


def test_files_that_do_not_do():
    """Each mistake is told with the file that it is in."""
    for name, content in ("empty", b""), ("garbage", b"\x30\x03garbage"), ("text", b"hello\n"):
        with open(name, "wb") as f:
            f.write(content)
        for option in "--ca", "--untrusted", "--crl", "--ocsp":
            done = verify(3, option, name, err=f"{name}: ")
            assert b"tacit inspect FILE" in done.stderr, done.stderr
        tool.expect(3, "verify", name, "--ca", "ca/ca.pem", err=f"{name}: there is no certificate")
    for option in "--ca", "--untrusted", "--crl", "--ocsp":
        verify(3, option, "nowhere", err="No such file")
        if option in ("--untrusted", "--ocsp"):  # the others take folders
            verify(3, option, ".", err="Is a directory")
    tool.expect(3, "verify", ".", err="Is a directory")
    tool.expect(3, "verify", "/dev/zero", err="larger than 16 MiB")
    verify(3, "--untrusted", "/dev/zero", err="larger than 16 MiB")


def test_serve():
    make_crl("alice", "alice.test.pem")
    who = ["--cert", "alice.test.pem", "--key", "alice.test.key", "--get", "/"]
    with tool.serve("--status", "--client-ca", "ca/ca.pem", "--crl", "good.crl") as server:
        tool.expect(0, *tool.connect_words(server.port, *who))
    with tool.serve("--status", "--client-ca", "ca/ca.pem", "--crl", "alice.crl") as server:
        tool.expect(36, *tool.connect_words(server.port, *who))
    tool.expect(2, "serve", "--status", "--listen", "127.0.0.1:0", "--cert", "localhost.pem",
                "--key", "localhost.key", "--crl", "good.crl", err="--client-ca")


tool.main()
