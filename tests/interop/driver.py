"""driver: running programs against each other, every one bounded in time and ended by its own
process id; and the certificates that they show.

An end is a program in one role, told by an Ask what to do. `Tacit` is one kind of end, peers.py has
the foreign ones; a case in cases.py joins one of each. Everything happens on loopback, in a
temporary folder that is the current one."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass, field, replace
from pathlib import Path

PATIENCE = 8
HERE = Path(__file__).resolve().parent
STACKS = Path(os.environ.get("TACIT") or sys.exit("TACIT must name the tool")).resolve().parent \
    / "tests" / "stacks"  # the programs of stacks/ as they were built beside the tool
os.environ["PATH"] = f"{STACKS}:{os.environ['PATH']}"


def listed(file="peers.txt"):
    """listed maps the names of a list of programs to (command, version command)."""
    rows = [line.split("|") for line in (HERE / file).read_text().splitlines()
            if line.strip() and not line.startswith("#")]
    return {name.strip(): (command.strip(), version.split()) for name, command, version in rows}


def command(name):
    return listed()[name][0]


def absent(program):
    """absent says why a program cannot run, or nothing."""
    found = shutil.which(program) or (STACKS / program).exists()
    return None if found else "not installed, or not built"


@dataclass(frozen=True)
class Ask:
    """Ask is what an end shall do, in tacit's words; what is left out is the program's choice."""

    suites: tuple = ()
    groups: tuple = ()
    schemes: tuple = ()  # to sign and to accept; the authority's own is added to them
    alpn: tuple = ()
    version: str = ""  # the only one, such as "1.3"
    cert: str = ""  # it shows NAME.pem, by NAME.key
    anchors: str = "ca/ca.pem"
    name: str = "localhost"  # a client: the name to be proven
    client_auth: str = "off"  # a server: off, optional, required
    keylog: str = ""
    record_size: int = 0  # that a client asks for, if it can
    legacy: tuple = ()  # tacit: words of --legacy
    one_share: bool = False  # a client: of several groups, a share for the first alone
    quirks: tuple = ()  # pairs of words for a program of stacks/, as they are

    def only_first_group(self):
        return replace(self, groups=self.groups[:1])


@dataclass
class Outcome:
    """Outcome is what came of a client: whether it is content, the page, and what it said."""

    ok: bool
    body: bytes
    said: str
    status: int
    facts: dict = field(default_factory=dict)


def skip_without(*programs):
    """skip_without ends the test, as skipped, if one of the programs is absent."""
    for program in programs:
        if why := absent(program):
            print(f"skipped: {program}: {why}")
            sys.exit(77)


def run(words, stdin=b"", env=None, patience=PATIENCE):
    """run calls a program to its end; its input is bytes, or a descriptor."""
    source = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": stdin}
    return subprocess.run(words, **source, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=patience, env={**os.environ, **(env or {})}, check=False)


def run_open(words, stdin, **options):
    """run_open is run with an input that does not end before the program does."""
    lent, ours = os.pipe()
    try:
        os.write(ours, stdin)
        return run(words, stdin=lent, **options)
    finally:
        os.close(ours)
        os.close(lent)


def expect(words, **options):
    """expect is run, for a program that must succeed."""
    done = run(words, **options)
    assert done.returncode == 0, f"{words}: {done.returncode}\n{done.stderr.decode()}"
    return done


class Process:
    """Process is a server that runs: what it has said so far, and its port."""

    def __init__(self, words, port=None, env=None):
        self.words, self.port = words, port
        self.text, self.more = "", threading.Condition()
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT,
                                        env={**os.environ, **(env or {})})
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        while piece := os.read(self.process.stdout.fileno(), 65536):
            with self.more:
                self.text += piece.decode(errors="replace")
                self.more.notify_all()

    def wait_for(self, pattern):
        """wait_for waits until the server has said something, and returns the match."""
        with self.more:
            found = self.more.wait_for(lambda: re.search(pattern, self.text, re.M), PATIENCE)
            assert found, f"{self.words}: {pattern!r} is not in\n{self.text}"
            return found

    def stop(self):
        """stop ends it and returns its exit status; negative: it had to be killed."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.reader.join(PATIENCE)
        self.process.stdout.close()
        return self.process.returncode


