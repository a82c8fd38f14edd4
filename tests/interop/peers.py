"""peers: how each foreign program is told what an Ask says. A peer has tables that translate our
names; what is not in them, it does not speak. The quirks of a program stand here, and only here."""

import contextlib
from pathlib import Path

from driver import Outcome, Process, command, free_port, run, run_open

AUTHORITY_SCHEME = "ecdsa_secp256r1_sha256"  # with which `tacit ca` signs certificates


def request(path):
    return f"GET {path} HTTP/1.0\r\n\r\n".encode()


def body_of(answer):
    """body_of is what follows the head of an HTTP answer."""
    return answer.partition(b"\r\n\r\n")[2]


def with_authority(schemes):
    return list(dict.fromkeys([*schemes, AUTHORITY_SCHEME])) if schemes else []


class Peer:
    """Peer is what the cases want to know of every peer. `steers` are the things of which its
    client can be told what to take; for the others, our server takes care."""

    suites, suites12, groups, schemes = {}, {}, {}, None
    keys = ("p256", "p384", "p521", "ed25519", "rsa", "pss")
    steers = frozenset({"suites", "groups"})
    rsa_scheme = "rsa_pss_rsae_sha256"  # that we sign with for it, of all that it takes
    late_groups = ()  # of which its client, if it cannot be told, has no share
    keylogs = True
    unlogged = ()  # what its key logs lack
    free_groups = False  # its servers of TLS 1.2 take any group, as they like
    transport = {}  # its names of the suites of TLS 1.2 without a group
    no_ems = no_etm = False  # can it be told to do without these extensions?
    ems_server = True
    rekeys = False  # can it be told to take new keys?
    record_sizes = False  # can its client ask for small records?
    statuses = {}  # of tacit as its client, in cases that end otherwise than with most
    codes = {}  # of tacit as its server, likewise

    @contextlib.contextmanager
    def running(self):
        """running: a command is started for each case."""
        yield

    def shares_first(self, first, second):
        """shares_first: is a share for the first group all that it sends, when it has both?"""
        return True


class OpenSSL(Peer):
    """OpenSSL is `openssl s_client` and `openssl s_server`."""

    name = "openssl"
    suites = {"AES-128-GCM": "TLS_AES_128_GCM_SHA256", "AES-256-GCM": "TLS_AES_256_GCM_SHA384",
              "CHACHA20-POLY1305": "TLS_CHACHA20_POLY1305_SHA256"}
    groups = {"X25519": "X25519", "P-256": "P-256", "P-384": "P-384"}
    schemes = {scheme: scheme for scheme in (
        "ecdsa_secp256r1_sha256", "ecdsa_secp384r1_sha384", "ecdsa_secp521r1_sha512", "ed25519",
        "rsa_pss_rsae_sha256", "rsa_pss_rsae_sha384", "rsa_pss_rsae_sha512", "rsa_pss_pss_sha256",
        "rsa_pss_pss_sha384", "rsa_pss_pss_sha512")}
    suites12 = {"ECDHE-ECDSA-AES-128-GCM": "ECDHE-ECDSA-AES128-GCM-SHA256",
                "ECDHE-RSA-AES-128-GCM": "ECDHE-RSA-AES128-GCM-SHA256",
                "ECDHE-ECDSA-AES-256-GCM": "ECDHE-ECDSA-AES256-GCM-SHA384",
                "ECDHE-RSA-AES-256-GCM": "ECDHE-RSA-AES256-GCM-SHA384",
                "ECDHE-ECDSA-CHACHA20-POLY1305": "ECDHE-ECDSA-CHACHA20-POLY1305",
                "ECDHE-RSA-CHACHA20-POLY1305": "ECDHE-RSA-CHACHA20-POLY1305",
                "ECDHE-ECDSA-AES-128-CBC-HMAC": "ECDHE-ECDSA-AES128-SHA256",
                "ECDHE-RSA-AES-128-CBC-HMAC": "ECDHE-RSA-AES128-SHA256"}
    transport = {"RSA-AES-128-GCM": "AES128-GCM-SHA256", "RSA-AES-256-GCM": "AES256-GCM-SHA384"}
    foreign_group = "P-521"

    def _common(self, ask):
        words = []
        if ask.suites and ask.version == "1.2":
            names = {**self.suites12, **self.transport}
            words += ["-cipher", ":".join(names[suite] for suite in ask.suites)]
        elif ask.suites:
            words += ["-ciphersuites", ":".join(self.suites[suite] for suite in ask.suites)]
        if ask.groups:
            words += ["-groups", ":".join(self.groups.get(group, group) for group in ask.groups)]
        if ask.schemes:
            words += ["-sigalgs", ":".join(self.schemes[s] for s in with_authority(ask.schemes))]
        if ask.alpn:
            words += ["-alpn", ",".join(ask.alpn)]
        if ask.version:
            words += [f"-tls{ask.version.replace('.', '_')}"]
        if ask.cert:
            words += ["-cert", f"{ask.cert}.pem", "-key", f"{ask.cert}.key"]
        if ask.keylog:
            words += ["-keylogfile", ask.keylog]
        return words + ["-CAfile", ask.anchors, "-no-CApath", "-no-CAstore"]

    def client(self, port, ask, path="/json"):
        done = run([command("openssl"), "s_client", "-connect", f"127.0.0.1:{port}", "-quiet",
                    "-servername", ask.name, "-verify_return_error", "-verify_hostname", ask.name,
                    *self._common(ask)], stdin=request(path))
        return Outcome(done.returncode == 0 and b"200 OK" in done.stdout[:64],
                       body_of(done.stdout), done.stderr.decode(), done.returncode)

    @contextlib.contextmanager
    def server(self, ask, files=False):
        """server shows a page about the handshake, or with `files` those of the current folder."""
        verify = {"off": [], "optional": ["-verify", "4"], "required": ["-Verify", "4"]}
        words = [command("openssl"), "s_server", "-accept", "127.0.0.1:0",
                 "-WWW" if files else "-www", *self._common(ask), *verify[ask.client_auth]]
        server = Process(words + ["-verify_return_error"])
        try:
            server.port = int(server.wait_for(r"^ACCEPT \S+:(\d+)$")[1])
            yield server
        finally:
            server.stop()


