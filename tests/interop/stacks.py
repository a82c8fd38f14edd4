"""stacks: the libraries that we speak to through small programs of our own, in the folder stacks/.

A program is started once. It reads jobs, a line each: a role and words, such as

    server job=2 port=0 anchors=ca/ca.pem cert=p256.pem key=p256.key auth=required version=1.3
    client job=3 port=4433 anchors=ca/ca.pem name=localhost path=/json out=page
    stop job=2

and says what came of them in lines of JSON, each with its job: a server its port, then a line for
each connection; a client one. A class here translates our names into those of the library."""

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from pathlib import Path

from driver import HERE, PATIENCE, STACKS, Outcome, skip_without
from peers import OpenSSL, Peer, body_of, with_authority

IANA = {"AES-128-GCM": "AES_128_GCM_SHA256", "AES-256-GCM": "AES_256_GCM_SHA384",
        "CHACHA20-POLY1305": "CHACHA20_POLY1305_SHA256"}
IANA13 = {ours: f"TLS_{theirs}" for ours, theirs in IANA.items()}
IANA12 = {f"ECDHE-{key}-{ours}": f"TLS_ECDHE_{key}_WITH_{theirs}" for key in ("ECDSA", "RSA")
          for ours, theirs in IANA.items()}
TRANSPORT = {f"RSA-{ours}": f"TLS_RSA_WITH_{theirs}" for ours, theirs in IANA.items()
             if "GCM" in ours}
GROUPS = {group: group for group in ("X25519", "P-256", "P-384")}