def free_port():
    """free_port is a port that was free a moment ago, for servers that cannot pick one."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


class Tacit:
    """Tacit is the command under test, in both roles."""

    def __init__(self):
        self.command = os.environ["TACIT"]

    def table(self, name):
        """table lists the short names of what it speaks, by one of its tables."""
        rows = json.loads(expect([self.command, "tables", name, "--json"]).stdout)["rows"]
        return [row.get("short", row["name"]) for row in rows]

    def _common(self, ask):
        words = []
        if ask.cert:
            words += ["--cert", f"{ask.cert}.pem", "--key", f"{ask.cert}.key"]
        for option, values in ("--suites", ask.suites), ("--groups", ask.groups), \
                ("--alpn", ask.alpn):
            words += [option, ",".join(values)] if values else []
        if ask.version:
            words += ["--min", ask.version, "--max", ask.version]
        for word in ask.legacy:
            words += ["--legacy", word]
        return words + (["--keylog", ask.keylog] if ask.keylog else [])

    def client(self, port, ask, path="/"):
        """client gets a page; its facts are those of the report."""
        done = run([self.command, "connect", f"localhost:{port}", "--name", ask.name, "--ca",
                    ask.anchors, "--get", path, "--json", *self._common(ask)])
        said = done.stderr.decode()
        assert said.startswith("{"), f"{done.returncode}: no report but\n{said}"
        report = json.loads(said)
        assert report["exit_status"] == done.returncode, said
        facts = {"suite": report["suite"], "group": report["group"], "version": report["version"],
                 "scheme": report["peer_scheme"], "own_scheme": report["own_scheme"],
                 "alpn": report["alpn"], "hello_retry": report["hello_retry"],
                 "verified": report["verified"], "code": report["code"],
                 "legacy": report["legacy"],
                 "key_updates_in": report["key_updates_in"]}
        return Outcome(done.returncode == 0, done.stdout, said, done.returncode, facts)

    def stream(self, port, ask, data):
        """stream sends data and returns the outcome of reading to the end."""
        done = run([self.command, "connect", f"localhost:{port}", "--ca", ask.anchors,
                    *self._common(ask)], stdin=data)
        return Outcome(done.returncode == 0, done.stdout, done.stderr.decode(), done.returncode)

    @contextlib.contextmanager
    def server(self, ask, folder=None):
        """server yields a running server of a folder, or of a page at /json that has the facts. It
        has to end well when it is told to end."""
        words = [self.command, "serve", folder or "--status", "--listen", "127.0.0.1:0",
                 *self._common(ask)]
        if ask.client_auth != "off":
            words += ["--client-ca", ask.anchors]
        server = Process(words + (["--optional"] if ask.client_auth == "optional" else []))
        try:
            server.port = int(server.wait_for(r"^ready \S+:(\d+)$")[1])
            yield server
        finally:
            status = server.stop()
        assert status == 0, f"{words}: {status}\n{server.text}"

    @staticmethod
    def facts_of(outcome):
        """facts_of reads the page of server()."""
        page = json.loads(outcome.body)
        return {"suite": page["suite"], "group": page["group"], "version": page["version"],
                "scheme": page["signature"],
                "alpn": page["alpn"], "hello_retry": page["hello_retry"] == "yes",
                "client": page.get("client", "not asked"),
                "key_updates_in": int(page["key_updates_in"])}


# ---- certificates --------------------------------------------------------------------------------

CONFIG = """[ca]
default_ca = d
[d]
database = db
rand_serial = yes
new_certs_dir = .
policy = p
default_md = sha256
x509_extensions = x
unique_subject = no
[p]
commonName = optional
[x]
subjectAltName = DNS:localhost,IP:127.0.0.1
"""

EC = ["EC", "-pkeyopt"]
KEYS = {"p256": EC + ["ec_paramgen_curve:P-256"], "p384": EC + ["ec_paramgen_curve:P-384"],
        "p521": EC + ["ec_paramgen_curve:P-521"], "pss": ["RSA-PSS"], "rsa": ["RSA"]}


def openssl_cert(name, key, usage="digitalSignature", start="20200101000000Z",
                 end="20491231000000Z"):
    """openssl_cert makes NAME.pem and NAME.key, of a kind that `tacit ca` does not make, under the
    authority of the current folder."""
    openssl = command("openssl")
    Path("ca.cnf").write_text(f"{CONFIG}keyUsage = critical,{usage}\n")
    Path("db").touch()
    expect([openssl, "genpkey", "-algorithm", *KEYS[key], "-out", f"{name}.key"])
    expect([openssl, "req", "-new", "-key", f"{name}.key", "-subj", f"/CN={name}", "-out", "csr"])
    expect([openssl, "ca", "-batch", "-config", "ca.cnf", "-cert", "ca/ca.pem", "-keyfile",
            "ca/ca.key", "-in", "csr", "-out", f"{name}.pem", "-notext", "-startdate", start,
            "-enddate", end])


def issue(tacit, ca, name, *words):
    """issue has `tacit ca` issue for localhost, and calls the files NAME."""
    expect([tacit.command, "ca", "issue", ca, "localhost", "127.0.0.1", *words])
    os.rename("localhost.pem", f"{name}.pem")
    os.rename("localhost.key", f"{name}.key")


def make_certificates(tacit):
    """make_certificates fills the current folder. The chains are of one certificate: longer ones
    are a matter of the path, which other tests have."""
    for ca in "ca", "other":
        expect([tacit.command, "ca", "init", ca])
    issue(tacit, "ca", "p256", "--peer")
    issue(tacit, "ca", "rsa", "--peer", "--key-type", "rsa2048")
    issue(tacit, "ca", "ed25519", "--peer", "--key-type", "ed25519")
    issue(tacit, "ca", "server-only")
    issue(tacit, "ca", "client-only", "--client")
    issue(tacit, "other", "stranger", "--peer")
    for key in "p384", "p521", "pss":
        openssl_cert(key, key)
    openssl_cert("transport", "rsa", usage="keyEncipherment")
    openssl_cert("expired", "p256", start="20200101000000Z", end="20200201000000Z")
    openssl_cert("early", "p256", start="20490101000000Z")