class GnuTLS(Peer):
    """GnuTLS is `gnutls-cli` and `gnutls-serv`. The server listens on every address, and cannot
    pick a port."""

    name = "gnutls"
    suites = {suite: suite for suite in ("AES-128-GCM", "AES-256-GCM", "CHACHA20-POLY1305")}
    suites12 = {f"{kx}-{ours}": (theirs, kx) for kx in ("ECDHE-ECDSA", "ECDHE-RSA")
                for ours, theirs in (("AES-128-GCM", "AES-128-GCM"), ("AES-256-GCM", "AES-256-GCM"),
                                     ("CHACHA20-POLY1305", "CHACHA20-POLY1305"),
                                     ("AES-128-CBC-HMAC", "AES-128-CBC"))}
    groups = {"X25519": "X25519", "P-256": "SECP256R1", "P-384": "SECP384R1"}
    schemes = {"ecdsa_secp256r1_sha256": "ECDSA-SECP256R1-SHA256",
               "ecdsa_secp384r1_sha384": "ECDSA-SECP384R1-SHA384",
               "ecdsa_secp521r1_sha512": "ECDSA-SECP521R1-SHA512", "ed25519": "EdDSA-Ed25519",
               "rsa_pss_rsae_sha256": "RSA-PSS-RSAE-SHA256",
               "rsa_pss_rsae_sha384": "RSA-PSS-RSAE-SHA384",
               "rsa_pss_rsae_sha512": "RSA-PSS-RSAE-SHA512",
               "rsa_pss_pss_sha256": "RSA-PSS-SHA256", "rsa_pss_pss_sha384": "RSA-PSS-SHA384",
               "rsa_pss_pss_sha512": "RSA-PSS-SHA512"}
    transport = {f"RSA-{cipher}": (cipher, "RSA") for cipher in ("AES-128-GCM", "AES-256-GCM")}
    foreign_group = "SECP521R1"
    record_sizes = True
    statuses = {"client purpose": 0}  # gnutls-serv does not look at the purpose of a client

    def _priority(self, ask):
        words = ["NORMAL"]

        def only(kind, values):
            if values:
                words.extend([f"-{kind}-ALL", *(f"+{value}" for value in values)])
        only("VERS", [f"VERS-TLS{ask.version}"] if ask.version else [])
        if ask.version == "1.2":
            suites = [{**self.suites12, **self.transport}[suite] for suite in ask.suites]
            only("CIPHER", [cipher for cipher, _ in suites])
            only("KX", [kx for _, kx in suites])
            words += ["+SHA256"]  # as a MAC: not among the usual ones any more
        else:
            only("CIPHER", [self.suites[suite] for suite in ask.suites])
        only("GROUP", [f"GROUP-{self.groups.get(group, group)}" for group in ask.groups])
        only("SIGN", [f"SIGN-{self.schemes[s]}" for s in with_authority(ask.schemes)])
        return ":".join(words)

    def _common(self, ask):
        words = ["--priority", self._priority(ask), "--x509cafile", ask.anchors]
        if ask.cert:
            words += ["--x509certfile", f"{ask.cert}.pem", "--x509keyfile", f"{ask.cert}.key"]
        for protocol in ask.alpn:
            words += ["--alpn", protocol]
        if ask.record_size:
            words += ["--recordsize", str(ask.record_size)]
        return words

    def client(self, port, ask, path="/json", commands=()):
        """client: `commands` are lines such as ^rekey^, which it obeys before it asks."""
        log = Path("gnutls-cli.log")
        log.unlink(missing_ok=True)
        options = ["--inline-commands"] if commands else []
        options += ["--single-key-share"] if ask.one_share else []
        keylog = {"SSLKEYLOGFILE": ask.keylog} if ask.keylog else {}
        # In TLS 1.2 its close_notify, after the end of the input, would call off the answer.
        call = run_open if ask.version == "1.2" else run
        done = call([command("gnutls-cli"), "--port", str(port), "--logfile", str(log),
                     "--sni-hostname", ask.name, "--verify-hostname", ask.name, *options,
                     *self._common(ask), "127.0.0.1"],
                    stdin=b"".join(line.encode() + b"\n" for line in commands) + request(path),
                    env=keylog)
        said = (log.read_text() if log.exists() else "") + done.stderr.decode()
        return Outcome(done.returncode == 0 and b"200 OK" in done.stdout[:64],
                       body_of(done.stdout), said, done.returncode)

    @contextlib.contextmanager
    def server(self, ask, echo=False):
        words = [command("gnutls-serv"), "--echo" if echo else "--http", *self._common(ask)]
        words += {"off": ["--disable-client-cert"], "optional": ["--verify-client-cert"],
                  "required": ["--require-client-cert", "--verify-client-cert"]}[ask.client_auth]
        if ask.alpn:
            words += ["--alpn-fatal"]
        keylog = {"SSLKEYLOGFILE": ask.keylog} if ask.keylog else {}
        server = self._start(words, keylog)
        try:
            yield server
        finally:
            server.stop()

    @staticmethod
    def _start(words, env):
        """_start tries again if another program was faster to take the port."""
        for _ in range(3):
            port = free_port()
            server = Process([*words, "--port", str(port)], port, env)
            if server.wait_for(r"IPv4 \S+ port \d+\.\.\.(done|bind)")[1] == "done":
                return server
            server.stop()
        raise AssertionError(f"{words}: no port")


