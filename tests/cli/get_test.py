#!/usr/bin/env python3
"""`tacit connect --get`: a page is complete or the status says so."""

import json
import time

import tool


def answering(*pieces, slowly=False, clean=True):
    """answering reads a request, sends the pieces, and then close_notify if `clean`."""
    def talk(tls):
        while not tls.recv(65536).endswith(b"\r\n\r\n"):
            pass
        for piece in pieces:
            for i in range(0, len(piece), 1 if slowly else len(piece)):
                tls.sendall(piece[i:i + 1] if slowly else piece)
        if clean:
            tls.unwrap()
    return tool.tls_listener(talk)


def get(port, status=0, **options):
    return tool.expect(status, *tool.connect_words(port, "--get", "/x?y"), **options)


def test_length():
    tool.make_ca()
    page = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    for slowly in False, True:
        with answering(page, slowly=slowly) as port:
            assert get(port, err="page        200 OK, 5 bytes").stdout == b"hello"
    with answering(page, clean=False) as port:  # all of it came, however the connection ended
        assert get(port).stdout == b"hello"
    with answering(page + b"more") as port:
        assert get(port).stdout == b"hello"


def test_cut():
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel") as port:
        assert get(port, 23, err="after 3 bytes").stdout == b"hel"
    with answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n") as port:
        assert get(port, 23).stdout == b"hello"
    with answering(b"HTTP/1.1 200 O") as port:
        get(port, 23)
    with answering() as port:
        get(port, 23)


def test_until_close():
    """Without a length only close_notify tells the end from a cut (bug class 67)."""
    page = b"HTTP/1.0 200 OK\r\n\r\nhello"
    with answering(page) as port:
        assert get(port).stdout == b"hello"
    with answering(page, clean=False) as port:
        assert get(port, 23).stdout == b"hello"


def test_chunked():
    page = (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"5\r\nhello\r\n1;x=y\r\n \r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n")
    for slowly in False, True:
        with answering(page, slowly=slowly) as port:
            assert get(port, err="200 OK, 16 bytes").stdout == b"hello 0123456789"


def test_statuses():
    with answering(b"HTTP/1.1 100 Continue\r\n\r\n"
                   b"HTTP/1.1 404 Gone\x1b[1m\r\nContent-Length: 0\r\n\r\n") as port:
        done = get(port, err="page        404 Gone\\x1b[1m, 0 bytes")  # bug class 129
        assert done.stdout == b"" and b"\x1b" not in done.stderr
    with answering(b"HTTP/1.1 204 No Content\r\n\r\n") as port:
        assert get(port).stdout == b""


def test_malformed():
    for page in [b"nothing of the kind\r\n\r\n", b"HTTP/2 200\r\n\r\n", b"HTTP/1.1 2x0 OK\r\n\r\n",
                 b"HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\nab",
                 b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                 b"HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\na",
                 b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\na",
                 b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
                 b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
                 b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1111111111111111\r\n",
                 b"HTTP/1.1 200 OK\r\nX: \0\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 20000]:
        with answering(page) as port:
            get(port, 24, err="did not answer in HTTP/1.1")


def test_request():
    heard = []

    def talk(tls):
        heard.append(tls.recv(65536))
        tls.sendall(b"HTTP/1.1 204 OK\r\n\r\n")
        tls.unwrap()
    with tool.tls_listener(talk) as port:
        get(port)
    lines = heard[0].decode().split("\r\n")
    assert lines[0] == "GET /x?y HTTP/1.1" and f"Host: localhost:{port}" in lines
    assert "Connection: close" in lines and lines[-2:] == ["", ""]


def test_large():
    body = bytes(range(256)) * 40000
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
    with answering(head, body) as port:
        assert get(port).stdout == body


def test_silence():
    with tool.tls_listener(lambda tls: time.sleep(3)) as port:
        words = tool.connect_words(port, "--get", "/", "--timeout", "0.4")
        tool.expect(12, *words, err="nothing came")


def test_json_beside_the_page():
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") as port:
        done = tool.expect(0, *tool.connect_words(port, "--get", "/", "--json"))
    assert done.stdout == b"ok"
    assert json.loads(done.stderr)["http"] == {"status": 200, "phrase": "OK", "body": 2}


def test_full_disk():
    page = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    with answering(page) as port, open("/dev/full", "wb") as full:
        get(port, 3, stdout=full, err="cannot write to standard output")


tool.main()
