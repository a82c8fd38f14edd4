#!/usr/bin/env python3
"""`tacit serve`: the answers, the folder that nothing leads out of, and the ends of connections."""

import hashlib
import json
import os
import shutil
import subprocess
import time

import tool


def head_and_body(data):
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    fields = dict(line.split(": ", 1) for line in lines[1:])
    return int(lines[0].split(" ")[1]), fields, body


def ask(port, request):
    """ask sends one request, and close_notify after it, and returns the whole answer."""
    with tool.client(port) as tls:
        tls.sendall(request)
        return head_and_body(tool.read_all(tls))


def get(port, path, method="GET"):
    return ask(port, f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())


def make_site():
    tool.make_ca()
    os.makedirs("site/docs/deep")
    os.makedirs("secret")
    for path, text in [("site/index.html", "<p>start"), ("site/docs/a b.txt", "a b"),
                       ("site/docs/deep/index.html", "deep"), ("secret/key", "secret"),
                       ("site/empty", "")]:
        with open(path, "w") as f:
            f.write(text)
    os.symlink("../secret/key", "site/link")
    os.symlink("../secret", "site/folder")
    os.mkfifo("site/pipe")


def test_files():
    make_site()
    with tool.serve(folder="site") as server:
        status, fields, body = get(server.port, "/")
        assert (status, body) == (200, b"<p>start")
        assert fields["Content-Type"].startswith("text/html") and fields["Content-Length"] == "8"
        assert fields["Connection"] == "close" and fields["Date"].endswith(" GMT")
        assert get(server.port, "/docs/a%20b.txt?query")[2] == b"a b"
        assert get(server.port, "/docs/deep/")[2] == b"deep"
        assert get(server.port, "//docs/./deep//")[2] == b"deep"
        assert get(server.port, "https://any/docs/deep/")[2] == b"deep"
        assert get(server.port, "/empty")[:3:2] == (200, b"")
        status, fields, body = get(server.port, "/index.html", "HEAD")
        assert (status, fields["Content-Length"], body) == (200, "8", b"")
        status, fields, body = get(server.port, "/docs/deep")
        assert (status, fields["Location"]) == (301, "/docs/deep/")
        assert get(server.port, "/docs/")[0] == 404  # no listings


def test_nothing_leads_out():
    with tool.serve(folder="site") as server:
        for path, status in [("/../secret/key", 400), ("/%2e%2e/secret/key", 400),
                             ("/docs/../../secret/key", 400), ("/..%2fsecret/key", 400),
                             ("/docs%2fdeep/", 400), ("/a%00b", 400), ("/%0a", 400), ("/%zz", 400),
                             ("/%2", 400), ("secret/key", 400), ("*", 400), ("/link", 404),
                             ("/folder/key", 404), ("/folder/", 404), ("/pipe", 404),
                             ("/nope", 404), ("/index.html/", 404), ("/index.html/x", 404)]:
            got, _, body = get(server.port, path)
            assert got == status and b"secret" not in body, (path, got)


