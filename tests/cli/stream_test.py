#!/usr/bin/env python3
"""`tacit connect` as a stream: both directions, their ends, and what must not pass for an end."""

import os
import signal
import socket
import ssl
import struct
import subprocess
import time

import tool


def start(port, *words, **options):
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([tool.TACIT, *tool.connect_words(port, *words)], **{**pipes, **options})


def echo(tls):
    """echo sends back what comes, and its own close_notify after the other's (half-close)."""
    while data := tls.recv(65536):
        tls.sendall(data)
    tls.unwrap()


def test_echo():
    tool.make_ca()
    with tool.tls_listener(echo) as port:
        done = tool.expect(0, *tool.connect_words(port), stdin=b"hello")
        assert done.stdout == b"hello" and b"identity" in done.stderr


def test_conversation():
    """Each line goes out when it is there, not only at the end of input."""
    with tool.tls_listener(echo) as port:
        process = start(port)
        for line in b"one\n", b"two\n":
            process.stdin.write(line)
            process.stdin.flush()
            assert os.read(process.stdout.fileno(), 100) == line
        process.stdin.close()
        assert process.stdout.read() == b"" and process.wait(tool.PATIENCE) == 0
        process.stdout.close()
        process.stderr.close()


def test_late_answer():
    """Reading goes on after our end (bug class 67: half-close)."""
    def talk(tls):
        data = b""
        while piece := tls.recv(65536):
            data += piece
        time.sleep(0.2)
        tls.sendall(b"got %d" % len(data))
        tls.unwrap()
    with tool.tls_listener(talk) as port:
        done = tool.expect(0, *tool.connect_words(port), stdin=b"x" * 300000)
        assert done.stdout == b"got 300000"
        assert tool.expect(0, *tool.connect_words(port)).stdout == b"got 0"


def test_large_both_ways():
    data = os.urandom(8_000_000)
    with tool.tls_listener(echo_fully) as port:
        assert tool.expect(0, *tool.connect_words(port), stdin=data).stdout == data


def echo_fully(tls):
    """echo_fully reads all first, so that neither end waits for the other to read."""
    data = b""
    while piece := tls.recv(65536):
        data += piece
    tls.sendall(data)
    tls.unwrap()


def test_truncation():
    def talk(tls):
        tls.sendall(b"half a messa")
        while tls.recv(100):  # to our close_notify: what is left unread would make it a reset
            pass
    with tool.tls_listener(talk) as port:
        done = tool.expect(23, *tool.connect_words(port), stdin=b"x", err="without close_notify")
        assert done.stdout == b"half a messa"


def ends_at_once(tls):
    """ends_at_once sends close_notify and closes the socket: all is over."""
    tls.sendall(b"bye")
    tls.setblocking(False)
    try:
        tls.unwrap()
    except ssl.SSLWantReadError:
        tls.close()


def waits_for_us(tls):
    """waits_for_us sends close_notify and waits for ours."""
    tls.sendall(b"bye")
    tls.unwrap()


def test_peer_ends_first():
    """Input that is silent is not waited for once the peer has ended."""
    for way in ends_at_once, waits_for_us:
        with tool.tls_listener(way) as port:
            process = start(port)
            assert process.wait(tool.PATIENCE) == 0 and process.stdout.read() == b"bye"
            for pipe in process.stdin, process.stdout, process.stderr:
                pipe.close()


def test_sending_after_the_peers_end():
    """What input there is goes to a peer that has ended its direction (bug class 67)."""
    got = []

    def talk(raw):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = tool.server_context().wrap_bio(incoming, outgoing, server_side=True)

        def step(call):
            while True:
                try:
                    result = call()
                except ssl.SSLWantReadError:
                    result = None
                if outgoing.pending:
                    raw.sendall(outgoing.read())
                if result is not None:
                    return result
                data = raw.recv(65536)
                if not data:
                    return b""
                got.append(len(data))  # the first data may come with the Finished
                incoming.write(data)
        step(lambda: tls.do_handshake() or True)
        try:
            tls.unwrap()  # queues close_notify
        except ssl.SSLError:  # wants to read, or dislikes the data that has come meanwhile
            pass
        raw.sendall(outgoing.read())
        while data := raw.recv(65536):
            got.append(len(data))
    with tool.listener(talk) as port:
        data = os.urandom(1_000_000)
        tool.expect(0, *tool.connect_words(port), stdin=data)
        tool.wait_until(lambda: sum(got) > len(data))


def test_reset():
    def talk(tls):
        tls.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        tls.recv(1)
        tls.close()
    with tool.tls_listener(talk) as port:
        tool.expect(23, *tool.connect_words(port), stdin=b"x" * 1_000_000)


def test_nobody_reads_our_output():
    def talk(tls):
        while True:
            tls.sendall(b"x" * 65536)
    with tool.tls_listener(talk) as port:
        process = start(port)
        process.stdout.read(10)
        process.stdout.close()
        assert process.wait(tool.PATIENCE) == 3
        assert b"cannot write to standard output" in process.stderr.read()
        process.stdin.close()
        process.stderr.close()


def test_slow_reader_stops_the_peer():
    """Memory is bounded: what nobody takes is not read from the peer."""
    sent = []

    def talk(tls):
        tls.settimeout(2)
        try:
            while len(sent) < 1000:
                tls.sendall(b"x" * 65536)
                sent.append(1)
        except (TimeoutError, ssl.SSLError):
            pass
    with tool.tls_listener(talk) as port:
        process = start(port)
        time.sleep(1.5)
        assert len(sent) < 500, "64 MB went into a reader that does not read"
        process.kill()
        process.wait()
        for pipe in process.stdin, process.stdout, process.stderr:
            pipe.close()


def test_interrupt():
    ended = []

    def talk(tls):
        tls.sendall(b"x")
        ended.append(tls.recv(1))
        tls.unwrap()
    for number in signal.SIGINT, signal.SIGTERM:
        with tool.tls_listener(talk) as port:
            process = start(port)
            assert process.stdout.read(1) == b"x"
            process.send_signal(number)
            assert process.wait(tool.PATIENCE) == 130
            tool.wait_until(lambda: ended)
            assert ended.pop() == b"", "the peer was not told by close_notify"
            for pipe in process.stdin, process.stdout, process.stderr:
                pipe.close()


def test_standard_input_keeps_its_mode():
    """A descriptor that is shared with others is not made non-blocking."""
    with tool.tls_listener(echo) as port:
        process = start(port)
        process.stdin.write(b"x")
        process.stdin.flush()
        process.stdout.read(1)
        for fd in 0, 1:
            flags = open(f"/proc/{process.pid}/fdinfo/{fd}").read().split("flags:")[1].split()[0]
            assert not int(flags, 8) & os.O_NONBLOCK
        process.communicate()
        assert process.returncode == 0


def test_patience_after_our_end():
    with tool.tls_listener(lambda tls: time.sleep(3)) as port:
        tool.expect(12, *tool.connect_words(port, "--timeout", "0.4"), err="nothing came")


def test_file_as_input():
    with open("data", "wb") as f:
        f.write(os.urandom(100000))
    with tool.tls_listener(echo_fully) as port, open("data", "rb") as data:
        with open("out", "wb") as out:
            process = subprocess.run([tool.TACIT, *tool.connect_words(port)], stdin=data,
                                     stdout=out, stderr=subprocess.PIPE, timeout=tool.PATIENCE)
    assert process.returncode == 0 and open("out", "rb").read() == open("data", "rb").read()


tool.main()
