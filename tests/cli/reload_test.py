#!/usr/bin/env python3
"""`tacit serve` and files that change: what is in order is used by the next connection, what is not
changes nothing, and nobody who is there notices."""

import contextlib
import os
import shutil
import signal
import ssl
import time

import mint
import tool
from certs import openssl

ALICE = ["--cert", "alice.test.pem", "--key", "alice.test.key"]
BOB = ["--cert", "bob.test.pem", "--key", "bob.test.key"]
REQUEST = b"GET /json HTTP/1.1\r\nHost: x\r\n\r\n"


class Log:
    """Log reads what a server says, each line once."""

    def __init__(self, server):
        self.server, self.at = server, 0

    def next(self, label, *texts):
        """next waits for the next line of this label, which holds the texts."""
        def lines():
            return [n for n in range(self.at, len(self.server.lines))
                    if self.server.lines[n].startswith(label)]
        tool.wait_until(lines, lambda: f"no {label} after {self.at} lines\n{self.server.log()}")
        self.at = lines()[0] + 1
        line = self.server.lines[self.at - 1]
        assert all(text in line for text in texts), f"{texts} are not in\n{line}"
        return line

    def hang_up(self, label, *texts):
        """hang_up asks for a reload, and does not wait for it to be noticed."""
        self.server.process.send_signal(signal.SIGHUP)
        return self.next(label, *texts)


@contextlib.contextmanager
def serve(*words, **options):
    with tool.serve("--status", *words, **options) as server:
        yield server, Log(server)


def replace(name, content):
    """replace puts a file in the place of another one, as those do who think of readers."""
    with open(".new", "wb") as f:
        f.write(content)
    os.replace(".new", name)


def read(name):
    with open(name, "rb") as f:
        return f.read()


def serial_of(cert):
    return openssl("x509", "-in", cert, "-noout", "-serial").decode().strip().split("=")[1].lower()


def served(port):
    """served is the serial number of the certificate that a client is shown."""
    with tool.client(port) as tls:
        return tls.getpeercert()["serialNumber"].lower()


def connect(status, server, *words):
    tool.expect(status, *tool.connect_words(server.port, "--get", "/", "--quiet", *words))


def with_cert(name, port):
    context = ssl.create_default_context(cafile="ca/ca.pem")
    context.load_cert_chain(f"{name}.pem", f"{name}.key")
    raw = tool.socket.create_connection(("127.0.0.1", port), timeout=tool.PATIENCE)
    return context.wrap_socket(raw, server_hostname="localhost", suppress_ragged_eofs=False)


def test_begin():
    tool.make_ca()
    tool.expect(0, "ca", "issue", "ca", "bob.test", "--client")
    tool.expect(0, "ca", "issue", "ca", "other.test")
    tool.expect(0, "ca", "crl", "ca")