def test_refusals():
    with tool.serve(folder="site") as server:
        for request, status in [
                (b"POST / HTTP/1.1\r\nHost: x\r\n\r\n", 405),
                (b"get / HTTP/1.1\r\nHost: x\r\n\r\n", 405),
                (b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505), (b"GET /\r\n\r\n", 400),
                (b"GET / HTTP/1.1\r\n\r\n", 400),
                (b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
                (b"GET / HTTP/1.1\r\nHost: x\r\nX : y\r\n\r\n", 400),
                (b"GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n", 400),
                (b"GET / HTTP/1.1\r\nHost: x\r\nX: \x00\r\n\r\n", 400),
                (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", 400),
                (b"GET /" + b"x" * 2000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
                (b"GET /" + b"x" * 20000, 414),
                (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 4000, 431),
                (b"\r\n" * 9000, 400), (b"nonsense\r\n\r\n", 400), (b"\x16\x03\x01\r\n\r\n", 400)]:
            got, fields, _ = ask(server.port, request)
            assert got == status and fields["Connection"] == "close", (request[:50], got)
            assert got != 405 or fields["Allow"] == "GET, HEAD"


def test_keep_alive_and_pipelining():
    request = b"GET /docs/deep/ HTTP/1.1\r\nHost: x\r\n\r\n"
    with tool.serve(folder="site") as server:
        with tool.client(server.port) as tls:
            for _ in range(3):
                tls.sendall(request)
                assert tls.recv(65536).endswith(b"deep")
            for i in range(len(request)):  # a byte in a record
                tls.sendall(request[i:i + 1])
            assert tls.recv(65536).endswith(b"deep")
            tls.sendall(request * 500 + request.replace(b"Host", b"Connection: close\r\nHost"))
            answers = tool.read_all(tls)
        assert answers.count(b"HTTP/1.1 200 OK") == 501 and answers.count(b"\r\n\r\ndeep") == 501
        with tool.client(server.port) as tls:
            tls.sendall(b"GET / HTTP/1.0\r\n\r\n")
            assert b"Connection: close" in tool.read_all(tls)
        with tool.client(server.port) as tls:
            tls.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello" + request)
            assert tool.read_all(tls).count(b"HTTP/1.1") == 1  # a body is not taken for a request
        assert not server.lines, server.log()


def test_close_notify():
    """A request that is followed by close_notify is answered; an idle one is closed."""
    with tool.serve(folder="site") as server:
        request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
        done = tool.expect(0, *tool.connect_words(server.port), stdin=request)
        assert done.stdout.endswith(b"<p>start")
        assert tool.expect(0, *tool.connect_words(server.port)).stdout == b""
        assert tool.expect(0, *tool.connect_words(server.port), stdin=b"GET / HT").stdout == b""
        assert not server.lines


def test_large_file():
    """A file streams: memory does not grow with it, and a client that stops reading stops it."""
    with open("site/large", "wb") as f:
        f.truncate(300_000_000)
        f.seek(150_000_000)
        f.write(os.urandom(1_000_000))
    want = hashlib.sha256(open("site/large", "rb").read()).hexdigest()
    small = {**os.environ, "ASAN_OPTIONS": "quarantine_size_mb=4"}  # what it keeps is not ours
    with tool.serve(folder="site", env=small) as server:
        resident = lambda: int(open(f"/proc/{server.process.pid}/statm").read().split()[1]) * 4096
        before = resident()
        stalled = [tool.client(server.port) for _ in range(5)]
        for tls in stalled:
            tls.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
            tls.recv(1000)
        process = subprocess.run([tool.TACIT, *tool.connect_words(server.port, "--get", "/large",
                                                                  "--quiet")],
                                 stdout=subprocess.PIPE, timeout=120)
        assert process.returncode == 0
        assert hashlib.sha256(process.stdout).hexdigest() == want
        assert resident() - before < 60_000_000
        for tls in stalled:  # they leave in the middle: the server goes on
            tls.close()
        server.wait_for("middle of an answer")
        assert get(server.port, "/")[0] == 200
    os.remove("site/large")


def test_file_that_shrinks():
    with open("site/shrinking", "wb") as f:
        f.truncate(50_000_000)
    with tool.serve(folder="site") as server, tool.client(server.port) as tls:
        tls.sendall(b"GET /shrinking HTTP/1.1\r\nHost: x\r\n\r\n")
        tls.recv(1000)
        os.truncate("site/shrinking", 1000)
        try:
            got = len(tool.read_all(tls))
        except OSError:
            got = 0
        assert got < 50_000_000
        server.wait_for("ended before its length")


def test_curl():
    if not shutil.which("curl"):
        return
    with tool.serve(folder="site") as server:
        url = f"https://localhost:{server.port}/"
        done = subprocess.run(["curl", "-sSL", "--cacert", "ca/ca.pem", url, url + "docs/deep"],
                              stdout=subprocess.PIPE, timeout=tool.PATIENCE)
        assert done.returncode == 0 and done.stdout == b"<p>startdeep"


def test_alpn():
    import ssl
    context = ssl.create_default_context(cafile="ca/ca.pem")
    context.set_alpn_protocols(["h2", "http/1.1"])
    with tool.serve(folder="site") as server:
        with context.wrap_socket(tool.socket.create_connection(("127.0.0.1", server.port)),
                                 server_hostname="localhost") as tls:
            assert tls.selected_alpn_protocol() == "http/1.1"


def test_status_page():
    with tool.serve() as server:
        page = tool.expect(0, *tool.connect_words(server.port, "--get", "/")).stdout.decode()
        assert '<td id="suite">AES-128-GCM' in page and '"server_name">localhost' in page
        assert "protected by TLS 1.3." in page
        facts = json.loads(tool.expect(0, *tool.connect_words(
            server.port, "--get", "/json", "--alpn", "http/1.1")).stdout)
        assert facts["schema"] == "tacit.status/1" and facts["alpn"] == "http/1.1"
        assert facts["version"] == "TLS 1.3" and facts["server_name"] == "localhost"
        assert facts["key_updates_in"] == "0"
        assert get(server.port, "/other")[0] == 404
    with tool.serve("--status", "--client-ca", "ca/ca.pem") as server:
        done = tool.expect(0, *tool.connect_words(server.port, "--get", "/json", "--cert",
                                                  "alice.test.pem", "--key", "alice.test.key"))
        assert json.loads(done.stdout)["client"] == "alice.test"


def test_cannot_listen():
    with tool.serve() as server:
        tool.expect(11, "serve", "--listen", f"127.0.0.1:{server.port}", "--cert", "localhost.pem",
                    "--key", "localhost.key", err="address already in use")
    tool.expect(3, "serve", "nowhere", "--listen", "127.0.0.1:0", "--cert", "localhost.pem",
                "--key", "localhost.key", err="nowhere")


tool.main()
