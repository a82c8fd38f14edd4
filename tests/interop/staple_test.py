#!/usr/bin/env python3
"""OCSP stapling with OpenSSL's and GnuTLS's commands, as servers and as clients, in TLS 1.3 and
1.2 (RFC 6066 8, RFC 9846 4.5.1.1, RFC 7633)."""

import sys
import traceback

import cases
import driver
from driver import command, expect, run

VERSIONS = ["1.2", "1.3"]


def make_response(name, cert, state="V"):
    """make_response makes NAME.der about CERT.pem by OpenSSL; `state` is V or R."""
    openssl = command("openssl")
    serial = expect([openssl, "x509", "-in", f"{cert}.pem", "-noout", "-serial"]).stdout.decode()
    when = "230101000000Z,keyCompromise" if state == "R" else ""
    with open("index.txt", "w") as index:
        index.write(f"{state}\t330101000000Z\t{when}\t{serial.strip().split('=')[1]}\tx\t/CN=x\n")
    expect([openssl, "ocsp", "-issuer", "ca/ca.pem", "-cert", f"{cert}.pem", "-reqout", "q.der"])
    expect([openssl, "ocsp", "-index", "index.txt", "-CA", "ca/ca.pem", "-rsigner", "ca/ca.pem",
            "-rkey", "ca/ca.key", "-reqin", "q.der", "-respout", f"{name}.der", "-ndays", "1"])


def openssl_server(version, cert, *words):
    port = driver.free_port()
    server = driver.Process([command("openssl"), "s_server", "-accept", f"127.0.0.1:{port}", "-www",
                             "-cert", f"{cert}.pem", "-key", f"{cert}.key",
                             f"-tls{version.replace('.', '_')}", *words], port)
    server.wait_for("ACCEPT")
    return server


def gnutls_server(version, cert, *words):
    port = driver.free_port()
    server = driver.Process([command("gnutls-serv"), "--http", "--port", str(port),
                             "--disable-client-cert", "--x509certfile", f"{cert}.pem",
                             "--x509keyfile", f"{cert}.key", "--priority",
                             f"NORMAL:-VERS-ALL:+VERS-TLS{version}", *words], port)
    server.wait_for(r"IPv4 \S+ port \d+\.\.\.(done|bind)")
    return server


def connect(server, status, said, *words):
    done = run([driver.Tacit().command, "connect", f"localhost:{server.port}", "--ca", "ca/ca.pem",
                "--json", *words])
    text = done.stdout.decode() + done.stderr.decode()
    assert done.returncode == status and said in text, f"{done.returncode}, not {status}\n{text}"


def check_servers(start, staple, version):
    """start is a server, to which staple(FILE) gives a response."""
    plans = [("good", staple("good.der"), 0, '"stapled": true', ["--staple", "require"]),
             ("good", staple("gone.der"), 33, "cert.revoked", []),
             ("good", staple("other.der"), 33, "not about this certificate", []),
             ("good", [], 33, "cert.status-unknown", ["--staple", "require"]),
             ("good", [], 0, '"stapled": false', []),
             ("must", [], 33, "cert.status-unknown", []),
             ("must", staple("must.der"), 0, '"stapled": true', [])]
    for cert, options, status, said, words in plans:
        server = start(version, cert, *options)
        try:
            connect(server, status, said, *words)
        finally:
            server.stop()


def test_openssl_servers():
    for version in VERSIONS:
        check_servers(openssl_server, lambda file: ["-status_file", file], version)


def test_gnutls_servers():
    for version in VERSIONS:
        # gnutls-serv looks at a response before it takes it.
        check_servers(gnutls_server, lambda file: ["--ocsp-response", file,
                                                   "--ignore-ocsp-response-errors"], version)


def serve(*words, cert="good"):
    server = driver.Process([driver.Tacit().command, "serve", "--status", "--listen",
                             "127.0.0.1:0", "--cert", f"{cert}.pem", "--key", f"{cert}.key",
                             *words])
    server.port = int(server.wait_for(r"^ready \S+:(\d+)$")[1])
    return server


def openssl_client(server, version, *words):
    done = run([command("openssl"), "s_client", "-connect", f"localhost:{server.port}", "-CAfile",
                "ca/ca.pem", "-verify_return_error", f"-tls{version.replace('.', '_')}", *words],
               stdin=b"")
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def gnutls_client(server, version):
    done = run([command("gnutls-cli"), "--port", str(server.port), "--x509cafile", "ca/ca.pem",
                "--sni-hostname", "localhost", "--verify-hostname", "localhost", "--priority",
                f"NORMAL:-VERS-ALL:+VERS-TLS{version}", "127.0.0.1"], stdin=b"")
    return done.returncode, done.stdout.decode() + done.stderr.decode()


def test_clients():
    stapling, bare = serve("--ocsp", "good.der"), serve()
    try:
        for version in VERSIONS:
            said = openssl_client(stapling, version, "-status")
            assert "OCSP Response Status: successful" in said and "Cert Status: good" in said, said
            assert "no response sent" in openssl_client(bare, version, "-status")
            assert "OCSP" not in openssl_client(stapling, version)  # it did not ask
            status, said = gnutls_client(stapling, version)
            assert status == 0 and "OCSP status request" in said, said
            status, said = gnutls_client(bare, version)
            assert status == 0 and "OCSP status request" not in said, said
    finally:
        assert (stapling.stop(), bare.stop()) == (0, 0)


def test_files_that_are_no_staple():
    tacit = driver.Tacit().command
    for name, status, said in [("gone.der", 33, "revoked"), ("other.der", 33, "not about"),
                               ("good.pem", 3, "no OCSP response"), ("nowhere", 3, "nowhere")]:
        done = run([tacit, "serve", "--status", "--listen", "127.0.0.1:0", "--cert", "good.pem",
                    "--key", "good.key", "--ocsp", name])
        assert done.returncode == status and said in done.stderr.decode(), done.stderr.decode()


def main():
    failed, tests = 0, [(n, f) for n, f in globals().items() if n.startswith("test_")]
    tacit = driver.Tacit()
    with cases.folder():
        expect([tacit.command, "ca", "init", "ca"])
        driver.issue(tacit, "ca", "good")
        driver.issue(tacit, "ca", "other")
        make_promise(tacit)
        for name in "good", "other", "must":
            make_response(name, name)
        make_response("gone", "good", "R")
        for name, test in tests:
            try:
                test()
                print(f"ok      {name}", flush=True)
            except Exception:  # one that fails must not hide the others
                failed += 1
                print(f"FAILED  {name}\n{traceback.format_exc()}", flush=True)
    sys.exit(1 if failed else 0)


def make_promise(tacit):
    """make_promise makes must.pem, which promises a staple."""
    openssl = command("openssl")
    expect([openssl, "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-keyout", "must.key", "-subj", "/CN=must", "-out", "must.csr"])
    with open("must.cnf", "w") as config:
        config.write("subjectAltName=DNS:localhost\nkeyUsage=digitalSignature\n"
                     "tlsfeature=status_request\n")
    expect([openssl, "x509", "-req", "-in", "must.csr", "-CA", "ca/ca.pem", "-CAkey", "ca/ca.key",
            "-set_serial", "77", "-days", "9", "-extfile", "must.cnf", "-out", "must.pem"])


main()
