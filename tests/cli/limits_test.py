#!/usr/bin/env python3
"""`tacit serve` under bad guests: deadlines, floods, resets, and an end that is bounded."""

import os
import resource
import signal
import socket
import struct
import time

import tool


def raw(port):
    return socket.create_connection(("127.0.0.1", port), timeout=tool.PATIENCE)


def ends_within(peer, seconds):
    """ends_within: the server closes the connection, not before time and not long after."""
    began = time.monotonic()
    try:
        while peer.recv(65536):
            pass
    except OSError:
        pass
    took = time.monotonic() - began
    return seconds * 0.7 <= took <= seconds + 5


def test_handshake_deadline():  # bug class 87
    tool.make_ca()
    with tool.serve("--handshake-timeout", "0.6") as server:
        with raw(server.port) as silent:
            assert ends_within(silent, 0.6)
        server.wait_for("net.timeout")
        with raw(server.port) as dripping:  # the whole handshake counts, not the last byte
            began = time.monotonic()
            try:
                for byte in bytes.fromhex("16030100ff") + bytes(250):
                    dripping.sendall(bytes([byte]))
                    time.sleep(0.05)
            except OSError:
                pass
            assert time.monotonic() - began < 5
        tool.expect(0, *tool.connect_words(server.port))


def test_idle_deadline():
    with tool.serve("--idle-timeout", "0.6") as server:
        with tool.client(server.port) as tls:
            assert tls.recv(1) == b""  # close_notify, not a cut
        with tool.client(server.port) as tls:
            tls.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            while b"</table>" not in tls.recv(65536):
                pass
            assert ends_within(tls, 0.6)
        assert not server.lines


def test_dripping_request():
    with tool.serve("--idle-timeout", "0.6") as server, tool.client(server.port) as tls:
        began = time.monotonic()
        try:
            for byte in b"GET / HTTP/1.1\r\nHost: " + b"x" * 200:
                tls.sendall(bytes([byte]))
                time.sleep(0.05)
        except OSError:
            pass
        assert time.monotonic() - began < 5


def test_client_that_takes_nothing():
    with open("large", "wb") as f:
        f.truncate(100_000_000)
    with tool.serve("--idle-timeout", "0.6", folder=".") as server, tool.client(server.port) as tls:
        tls.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        server.wait_for("took nothing")


def old_hello(version):
    """old_hello is a ClientHello without extensions, of one suite, in a record of that version."""
    body = version.to_bytes(2, "big") + bytes(33) + bytes.fromhex("0002002f0100")
    message = b"\x01" + len(body).to_bytes(3, "big") + body
    return b"\x16" + version.to_bytes(2, "big") + len(message).to_bytes(2, "big") + message


def test_garbage():  # bug class 60
    with tool.serve() as server:
        for said, logged in (
                (b"GET / HTTP/1.1\r\n\r\n", "it speaks plain HTTP"),
                (b"SSH-2.0-x\r\n", "it speaks SSH"), (bytes(1000), "they begin with byte 0"),
                (os.urandom(1000), ""), (b"\x16", ""),
                (bytes.fromhex("802e0100020015000000100100800200800300800700c0"), "SSL 2.0"),
                (old_hello(0x0300), "nothing newer than SSL 3.0"),
                (old_hello(0x0301), "nothing newer than TLS 1.0"),
                (old_hello(0x0302), "nothing newer than TLS 1.1")):
            before = len(server.lines)
            with raw(server.port) as peer:
                peer.sendall(said)
                peer.shutdown(socket.SHUT_WR)
                answer = b""
                try:
                    while piece := peer.recv(4096):
                        answer += piece
                except OSError:
                    pass
            assert len(answer) <= 7, "more than one alert"
            tool.wait_until(lambda: len(server.lines) == before + 1, server.log)
            assert "127.0.0.1:" in server.lines[-1] and "\x1b" not in server.lines[-1]
            assert logged in server.lines[-1], server.lines[-1]
        tool.expect(0, *tool.connect_words(server.port))


def test_resets():  # bug class 92
    with tool.serve(folder=".") as server:
        for _ in range(50):
            with tool.client(server.port) as tls:
                tls.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
                tls.recv(100)
                tls.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        for _ in range(50):
            with raw(server.port) as peer:
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        tool.expect(0, *tool.connect_words(server.port))


def test_no_descriptors_left():
    """Whoever comes when no descriptor is left is sent away; the server neither spins nor dies."""
    few = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
    with tool.serve("--handshake-timeout", "20", preexec_fn=few) as server:
        crowd = [raw(server.port) for _ in range(80)]
        assert crowd[-1].recv(1) == b""
        cpu = lambda: sum(map(int, open(f"/proc/{server.process.pid}/stat").read().split()[13:15]))
        before = cpu()
        time.sleep(0.5)
        assert cpu() - before < 20, "hundredths of a second, in half a second of nothing"
        for peer in crowd:
            peer.close()
        tool.wait_until(lambda: tool.run(*tool.connect_words(server.port)).returncode == 0)


def test_drain_when_idle():
    with tool.serve("--drain", "20") as server:
        with tool.client(server.port) as idle, raw(server.port) as silent:
            tool.expect(0, *tool.connect_words(server.port))
            began = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            assert idle.recv(1) == b""
            idle.close()
            silent.close()
            assert server.process.wait(tool.PATIENCE) == 0 and time.monotonic() - began < 10


def test_drain_finishes_answers():
    with tool.serve("--drain", "20", folder=".") as server, tool.client(server.port) as tls:
        tls.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\nGET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        got = len(tls.recv(65536))
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        try:
            raw(server.port)
            raise AssertionError("it still listens")
        except ConnectionRefusedError:
            pass
        got += len(tool.read_all(tls))
        assert 100_000_000 < got < 101_000_000, "the answer under way, and no other"
        tls.close()
        assert server.process.wait(tool.PATIENCE) == 0


def test_drain_is_bounded():
    for signals in [signal.SIGTERM], [signal.SIGTERM, signal.SIGTERM]:
        with tool.serve("--drain", "0.5" if len(signals) == 1 else "60", folder=".") as server:
            with tool.client(server.port) as tls:
                tls.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
                tls.recv(100)
                for number in signals:
                    server.process.send_signal(number)
                    time.sleep(0.1)
                assert server.process.wait(5) == 0


tool.main()
