#!/usr/bin/env python3
"""The exit status of `tacit connect` tells what went wrong, and so does its one sentence."""

import socket
import ssl
import struct

import tool


def test_good():
    tool.make_ca()
    with tool.serve() as server:
        tool.expect(0, *tool.connect_words(server.port))
        tool.expect(0, *tool.connect_words(server.port, "--json"))
        tool.expect(0, "connect", f"127.0.0.1:{server.port}", "--ca", "ca/ca.pem")
        tool.expect(0, "connect", f"127.0.0.1:{server.port}", "--ca", "ca/ca.pem", "--name",
                    "localhost")


def test_files():
    tool.expect(3, "connect", "localhost:1", "--ca", "nowhere.pem", err="nowhere.pem: No such file")
    tool.expect(3, "connect", "localhost:1", "--ca", "localhost.key", err="no certificate")
    tool.expect(3, "connect", "localhost:1", "--cert", "alice.test.pem", "--key", "nowhere.key")
    tool.expect(3, "connect", "localhost:1", "--cert", "alice.test.pem", "--key", "localhost.key",
                err="does not belong")
    tool.expect(3, "connect", "localhost:1", "--keylog", "nowhere/keys")
    tool.expect(3, "connect", "localhost:1", "--cert", "alice.test.pem", "--key", "alice.test.key",
                "--password-file", "nowhere")


def test_network():
    tool.expect(10, "connect", "nothing.invalid", "--timeout", "20", err="tacit explain net.dns")
    free = socket.create_server(("127.0.0.1", 0))
    port = free.getsockname()[1]
    free.close()
    tool.expect(11, "connect", f"127.0.0.1:{port}", err="connection refused")
    with tool.listener() as silent:
        tool.expect(12, "connect", f"127.0.0.1:{silent}", "--timeout", "0.3",
                    err="within 0.3 seconds")


def answering(data):
    def talk(peer):
        peer.sendall(data)
        peer.recv(4096)
    return tool.listener(talk)


def test_not_tls():
    for data, said in [(b"HTTP/1.0 400 Bad request\r\n\r\n",
                        'in plain HTTP ("HTTP/1.0 400 Bad request")'),
                       (b"SSH-2.0-x\r\n", "as an SSH server"), (b"220 mail\r\n", "SMTP"),
                       (b"\x00" * 64, "not TLS"),
                       (b"HTTP/1.1 \x1b[31mred\r\n", '\\x1b[31mred')]:  # bug class 129
        with answering(data) as port:
            done = tool.expect(20, "connect", f"127.0.0.1:{port}", err=said)
            assert b"tacit explain tls.not-tls" in done.stderr and b"\x1b" not in done.stderr


def test_no_common():
    context = tool.server_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with tool.tls_listener(lambda tls: None, context) as port:
        tool.expect(21, *tool.connect_words(port, "--min", "1.3"))
    with tool.serve("--suites", "TLS_AES_256_GCM_SHA384") as server:
        tool.expect(21, *tool.connect_words(server.port, "--suites", "AES-128-GCM"))
        tool.expect(0, *tool.connect_words(server.port, "--suites", "0x1302"))
    with tool.serve("--groups", "P-384") as server:
        tool.expect(21, *tool.connect_words(server.port, "--groups", "x25519"))
        tool.expect(0, *tool.connect_words(server.port, "--groups", "x25519,secp384r1"))


def test_peer_alert():
    with answering(bytes.fromhex("15030300020250")) as port:
        tool.expect(22, "connect", f"127.0.0.1:{port}", err="internal_error")


def test_closed_during_handshake():
    def slam(peer):
        peer.recv(4096)
        peer.close()

    def reset(peer):
        peer.recv(4096)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()
    for way in slam, reset:
        with tool.listener(way) as port:
            tool.expect(23, "connect", f"127.0.0.1:{port}")


def test_protocol():
    with answering(bytes.fromhex("160303000402000000")) as port:
        tool.expect(24, "connect", f"127.0.0.1:{port}")


def test_certificates():
    with tool.serve() as server:
        tool.expect(30, "connect", f"localhost:{server.port}", err="tacit explain cert.untrusted")
        done = tool.expect(31, *tool.connect_words(server.port, "--name", "other.test"))
        assert b"expected    DNS:other.test\nfound       DNS:localhost, IP:127.0.0.1, IP:::1\n" \
            in done.stderr
        server.wait_for("unknown_ca")
    tool.make_dated("old", "20200101000000Z", "20200201000000Z")
    tool.make_dated("early", "20900101000000Z", "20910201000000Z")
    with tool.serve(cert="old") as server:
        done = tool.expect(32, *tool.connect_words(server.port))
        assert b"expired     " in done.stderr and b"years ago, 2020-02-01" in done.stderr
    with tool.serve(cert="early") as server:
        tool.expect(32, *tool.connect_words(server.port), err="tacit explain cert.not-yet-valid")


def test_wrong_purpose():
    tool.expect(0, "ca", "issue", "ca", "localhost", "--client", "--out", "wrong")
    with tool.serve(cert="wrong/localhost") as server:
        tool.expect(37, *tool.connect_words(server.port))


def test_client_certificates():
    """A TLS 1.3 server refuses a client when that is done already: it is not missed."""
    alice = ["--cert", "alice.test.pem", "--key", "alice.test.key"]
    modes = [], ["--json"], ["--get", "/"], ["--quiet"]
    with tool.serve("--client-ca", "ca/ca.pem") as server:
        for mode in modes:
            done = tool.expect(35, *tool.connect_words(server.port, *mode))
            assert b"identity" not in done.stdout + done.stderr
            tool.expect(0, *tool.connect_words(server.port, *mode, *alice))
            tool.expect(36, *tool.connect_words(server.port, *mode, "--cert", "localhost.pem",
                                                "--key", "localhost.key"))
        server.wait_for("client-cert.required")
    with tool.serve("--client-ca", "ca/ca.pem", "--optional") as server:
        tool.expect(0, *tool.connect_words(server.port))
        tool.expect(0, *tool.connect_words(server.port, *alice))


def test_warn():
    with tool.serve() as server:
        for mode in [], ["--json"], ["--get", "/"], ["--quiet"]:
            tool.expect(40, *tool.connect_words(server.port, "--warn", "31", *mode))
            tool.expect(0, *tool.connect_words(server.port, "--warn", "29", *mode))


def test_insecure_is_loud():
    with tool.serve() as server:
        for mode in [], ["--json"], ["--get", "/"], ["--quiet"]:
            done = tool.expect(0, "connect", f"localhost:{server.port}", "--insecure", *mode)
            assert b"INSECURE" in done.stderr and b"trusted by" not in done.stderr
            assert b"identity" not in done.stderr


tool.main()