class Program:
    """Program is one that runs, and what it has said about each job."""

    def __init__(self, words):
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.answers, self.jobs = {}, 0
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            answer = json.loads(line)
            self.answers[answer["job"]].put(answer)
        for answers in list(self.answers.values()):
            answers.put({"ok": False, "said": "the program has ended"})

    def start(self, role, words):
        """start gives it a job and returns the job's name."""
        self.jobs += 1
        job = str(self.jobs)
        self.answers[job] = queue.Queue()
        self.tell(f"{role} job={job} " + " ".join(f"{k}={v}" for k, v in words.items() if v != ""))
        return job

    def tell(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def answer(self, job):
        """answer is the next that it says about a job."""
        return self.answers[job].get(timeout=PATIENCE)

    def end(self):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.reader.join(PATIENCE)
        self.process.stdout.close()


class Running:
    """Running is a server of a program: its port, and what it says about its connections."""

    def __init__(self, program, job, port):
        self.program, self.job, self.port = program, job, port

    def next(self):
        return self.program.answer(self.job)


class Stack(Peer):
    """Stack is what the libraries have in common."""

    suites, suites12, groups, schemes = IANA13, IANA12, GROUPS, None
    steers = frozenset()
    foreign_group = None
    keylogs = False
    versions = ("1.3", "1.2")
    own_order = False

    def __init__(self):
        skip_without(*self.needs)
        self.program = None

    @contextlib.contextmanager
    def running(self):
        """running has the program run, in the folder that is the current one."""
        self.program = Program(self.command)
        try:
            yield
        finally:
            self.program.end()

    def _words(self, ask, **more):
        version12 = ask.version == "1.2"
        suites = {**self.suites, **self.suites12, **self.transport}
        words = {"anchors": ask.anchors, "version": ask.version, "alpn": ",".join(ask.alpn)}
        if ask.cert:
            words |= {"cert": f"{ask.cert}.pem", "key": f"{ask.cert}.key"}
        if "suites" in self.steers or version12:
            words["suites"] = ",".join(suites[suite] for suite in ask.suites)
        if "groups" in self.steers:
            words["groups"] = ",".join(self.groups.get(group, group) for group in ask.groups)
        if "schemes" in self.steers and ask.schemes:
            words["schemes"] = ",".join(self.schemes[s] for s in with_authority(ask.schemes))
        return {**words, "keylog": ask.keylog, **dict(ask.quirks), **more}

    def client(self, port, ask, path="/json"):
        """client gets a page, over HTTP in the least of its forms."""
        out = Path("stack.out")
        out.unlink(missing_ok=True)
        words = self._words(ask, port=port, name=ask.name, path=path, out=out)
        answer = self.program.answer(self.program.start("client", words))
        data = out.read_bytes() if out.exists() else b""
        if answer["ok"]:
            agree(self, ask, answer)
        whole = b"200 OK" in data[:64] and answer.get("end", "clean") == "clean"
        ok = answer["ok"] and (whole or "end" in dict(ask.quirks))
        return Outcome(ok, body_of(data), str(answer), 0 if ok else 1, answer)

    @contextlib.contextmanager
    def server(self, ask, files=None, echo=False):
        """server answers every request with the file `files`, or a short page."""
        if ask.version == "1.2" and self.own_order:  # it takes them from its list, as it likes
            ask = ask.only_first_group()
        job = self.program.start("server", self._words(ask, port=0, auth=ask.client_auth,
                                                       page=files or "", echo="y" if echo else ""))
        answer = self.program.answer(job)
        assert "port" in answer, answer
        try:
            yield Running(self.program, job, answer["port"])
        finally:
            self.program.tell(f"stop job={job}")


def agree(peer, ask, answer):
    """agree: what the library says it has agreed upon is what it was asked."""
    suites = [{**peer.suites, **peer.suites12, **peer.transport}[suite] for suite in ask.suites]
    assert not suites or answer["suite"] in suites, (answer, suites)
    assert not ask.version or answer["version"] in (f"TLS {ask.version}", f"TLSv{ask.version}")
    assert not ask.alpn or answer["alpn"] in ask.alpn, answer


class Go(Stack):
    """Go is Go's crypto/tls, which has no RSA-PSS keys, and its own order of everything."""

    name = "go"
    needs = ("go_peer",)
    command = (STACKS / "go_peer",)
    keys = ("p256", "p384", "p521", "ed25519", "rsa")
    transport = TRANSPORT
    steers = frozenset({"groups"})
    own_order = True
    foreign_group = "P-521"
    keylogs = True
    unlogged = ("EXPORTER_SECRET",)

    def shares_first(self, first, second):
        order = list(self.groups)
        return order.index(first) < order.index(second)


class Python(Stack):
    """Python is the module ssl, over OpenSSL, which hides its groups and the suites of TLS 1.3."""

    name = "python"
    needs = ()
    command = (sys.executable, HERE / "stacks/peer_ssl.py")
    suites12, transport = OpenSSL.suites12, OpenSSL.transport
    free_groups = True
    no_etm = no_ems = True
    late_groups = ("P-256", "P-384")
    keylogs = True
    statuses = {"alpn": 0}  # its server goes on without a protocol


class Node(Stack):
    """Node is Node's tls, over the OpenSSL that it brings. It looks at certificates when the
    handshake is done, and closes without an alert; it does not tell a cut from an end."""

    name = "node"
    needs = ("node",)
    command = ("node", HERE / "stacks/peer.js")
    suites12, transport = OpenSSL.suites12, OpenSSL.transport
    no_etm = no_ems = True
    schemes = OpenSSL.schemes
    steers = frozenset({"suites", "groups", "schemes"})
    foreign_group = OpenSSL.foreign_group
    keylogs = True
    statuses = {f"{kind}client {wrong}": 23 for kind in ("", "optional ")
                for wrong in ("untrusted", "expired")} | {"client purpose": 23}
    codes = {wrong: "tls.truncated" for wrong in (
        "untrusted", "name", "expired", "not yet valid", "purpose")}


class Java(Stack):
    """Java is JSSE. It sends a share for X25519 and one for P-256, and needs new keys after 1.1 MB,
    which its program asks for."""

    name = "java"
    needs = ("java", "Peer.class")
    command = ("java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", STACKS, "Peer")
    transport = TRANSPORT
    free_groups = True
    late_groups = ("P-384",)
    statuses = {"client absent": 22}  # it calls that a bad certificate


class MbedTLS(Stack):
    """MbedTLS is mbedTLS 2.28: TLS 1.2 alone, without Ed25519 and RSA-PSS. It shows
    no certificate of another purpose, and ends without an alert when a client shows none."""

    name = "mbedtls"
    needs = ("mbedtls_peer",)
    command = (STACKS / "mbedtls_peer",)
    versions = ("1.2",)
    suites = {}
    suites12 = {f"ECDHE-{key}-{ours}": f"TLS-ECDHE-{key}-WITH-{theirs}"
                for key in ("ECDSA", "RSA") for ours, theirs in (
                    ("AES-128-GCM", "AES-128-GCM-SHA256"), ("AES-256-GCM", "AES-256-GCM-SHA384"),
                    ("CHACHA20-POLY1305", "CHACHA20-POLY1305-SHA256"),
                    ("AES-128-CBC-HMAC", "AES-128-CBC-SHA256"))}
    transport = {"RSA-AES-128-GCM": "TLS-RSA-WITH-AES-128-GCM-SHA256",
                 "RSA-AES-256-GCM": "TLS-RSA-WITH-AES-256-GCM-SHA384"}
    no_etm = no_ems = True
    keys = ("p256", "p384", "p521", "rsa")
    rsa_scheme = "rsa_pkcs1_sha256"
    steers = frozenset({"groups"})
    statuses = {"purpose": 21, "client absent": 23, "optional client untrusted": 23,
                "optional client expired": 23}


class WolfSSL(Stack):
    """WolfSSL is wolfSSL 5.5."""

    name = "wolfssl"
    needs = ("wolfssl_peer",)
    command = (STACKS / "wolfssl_peer",)
    suites = {"AES-128-GCM": "TLS13-AES128-GCM-SHA256", "AES-256-GCM": "TLS13-AES256-GCM-SHA384",
              "CHACHA20-POLY1305": "TLS13-CHACHA20-POLY1305-SHA256"}
    suites12 = OpenSSL.suites12
    no_etm = no_ems = rekeys = free_groups = True
    keys = ("p256", "p384", "p521", "ed25519", "rsa")
    steers = frozenset({"suites", "groups"})
    statuses = {"group": 24}  # its server asks for a share of a group that it does not take
    ems_server = False  # its server cannot be told to do without
