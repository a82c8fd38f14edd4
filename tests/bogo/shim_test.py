#!/usr/bin/env python3
"""The shim keeps its contract with the runner, which Python's ssl plays here, in little."""

import os
import socket
import ssl
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "cli"))
import tool  # noqa: E402

SHIM = os.environ.get("BOGO_SHIM") or sys.exit("BOGO_SHIM in the environment names the shim")
UNIMPLEMENTED = 89
ID = 0x0123456789ABCDEF


def shim(*words):
    return subprocess.Popen([SHIM, *words], stderr=subprocess.PIPE, stdout=subprocess.PIPE)


def end(process, status):
    out, err = process.communicate(timeout=tool.PATIENCE)
    assert process.returncode == status, f"{process.returncode}, not {status}\n{err.decode()}"
    return out.decode(), err.decode()


def meet(words, talk, status=0):
    """meet takes the connection of a shim, and calls talk(socket) on it."""
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as server:
        server.settimeout(tool.PATIENCE)
        process = shim("-port", str(server.getsockname()[1]), "-shim-id", str(ID), "-ipv6", *words)
        with server.accept()[0] as raw:
            raw.settimeout(tool.PATIENCE)
            assert raw.recv(8, socket.MSG_WAITALL) == ID.to_bytes(8, "little")
            talk(raw)
    return end(process, status)


def echo(tls):
    """echo sends a message, and must get it back with each bit turned over."""
    message = bytes(range(256)) * 5
    tls.sendall(message)
    back = b""
    while len(back) < len(message):
        piece = tls.recv(65536)
        assert piece, "the shim ended early"
        back += piece
    assert back == bytes(b ^ 0xFF for b in message)


def as_server(**options):
    context = tool.server_context()
    for key, value in options.items():
        setattr(context, key, value)

    def talk(raw):
        with context.wrap_socket(raw, server_side=True) as tls:
            echo(tls)
            tls.unwrap()
    return talk


def as_client(raw):
    context = ssl.create_default_context(cafile="ca/ca.pem")
    with context.wrap_socket(raw, server_hostname="localhost") as tls:
        echo(tls)
        tls.unwrap()


def test_handshakes():
    tool.make_ca()
    server = ["-server", "-cert-file", "localhost.pem", "-key-file", "localhost.key"]
    for more in [], ["-async"], ["-implicit-handshake"]:
        _, err = meet([*more, "-check-close-notify", "-expect-version", "772"], as_server())
        assert err == "--- DONE ---\n", err
        meet([*server, *more, "-check-close-notify"], as_client)
    meet(["-max-version", "771", "-expect-version", "771"], as_server())


def test_what_does_not_come_out_is_a_failure():
    _, err = meet(["-expect-version", "771"], refuse(as_server()), 1)
    assert "the version is 0304, not 0303" in err, err
    _, err = meet(["-verify-fail", "-use-custom-verify-callback"], refuse(as_server()), 1)
    assert ":CERT_REFUSED_BY_HOST: sent certificate_unknown" in err, err


def test_callbacks_are_heard():
    messages = "write hs 1\nread hs 2\nread hs 11\nread hs 12\nread hs 14\nwrite hs 16\n" \
               "write ccs\nwrite hs 20\nread ccs\nread hs 20\nread alert 1 0\n"
    tls12 = ["-max-version", "771", "-expect-msg-callback"]
    meet([*tls12, messages], as_server())
    for other in messages.replace("16", "15"), messages + "read hs 0\n":
        _, err = meet([*tls12, other], as_server(), 1)
        assert "not as expected: the messages" in err, err


def test_secrets_come_before_the_echo():
    def talk(raw):
        with tool.server_context().wrap_socket(raw, server_side=True) as tls:
            length = int.from_bytes(tls.read(2), "little")
            secrets = [tls.read(length) for _ in range(2)]
            assert length in (32, 48) and secrets[0] != secrets[1], secrets
            echo(tls)
            tls.unwrap()
    meet(["-export-traffic-secrets"], talk)


def refuse(talk):
    def refused(raw):
        try:
            talk(raw)
        except (AssertionError, OSError):
            pass
    return refused


def test_what_is_not_there():
    for words in (["-nothing"], ["-curves", "4660"], ["-max-version", "770"],
                  ["-cipher", "DEFAULT:!AES"], ["-verify-prefs", "513"]):
        _, err = end(shim(*words), UNIMPLEMENTED)
        assert err.startswith("not here: "), err
    _, err = meet(["-resume-count", "1"], as_server(), UNIMPLEMENTED)
    assert "not here: a session to resume" in err, err
    end(shim("-max-version", "much"), 1)
    out, _ = end(shim("-is-handshaker-supported"), 0)
    assert out == "No\n", out


tool.main()