class Curl(Peer):
    """Curl is the `curl` command: a client alone, which chooses the schemes itself. It checks the
    name after the handshake, so a server does not hear of that."""

    name = "curl"
    suites = OpenSSL.suites
    suites12 = OpenSSL.suites12
    groups = OpenSSL.groups
    schemes = None
    foreign_group = OpenSSL.foreign_group
    codes = {"name": None}
    server = None

    def client(self, port, ask, path="/json"):
        words = [command("curl"), "--silent", "--show-error", "--noproxy", "*", "--cacert",
                 ask.anchors, "--resolve", f"{ask.name}:{port}:127.0.0.1"]
        if ask.suites and ask.version == "1.2":
            words += ["--ciphers", ":".join(self.suites12[suite] for suite in ask.suites)]
        elif ask.suites:
            words += ["--tls13-ciphers", ":".join(self.suites[suite] for suite in ask.suites)]
        if ask.groups:
            words += ["--curves", ":".join(self.groups.get(group, group) for group in ask.groups)]
        if ask.version:
            words += [f"--tlsv{ask.version}", "--tls-max", ask.version]
        if ask.cert:
            words += ["--cert", f"{ask.cert}.pem", "--key", f"{ask.cert}.key"]
        words += ["--http1.1"] if ask.alpn == ("http/1.1",) else ["--http2"] if ask.alpn else []
        done = run([*words, f"https://{ask.name}:{port}{path}"],
                   env={"SSLKEYLOGFILE": ask.keylog} if ask.keylog else None)
        return Outcome(done.returncode == 0, done.stdout, done.stderr.decode(), done.returncode)
