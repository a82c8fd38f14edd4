#!/usr/bin/env python3
"""run.py FOLDER NAME: runs one of examples/ against another, on loopback, with certificates of its
own. Every program must end by itself, with the status that is expected. `readme` compares README
with the example that it quotes, `lengths` looks at their lengths."""

import contextlib
import os
import subprocess
import sys
import tempfile

PATIENCE = 100
CROWD = 1000
FOLDER, NAME = os.path.abspath(sys.argv[1]), sys.argv[2]
TACIT = os.path.join(FOLDER, os.pardir, "tacit")

IDENTITY = ["localhost.pem", "localhost.key"]
CLIENT = ["client.pem", "client.key"]
MESH = "spiffe://example.org/ns/shop/sa"


def program(name):
    return os.path.join(FOLDER, "example_" + name)


def make_certificates():
    """make_certificates makes ca.pem, and all others with their keys, all P-256."""
    def openssl(*words, **options):
        subprocess.run(["openssl", *words], check=True, stderr=subprocess.DEVNULL, **options)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=ca",
            "-days", "2", "-addext", "keyUsage=critical,keyCertSign")
    for name, extension in (("localhost", "DNS:localhost,IP:127.0.0.1"), ("client", "DNS:client"),
                            ("web", f"URI:{MESH}/web"), ("db", f"URI:{MESH}/db")):
        openssl("req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj",
                f"/CN={name}", "-addext", f"subjectAltName={extension}")
        openssl("x509", "-req", "-in", f"{name}.csr", "-out", f"{name}.pem", "-CA", "ca.pem",
                "-CAkey", "ca.key", "-days", "1", "-copy_extensions", "copyall")


@contextlib.contextmanager
def server(*words, says="", status=0):
    """server runs one that prints its port, yields that, and sees it end as it should, having said
    what it should."""
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            first = process.stdout.readline()
            assert "127.0.0.1:" in first, f"{words} says {first!r}"
            yield first.rpartition(":")[2].strip()
            rest, _ = process.communicate(timeout=PATIENCE)
            assert process.returncode == status, f"{words} ended with {process.returncode}"
            assert says in rest, f"{words} says {rest!r}"
        finally:
            process.kill()


def example(name, *words, says="", **options):
    return server(program(name), *words, says=says, **options)


def run(words, status=0, stdin="", env=None):
    done = subprocess.run(words, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=PATIENCE, env={**os.environ, **(env or {})})
    assert done.returncode == status, f"{words} ended with {done.returncode}: {done.stderr}"
    return done.stdout if status == 0 else done.stderr


def visit(name, *words, **options):
    return run([program(name), *words], **options)


REQUEST = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


def readme():
    """README quotes hello.c from its main on."""
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, os.pardir)
    with open(os.path.join(source, "examples/hello.c"), encoding="utf-8") as hello_c:
        main_on = hello_c.read().partition("\nint main(")[2]
    with open(os.path.join(source, "README.md"), encoding="utf-8") as text:
        assert main_on and f"\nint main({main_on}```\n" in text.read(), "README quotes another one"


def hello():
    """It trusts the system's authorities alone, which are not ours."""
    with example("https_server", *IDENTITY, "0", "1") as port:
        assert "cert.untrusted" in visit("hello", "localhost", port, status=30)


def connect():
    """It trusts the system's authorities alone, which are not ours."""
    with example("https_server", *IDENTITY, "0", "1") as port:
        said = visit("connect", "localhost", port, stdin=REQUEST, status=1)
        assert said.startswith("cert.untrusted"), said


def https_client():
    with example("https_server", *IDENTITY, "0", "3") as port:
        words = ["localhost", port, "/", "ca.pem"]
        assert "Hello over TLS 1.3" in visit("https_client", *words)
        assert "cert.untrusted" in visit("https_client", *words[:3], status=30)
        assert "200 OK" in visit("https_client", "127.0.0.1", *words[1:])
    assert "not" in visit("https_client", "localhost", port, "/", "nothing.pem", status=3)
    if os.path.exists(TACIT):
        served_by_tacit()


def served_by_tacit():
    os.mkdir("site")
    with open("site/page.txt", "w", encoding="ascii") as page:
        page.write("a page\n" * 10000)
    words = [TACIT, "serve", "site", "--listen", "127.0.0.1:0", "--cert", *IDENTITY[:1], "--key",
             *IDENTITY[1:]]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        try:
            port = process.stderr.readline().rpartition(":")[2].split()[0]
            got = visit("https_client", "localhost", port, "/page.txt", "ca.pem")
            assert got.endswith("a page\n" * 10000), got[:300]
            process.terminate()
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()


