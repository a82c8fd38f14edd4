#!/usr/bin/env python3
"""`tacit ca ocsp`: what the authority answers about its certificates (RFC 6960), to OpenSSL, to
whoever speaks HTTP, and into a file; and what it does not take."""

import base64
import contextlib
import http.client
import os
import re
import signal
import socket
import subprocess
import urllib.parse

import tool


def openssl(*words, status=0):
    done = subprocess.run(["openssl", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=tool.PATIENCE)
    said = done.stdout.decode(errors="replace")
    assert done.returncode == status, said
    return said


def serial_of(cert):
    return openssl("x509", "-in", cert, "-noout", "-serial").strip().split("=")[1].lower()


@contextlib.contextmanager
def responder(*words):
    """responder runs `tacit ca ocsp` and yields its port; it must end with status 0."""
    process = subprocess.Popen([tool.TACIT, "ca", "ocsp", "ca", "--listen", "127.0.0.1:0", *words],
                               stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        ready = re.fullmatch(rb"ready \S+:(\d+)\n", process.stderr.readline())
        yield int(ready[1])
        process.send_signal(signal.SIGTERM)
        assert process.wait(tool.PATIENCE) == 0
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stderr.close()


def ask(port, cert, *words, digest=()):
    """ask has OpenSSL ask, and verify the answer."""
    return openssl("ocsp", "-url", f"http://127.0.0.1:{port}/", "-issuer", "ca/ca.pem", *digest,
                   "-cert", cert, "-CAfile", "ca/ca.pem", *words)


def post(port, body, kind="application/ocsp-request", method="POST", path="/"):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=tool.PATIENCE)
    connection.request(method, path, body, {"Content-Type": kind} if body else {})
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response, content


def request(cert, *words):
    openssl("ocsp", "-issuer", "ca/ca.pem", "-cert", cert, "-reqout", "request.der", *words)
    return open("request.der", "rb").read()


def verify(status, *files):
    options = [word for file in files for word in ("--ocsp", file)]
    tool.expect(status, "verify", "localhost.pem", "--ca", "ca/ca.pem", *options)


def test_good_revoked_unknown():
    tool.make_ca()
    for i in range(2):
        tool.expect(0, "ca", "issue", "ca", f"n{i}.test", "--client")
    tool.expect(0, "ca", "init", "other")
    tool.expect(0, "ca", "issue", "other", "stranger.test")
    with responder() as port:
        assert "localhost.pem: good" in ask(port, "localhost.pem", "-no_nonce")
        assert "localhost.pem: good" in ask(port, "localhost.pem", digest=["-sha256"])
        assert "Response verify OK" in ask(port, "localhost.pem")
        said = openssl("ocsp", "-url", f"http://127.0.0.1:{port}/", "-issuer", "ca/ca.pem",
                       "-serial", "0x1234", "-CAfile", "ca/ca.pem")
        assert "0x1234: unknown" in said and "Response verify OK" in said, said
        said = openssl("ocsp", "-url", f"http://127.0.0.1:{port}/", "-issuer", "other/ca.pem",
                       "-cert", "stranger.test.pem", status=1)
        assert "unauthorized" in said
        # What is revoked while it runs is revoked at once, with time and reason.
        tool.expect(0, "ca", "revoke", "ca", serial_of("n0.test.pem"), "--reason", "superseded")
        said = ask(port, "n0.test.pem")
        assert "n0.test.pem: revoked" in said and "Reason: superseded" in said, said
        assert "Revocation Time" in said
        tool.expect(0, "ca", "revoke", "ca", serial_of("n1.test.pem"))
        said = ask(port, "localhost.pem", "-cert", "n0.test.pem", "-cert", "n1.test.pem")
        assert "localhost.pem: good" in said and said.count(": revoked") == 2, said
        assert said.count("Reason") == 1


def test_http():
    asked = request("localhost.pem", "-no_nonce")
    with responder() as port:
        response, by_post = post(port, asked)
        assert response.status == 200 and response.getheader("Cache-Control") == "no-store"
        assert response.getheader("Content-Type") == "application/ocsp-response"
        text = base64.b64encode(asked).decode()
        for path in "/" + urllib.parse.quote(text, safe=""), "/" + text, "/" + text.rstrip("="):
            response, by_get = post(port, None, method="GET", path=path)
            assert response.status == 200 and "max-age=43200" in response.getheader("Cache-Control")
            open("get.der", "wb").write(by_get)
            verify(0, "get.der")
        # A nonce makes an answer that is one asker's alone.
        text = base64.b64encode(request("localhost.pem")).decode()
        response, _ = post(port, None, method="GET", path="/" + urllib.parse.quote(text, safe=""))
        assert response.getheader("Cache-Control") == "no-store"
    open("post.der", "wb").write(by_post)
    verify(0, "post.der")


def test_mistakes_of_askers():
    asked = request("localhost.pem")
    with responder() as port:
        for body in b"nonsense", asked[:-1], asked + b"\0", b"0\0":
            response, content = post(port, body)
            assert response.status == 200 and content == b"0\x03\x0a\x01\x01", content
        assert post(port, asked, kind="text/plain")[0].status == 415
        assert post(port, b"x" * 20000)[0].status == 413
        assert post(port, asked, method="PUT")[0].status == 405
        assert post(port, None, method="GET", path="/%zz")[0].status == 400
        assert post(port, None, method="GET", path="/****")[0].status == 400
        assert post(port, None, method="GET", path="/")[0].status == 400
        for raw in [b"x" * 20000,
                    b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
                    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                    b"POST /\r\n\r\n", b"GET /\0 HTTP/1.1\r\n\r\n", b"\r\n\r\n"]:
            with socket.create_connection(("127.0.0.1", port), tool.PATIENCE) as s:
                s.sendall(raw)
                with contextlib.suppress(ConnectionResetError):
                    assert re.match(rb"HTTP/1.1 4\d\d |$", s.recv(100)), raw
        # Too many at once are turned away, and those that come later are served.
        idle = [socket.create_connection(("127.0.0.1", port), tool.PATIENCE) for _ in range(70)]
        for s in idle:
            s.close()
        tool.wait_until(lambda: "good" in ask(port, "localhost.pem"))
        assert "good" in ask(port, "localhost.pem")


def test_responder_of_its_own():
    tool.expect(0, "ca", "issue", "ca", "ocsp.test", "--responder")
    text = openssl("x509", "-in", "ocsp.test.pem", "-noout", "-text")
    assert "OCSP Signing" in text and "OCSP No Check" in text and "TLS Web" not in text
    words = ["--cert", "ocsp.test.pem", "--key", "ocsp.test.key"]
    os.rename("ca/ca.key", "ca.key")  # it needs no key but its own
    try:
        with responder(*words) as port:
            assert "localhost.pem: good" in ask(port, "localhost.pem")
        tool.expect(0, "ca", "ocsp", "ca", serial_of("localhost.pem"), "--out", "own.der", *words)
    finally:
        os.rename("ca.key", "ca/ca.key")
    verify(0, "own.der")
    tool.expect(2, "ca", "issue", "ca", "x.test", "--responder", "--client")
    for cert in "localhost", "alice.test":
        tool.expect(3, "ca", "ocsp", "ca", serial_of("localhost.pem"), "--out", "no.der", "--cert",
                    f"{cert}.pem", "--key", f"{cert}.key", err="no responder's certificate")
    tool.expect(3, "ca", "ocsp", "other", "00", "--out", "no.der", *words,
                err="no responder's certificate")
    tool.expect(3, "ca", "ocsp", "ca", "00", "--out", "no.der", "--cert", "ocsp.test.pem", "--key",
                "alice.test.key", err="does not belong")
    assert not os.path.exists("no.der")


def test_file_for_a_server():
    """What an operator does: a response into a file, the server with it, a client that insists."""
    serial = serial_of("localhost.pem")
    said = tool.expect(0, "ca", "ocsp", "ca", serial, "--out", "localhost.ocsp").stdout
    assert b"24 hours" in said
    tool.expect(0, "ca", "ocsp", "ca", serial.upper(), "--out", "./localhost.ocsp")
    verify(0, "localhost.ocsp")
    with tool.serve("--status", "--ocsp", "localhost.ocsp") as server:
        for version in "1.2", "1.3":
            words = tool.connect_words(server.port, "--staple", "require", "--max", version,
                                       "--get", "/")
            done = tool.expect(0, *words)
            assert b"not revoked, by an OCSP response" in done.stderr
    with tool.serve("--status") as server:
        tool.expect(33, *tool.connect_words(server.port, "--staple", "require"),
                    err="no OCSP response came")
        tool.expect(0, *tool.connect_words(server.port))
        tool.expect(2, *tool.connect_words(server.port, "--staple", "perhaps"))
        tool.expect(2, *tool.connect_words(server.port, "--staple", "require", "--insecure"))
    tool.expect(0, "ca", "revoke", "ca", serial)
    tool.expect(0, "ca", "ocsp", "ca", serial, "--out", "localhost.ocsp")
    verify(33, "localhost.ocsp")
    tool.expect(33, "serve", "--status", "--listen", "127.0.0.1:0", "--cert", "localhost.pem",
                "--key", "localhost.key", "--ocsp", "localhost.ocsp", err="revoked")


def test_usage():
    for words in [], ["ca"], ["ca", "00"], ["ca", "--out", "x"], \
            ["ca", "00", "--listen", "127.0.0.1:0"], \
            ["ca", "00", "--out", "x", "--listen", "127.0.0.1:0"], \
            ["ca", "../ca", "--out", "x"], ["ca", "--listen", "nowhere"], \
            ["ca", "00", "--out", "x", "--cert", "localhost.pem"]:
        tool.expect(2, "ca", "ocsp", *words)
    tool.expect(3, "ca", "ocsp", "nowhere", "00", "--out", "x")
    tool.expect(3, "ca", "ocsp", "ca", "0123", "--out", "x")


tool.main()