def test_list_put_into_a_folder():
    os.mkdir("crls")
    shutil.copy("ca/ca.crl", "crls/one.crl")
    shutil.copy("ca/ca.pem", "crls/README")
    with serve("--client-ca", "ca/ca.pem", "--crl", "crls") as (server, log), \
            with_cert("alice.test", server.port) as there:
        connect(0, server, *ALICE)
        tool.expect(0, "ca", "revoke", "ca", serial_of("alice.test.pem"))
        replace("crls/two.crl", read("ca/ca.crl"))
        log.next("reloaded", "crls/two.crl is new")
        connect(36, server, *ALICE)
        connect(0, server, *BOB)
        there.sendall(REQUEST)  # who is there stays
        assert b'"client": "alice.test"' in there.recv(65536)
        # From here on it may get worse, and never better: no lists are not the lists of nobody.
        whole = read("crls/two.crl")
        for content in whole[:len(whole) // 2], b"":
            with open("crls/two.crl", "wb") as f:
                f.write(content)
            log.hang_up("kept", "crls/two.crl: ")
            connect(36, server, *ALICE)
        os.mkdir("crls/away")
        for name in "one.crl", "two.crl":
            os.rename(f"crls/{name}", f"crls/away/{name}")
        log.hang_up("kept", "crls: there is no revocation list")
        connect(36, server, *ALICE)
        connect(0, server, *BOB)
        os.rename("crls", "away")
        log.hang_up("kept", "crls: No such file or directory")
        connect(36, server, *ALICE)
        connect(0, server, *BOB)
        os.mkdir("crls")
        replace("crls/\x1b[2J.crl", b"-----BEGIN X509 CRL-----\n")
        assert "\x1b" not in log.hang_up("kept", r"crls/\x1b[2J.crl: ")
        os.rename("crls/\x1b[2J.crl", "crls/.hidden")
        replace("crls/two.crl", whole)
        log.hang_up("reloaded", "crls/two.crl is new")
        connect(36, server, *ALICE)
        connect(0, server, *BOB)
    for verb in (["verify", "alice.test.pem", "--purpose", "client", "--crl", "crls"],
                 ["verify", "alice.test.pem", "--purpose", "client", "--crl", "crls/two.crl"]):
        tool.expect(33, *verb, "--ca", "ca/ca.pem")
    tool.expect(3, "verify", "bob.test.pem", "--ca", "ca/ca.pem", "--crl", "away",
                err="away: there is no revocation list")


def test_list_that_is_a_file():
    shutil.copy("crls/two.crl", "list.crl")
    with serve("--client-ca", "ca/ca.pem", "--crl", "list.crl") as (server, log):
        os.remove("list.crl")
        log.next("kept", "list.crl: No such file or directory", "what was read before")
        connect(36, server, *ALICE)
        connect(0, server, *BOB)


def test_certificate():
    old, key = serial_of("localhost.pem"), read("localhost.key")
    with serve() as (server, log), tool.client(server.port) as there:
        tool.expect(0, "ca", "renew", "ca", old)
        new = serial_of("localhost.pem")
        assert served(server.port) == old != new
        log.next("reloaded", "localhost.pem has changed")
        assert served(server.port) == new
        whole = read("localhost.pem")
        replace("localhost.pem", whole[:len(whole) // 2])
        log.hang_up("kept", "localhost.pem: ", "what was read before")
        assert served(server.port) == new
        replace("localhost.pem", read("other.test.pem"))
        log.hang_up("kept", "localhost.key: ")
        assert served(server.port) == new
        replace("localhost.pem", whole)
        replace("localhost.key", read("other.test.key"))
        log.hang_up("kept", "localhost.key: ")
        os.remove("localhost.key")
        log.hang_up("kept", "localhost.pem: No such file")
        assert served(server.port) == new
        replace("localhost.key", key)
        log.hang_up("reloaded", "localhost.key is new")
        # One that is of no use to anybody does not take the place of one that is.
        tool.make_dated("expired", "20200101000000Z", "20200201000000Z")
        for name in "pem", "key":
            replace(f"localhost.{name}", read(f"expired.{name}"))
        log.hang_up("kept", "localhost.pem: the certificate has expired")
        assert served(server.port) == new
        there.sendall(REQUEST)
        assert b'"server_name": "localhost"' in there.recv(65536)
        replace("localhost.pem", whole)
        replace("localhost.key", key)
        assert "no file" not in log.hang_up("reloaded", "SIGHUP: ", "localhost.pem has changed")
        log.hang_up("reloaded", "SIGHUP: no file has changed")


def test_links():
    """As Kubernetes does it: what is named are links to links, and the middle one is turned."""
    for name in "first", "second":
        os.makedirs(f"mounted/..{name}")
        for kind in "pem", "key":
            shutil.copy(f"localhost.{kind}", f"mounted/..{name}/tls.{kind}")
    os.symlink("..first", "mounted/..data")
    for kind in "pem", "key":
        os.symlink(f"..data/tls.{kind}", f"mounted/tls.{kind}")
    os.symlink("mounted", "link")
    old = serial_of("localhost.pem")
    tool.expect(0, "ca", "renew", "ca", old)
    shutil.copy("localhost.pem", "mounted/..second/tls.pem")
    with serve(cert="link/tls") as (server, log):
        assert served(server.port) == old
        os.symlink("..second", "mounted/..new")
        os.rename("mounted/..new", "mounted/..data")
        shutil.rmtree("mounted/..first")
        log.next("reloaded", "link/tls.pem has changed", "link/tls.key has changed")
        assert served(server.port) == serial_of("localhost.pem") != old


def test_what_is_being_written():
    """A file that grows is not read before it rests."""
    whole = read("localhost.pem")
    with serve() as (server, log):
        with open("localhost.pem", "wb", buffering=0) as f:
            began = last = time.monotonic()
            longest = 0
            while last - began < 1.3:
                f.write(b"#")
                time.sleep(0.01)
                now = time.monotonic()
                longest, last = max(longest, now - last), now
            f.write(b"\n" + whole)
        if longest < 0.15:  # else the machine is so busy that it did rest
            wanted = "reloaded", "localhost.pem has changed"
            tool.wait_until(lambda: server.lines)
            assert server.lines[0].startswith(wanted[0]) and wanted[1] in server.lines[0], \
                server.log()
    replace("localhost.pem", whole)


def response(cert, seconds):
    """response is an OCSP response that says that the certificate is good, for so many seconds."""
    openssl("ocsp", "-issuer", "ca/ca.pem", "-cert", cert, "-reqout", "request.der", "-no_nonce")
    asked = read("request.der")[8:]  # four SEQUENCEs of one element each

    def moment(at):
        return mint.tlv(0x18, time.strftime("%Y%m%d%H%M%SZ", time.gmtime(at)).encode())
    now = int(time.time())
    tbs = mint.sequence(mint.tlv(0xa2, mint.tlv(4, asked[37:57])), moment(now), mint.sequence(
        mint.sequence(asked, mint.tlv(0x80), moment(now - 60),
                      mint.tlv(0xa0, moment(now + seconds)))))
    signature = openssl("dgst", "-sha256", "-sign", "ca/ca.key", stdin=tbs)
    basic = mint.sequence(tbs, mint.algorithm("ecdsa-sha256"), mint.tlv(3, b"\0", signature))
    return mint.sequence(mint.tlv(0x0a, b"\0"), mint.tlv(0xa0, mint.sequence(
        mint.oid("1.3.6.1.5.5.7.48.1.1"), mint.tlv(4, basic))))


def test_staple():
    replace("localhost.ocsp", response("localhost.pem", 2))
    with serve("--ocsp", "localhost.ocsp") as (server, log):
        connect(0, server, "--staple", "require")
        replace("localhost.ocsp", response("other.test.pem", 1000))
        log.hang_up("kept", "localhost.ocsp: ", "not about this certificate")
        connect(0, server, "--staple", "require")
        log.next("unstapled", "localhost.ocsp: its nextUpdate has passed")
        connect(33, server, "--staple", "require")
        # With nothing to lose, a response that does not do stands in the way of nothing.
        log.next("reloaded", "what was refused is in order now")
        log.next("unstapled", "not about this certificate")
        connect(0, server)
        tool.expect(0, "ca", "ocsp", "ca", serial_of("localhost.pem"), "--out", "localhost.ocsp")
        log.next("reloaded", "localhost.ocsp has changed")
        connect(0, server, "--staple", "require")
        replace("localhost.ocsp", read("localhost.ocsp")[:100])
        log.hang_up("kept", "localhost.ocsp: ")
        connect(0, server, "--staple", "require")
    os.remove("localhost.ocsp")
    tool.expect(3, "serve", "--status", "--listen", "127.0.0.1:0", "--cert", "localhost.pem",
                "--key", "localhost.key", "--ocsp", "localhost.ocsp", err="localhost.ocsp")


def test_promise():
    """A certificate that promises a staple takes no place of one that keeps what it promises."""
    with open("promise.cnf", "w") as f:
        f.write("[x]\nsubjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n"
                "keyUsage=digitalSignature\ntlsfeature=status_request\n")
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", "promise.key", "-subj", "/CN=localhost", "-out", "promise.csr")
    openssl("x509", "-req", "-in", "promise.csr", "-CA", "ca/ca.pem", "-CAkey", "ca/ca.key",
            "-extfile", "promise.cnf", "-extensions", "x", "-days", "1", "-out", "promise.pem")
    for kind in "pem", "key":
        replace(f"both.{kind}", read(f"localhost.{kind}"))
    with serve(cert="both") as (server, log):
        for kind in "pem", "key":
            replace(f"both.{kind}", read(f"promise.{kind}"))
        log.hang_up("kept", "both.pem: the certificate promises an OCSP response")
        connect(0, server)
    replace("both.ocsp", response("promise.pem", 1))
    with serve("--ocsp", "both.ocsp", cert="both") as (server, log):
        log.next("unstapled", "both.ocsp: its nextUpdate has passed")
        log.next("unstapled", "both.pem promises an OCSP response")
        connect(33, server)
        replace("both.ocsp", response("promise.pem", 1000))
        log.hang_up("reloaded", "both.ocsp has changed")
        connect(0, server)


def test_many_at_once():
    for i in range(20):
        with open(f"crls/{i}.crl", "wb") as f:
            f.write(read("ca/ca.crl"))
    with serve("--client-ca", "ca/ca.pem", "--crl", "crls") as (server, log):
        for i in range(20):
            os.remove(f"crls/{i}.crl")
        log.hang_up("reloaded", "crls/0.crl is gone", ", and 16 more")
        connect(0, server, *BOB)
        for _ in range(20):
            server.process.send_signal(signal.SIGHUP)


def test_pipe():
    """Who asks a pipe again may wait for ever: what was read at the beginning stays."""
    with open("password", "w") as f:
        f.write("unused\n")
    with serve("--password-file", "password") as (server, log):
        os.remove("password")
        os.mkfifo("password")
        log.hang_up("kept", "password is no file that can be read again")


def test_signals_at_the_end():
    """Nobody is cut off, whatever else is said while the server ends."""
    with serve() as (server, log):
        with tool.client(server.port):
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGHUP, signal.SIGTERM):
                server.process.send_signal(number)
    assert not [line for line in server.lines if line.startswith(("reloaded", "kept"))]


tool.main()