def https_server():
    """curl is another implementation."""
    with example("https_server", *IDENTITY, "0", "2") as port:
        got = run(["curl", "--silent", "--show-error", "--cacert", "ca.pem",
                   f"https://localhost:{port}/"])
        assert got.startswith("Hello over TLS 1.3"), got
        run([program("nonblocking_client"), "127.0.0.1", port, "ca.pem"], stdin="not HTTP")


def nonblocking_client():
    with example("https_server", *IDENTITY, "0", "2") as port:
        words = ["localhost", port]
        assert "Hello" in visit("nonblocking_client", *words, "ca.pem", stdin=REQUEST)
        assert "untrusted" in visit("nonblocking_client", *words, stdin=REQUEST, status=30)
    with example("loop_epoll", *IDENTITY, "0", "1") as port:
        text = "x" * 8192
        assert visit("nonblocking_client", "localhost", port, "ca.pem", stdin=text) == text


def mutual_tls():
    lines = "one\ntwo\n" + "long" * 2000 + "\n"
    with example("mutual_tls", "server", "ca.pem", *IDENTITY, "0", "2", says="client\n") as port:
        assert visit("mutual_tls", "client", "ca.pem", *CLIENT, port, stdin=lines) == lines
        words = ["localhost", port, "ca.pem"]
        said = visit("nonblocking_client", *words, stdin="anonymous", status=35)
        assert said.startswith("client-cert.required"), said


def mesh():
    files = {name: ["ca.pem", f"{name}.pem", f"{name}.key"] for name in ("web", "db", "client")}
    db = ["server", *files["db"], "0"]
    with example("mesh", *db, f"{MESH}/*", says=f"to {MESH}/web: hello\n") as port:
        got = visit("mesh", "client", *files["web"], port, f"{MESH}/db")
        assert got == f"from {MESH}/db: hello\n", got
    with example("mesh", *db, f"{MESH}/web", status=22) as port:  # who is not meant goes
        visit("mesh", "client", *files["web"], port, f"{MESH}/cache", status=31)
    with example("mesh", *db, f"{MESH}/cache", status=31) as port:
        said = visit("mesh", "client", *files["web"], port, f"{MESH}/db", status=36)
        assert "access_denied" in said, said


def why():
    with example("https_server", *IDENTITY, "0", "2") as port:
        words = ["localhost", port]
        got = visit("why", *words, "ca.pem")
        assert got == "path: CN=localhost <- CN=ca (trusted)\n", got
        assert "cert.untrusted" in visit("why", *words, status=30)
    with example("https_server", *CLIENT, "0", "1") as port:
        done = subprocess.run([program("why"), "localhost", port, "ca.pem"], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE)
        assert done.returncode == 31 and done.stderr.startswith("cert.name-mismatch"), done
        assert "expected: DNS:localhost\nfound: DNS:client\n" in done.stdout, done


def trace():
    with example("https_server", *IDENTITY, "0", "2") as port:
        lines = visit("trace", "localhost", port, "ca.pem").splitlines()
        assert [line.split()[:2] for line in lines] == [
            ["->", "ClientHello"], ["<-", "ServerHello"], ["<-", "EncryptedExtensions"],
            ["<-", "Certificate"], ["<-", "CertificateVerify"], ["<-", "Finished"],
            ["->", "Finished"]], lines
        assert lines[0].split()[2].startswith("0303") and lines[0].endswith(" bytes"), lines
        assert "cert.untrusted" in visit("trace", "localhost", port, status=30)


def lengths():
    """What is promised of two of them: a client in 40 lines, a server in 80."""
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, os.pardir)
    for name, most in (("https_client", 40), ("https_server", 80)):
        with open(os.path.join(source, f"examples/{name}.c"), encoding="utf-8") as text:
            n = len(text.readlines())
            assert n <= most, f"{name}.c has {n} lines"


def remote_signer():
    with example("remote_signer", *IDENTITY, "0", "3") as port:
        for _ in range(3):
            got = visit("nonblocking_client", "localhost", port, "ca.pem")
            assert got == "signed elsewhere\n", got


def worker_pool():
    count = CROWD // 5
    says = f"{count} signatures, {count} verdicts, {count} secrets"
    words = ["ca.pem", *IDENTITY, "0", str(count)]
    with example("worker_pool", *words, says=says) as port:
        visit("crowd", port, str(count), "ca.pem", *CLIENT)


def loop():
    with example(NAME, *IDENTITY, "0", str(CROWD)) as port:
        got = visit("crowd", port, str(CROWD), "ca.pem")
        assert got == f"{CROWD} heard their own words\n", got


loop_epoll = loop_libuv = loop_libevent = loop


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        if NAME not in ("readme", "lengths"):
            make_certificates()
        globals()[NAME]()
        os.chdir("/")


if __name__ == "__main__":
    main()
