"""tool: what the tests of the command share: running it, servers to run it against, certificates.

A test file defines functions test_*, and ends with tool.main(). Everything happens on loopback, in
a temporary folder that is the current one.
"""

import contextlib
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import traceback

TACIT = os.environ.get("TACIT") or sys.exit("TACIT in the environment names the tool")
PATIENCE = 30


def run(*words, stdin=b"", env=None, **options):
    """run calls the tool and returns the completed process, within PATIENCE."""
    options.setdefault("stdout", subprocess.PIPE)
    return subprocess.run([TACIT, *words], input=stdin, stderr=subprocess.PIPE, timeout=PATIENCE,
                          env={**os.environ, **(env or {})}, **options)


def expect(status, *words, err=None, **options):
    """expect runs the tool and checks its exit status, and that stderr contains `err`."""
    done = run(*words, **options)
    said = done.stderr.decode(errors="replace")
    assert done.returncode == status, f"{words}: {done.returncode}, not {status}\n{said}"
    assert err is None or err in said, f"{words}: {err!r} is not in\n{said}"
    return done


def make_ca():
    """make_ca makes ./ca with localhost.pem (server), alice.test.pem (client) and their keys."""
    expect(0, "ca", "init", "ca")
    expect(0, "ca", "issue", "ca", "localhost", "127.0.0.1", "::1")
    expect(0, "ca", "issue", "ca", "alice.test", "--client")


def make_dated(name, start, end):
    """make_dated makes NAME.pem for localhost, valid from start to end (YYYYMMDDHHMMSSZ), by
    OpenSSL: the authority itself issues nothing that has expired."""
    with open("dated.cnf", "w") as config:
        config.write("[ca]\ndefault_ca=d\n[d]\ndatabase=dated.db\nrand_serial=yes\n"
                     "new_certs_dir=.\npolicy=p\ndefault_md=sha256\nx509_extensions=x\n"
                     "unique_subject=no\n[p]\ncommonName=optional\n"
                     "[x]\nsubjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n"
                     "keyUsage=digitalSignature\n")
    open("dated.db", "a").close()
    for command in (["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                     "-nodes", "-keyout", f"{name}.key", "-subj", "/CN=localhost", "-out",
                     "dated.csr"],
                    ["ca", "-batch", "-config", "dated.cnf", "-cert", "ca/ca.pem", "-keyfile",
                     "ca/ca.key", "-in", "dated.csr", "-out", f"{name}.pem", "-notext",
                     "-startdate", start, "-enddate", end]):
        subprocess.run(["openssl", *command], check=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def connect_words(port, *words):
    return ["connect", f"localhost:{port}", "--ca", "ca/ca.pem", *words]


@contextlib.contextmanager
def serve(*words, cert="localhost", folder=None, listen="127.0.0.1:0", **options):
    """serve runs `tacit serve` and yields it; it must end with status 0 on SIGTERM."""
    where = [folder] if folder else []
    process = subprocess.Popen(
        [TACIT, "serve", *where, "--listen", listen, "--cert", f"{cert}.pem", "--key",
         f"{cert}.key", *words], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, **options)
    server = Server(process)
    try:
        yield server
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0, f"serve: {process.returncode}\n{server.log()}"
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        server.reader.join()


class Server:
    """Server is a running `tacit serve`: its port, and what it has said so far."""

    def __init__(self, process):
        self.process, self.lines = process, []
        first = process.stderr.readline().decode()
        match = re.fullmatch(r"ready (\S+):(\d+)\n", first)
        assert match, f"serve did not get ready: {first}{process.stderr.read().decode()}"
        self.port = int(match[2])
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stderr:
            self.lines.append(line.decode(errors="replace"))

    def log(self):
        return "".join(self.lines)

    def wait_for(self, text):
        """wait_for waits until the server has said something."""
        wait_until(lambda: text in self.log(), lambda: f"{text!r} is not in\n{self.log()}")


def wait_until(condition, what=lambda: "it did not happen"):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, what()
        time.sleep(0.01)


@contextlib.contextmanager
def listener(handle=None):
    """listener yields the port of a TCP server that calls handle(socket) for each connection."""
    server = socket.create_server(("127.0.0.1", 0))
    held = []

    def accept():
        with contextlib.suppress(OSError):
            while True:
                peer = server.accept()[0]
                held.append(peer)
                if handle:
                    with contextlib.suppress(OSError, ssl.SSLError):
                        handle(peer)
    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        for peer in held:
            peer.close()
        thread.join(1)  # one that waits for its peer ends with that, or with us


def tls_listener(talk, context=None):
    """tls_listener is a listener that speaks TLS by Python's ssl and calls talk(tls)."""
    def handle(peer):
        with (context or server_context()).wrap_socket(peer, server_side=True) as tls:
            talk(tls)
    return listener(handle)


def server_context(cert="localhost"):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{cert}.pem", f"{cert}.key")
    return context


def client(port, **options):
    """client is a TLS connection by Python's ssl to `tacit serve`."""
    context = ssl.create_default_context(cafile="ca/ca.pem")
    for key, value in options.items():
        setattr(context, key, value)
    raw = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    return context.wrap_socket(raw, server_hostname="localhost", suppress_ragged_eofs=False)


def read_all(tls):
    """read_all reads to close_notify."""
    pieces = []
    while piece := tls.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


def main():
    """main runs the tests of the calling file, each in the same temporary folder."""
    tests = [(n, f) for n, f in sys.modules["__main__"].__dict__.items() if n.startswith("test_")]
    home, failed = tempfile.mkdtemp(prefix="tacit-cli-"), 0
    os.chdir(home)
    try:
        for name, test in tests:
            began = time.monotonic()
            try:
                test()
                print(f"ok      {name} ({time.monotonic() - began:.1f} s)", flush=True)
            except Exception:  # a failing test must not hide the others
                failed += 1
                print(f"FAILED  {name}\n{traceback.format_exc()}", flush=True)
    finally:
        os.chdir("/")
        shutil.rmtree(home)
    sys.exit(1 if failed or not tests else 0)
