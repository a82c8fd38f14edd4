#!/usr/bin/env python3
"""tacit and NSS, which Firefox is built on, by its commands tstclnt and selfserv, in both roles and
both versions. NSS holds a peer to rules that others pass over, such as the most that a
record_size_limit may say. Words select cases by their names."""

import contextlib
import sys
from pathlib import Path

import cases
import driver
import peers
from driver import Ask, Outcome, Process, expect, free_port, run

NEEDS = "tstclnt", "selfserv", "certutil", "pk12util", "openssl"
SUITES12 = {"ECDHE-ECDSA-AES-128-GCM": "c02b", "ECDHE-ECDSA-AES-256-GCM": "c02c",
            "ECDHE-ECDSA-CHACHA20-POLY1305": "cca9", "ECDHE-RSA-AES-128-GCM": "c02f",
            "ECDHE-RSA-AES-256-GCM": "c030", "ECDHE-RSA-CHACHA20-POLY1305": "cca8"}
SUITES13 = {"AES-128-GCM": "1301", "AES-256-GCM": "1302", "CHACHA20-POLY1305": "1303"}
BOTH = "rsa-both"  # NSS's commands want keyEncipherment of every RSA key of a server
GROUPS = {"X25519": "x25519", "P-256": "P256", "P-384": "P384"}


def database(cert, anchors="ca/ca.pem"):
    """database makes a database that believes `anchors` and holds one identity, named as its
    files, or none; and returns its folder."""
    folder = Path(f"nss-{cert}-{anchors.replace('/', '-')}")
    if folder.exists():
        return str(folder)
    folder.mkdir()
    expect(["certutil", "-N", "-d", folder, "--empty-password"])
    expect(["certutil", "-A", "-d", folder, "-t", "CT,,", "-n", "anchor", "-i", anchors])
    if cert:
        expect(["openssl", "pkcs12", "-export", "-in", f"{cert}.pem", "-inkey", f"{cert}.key",
                "-name", cert, "-out", "identity.p12", "-passout", "pass:"])
        expect(["pk12util", "-i", "identity.p12", "-d", folder, "-W", "", "-K", ""])
    return str(folder)


class Nss:
    """Nss is tstclnt and selfserv."""

    @staticmethod
    def _common(ask):
        words = ["-V", f"tls{ask.version}:tls{ask.version}"]
        suites = "".join(f":{({**SUITES12, **SUITES13})[suite]}" for suite in ask.suites)
        words += ["-c", suites] if suites else []
        return words + (["-I", ",".join(GROUPS[g] for g in ask.groups)] if ask.groups else [])

    def client(self, port, ask):
        Path("request").write_bytes(peers.request("/json"))
        words = ["tstclnt", "-h", "127.0.0.1", "-p", str(port), "-a", ask.name, "-A", "request",
                 "-d", database(ask.cert, ask.anchors), *self._common(ask)]
        done = run(words + (["-n", ask.cert] if ask.cert else []))
        return Outcome(b"200 OK" in done.stdout, peers.body_of(done.stdout), done.stderr.decode(),
                       done.returncode)

    @contextlib.contextmanager
    def server(self, ask):
        key = "-n" if ask.cert == BOTH else "-e"
        port = free_port()
        verify = {"off": [], "optional": ["-r"], "required": ["-r", "-r"]}[ask.client_auth]
        server = Process(["selfserv", "-v", "-d", database(ask.cert), key, ask.cert, "-p",
                          str(port), *verify, *self._common(ask)], port)
        try:
            server.wait_for("About to call accept")
            yield server
        finally:
            server.stop()


def asks():
    """asks are all suites, and all groups with one of them."""
    for version, suites in ("1.2", SUITES12), ("1.3", SUITES13):
        for suite in suites:
            yield suite, Ask(version=version, suites=(suite,), groups=("X25519", "P-256"))
    for version, suite in ("1.2", "ECDHE-RSA-AES-128-GCM"), ("1.3", "AES-128-GCM"):
        for group in GROUPS:
            yield f"{version} {group}", Ask(version=version, suites=(suite,), groups=(group,))


def agreed(facts, ask):
    cases.same(facts, version=f"TLS {ask.version}", suite=ask.suites[0], group=ask.groups[0])


def key_for(suite):
    return BOTH if "-RSA-" in suite else "p256"


def visitors(test, nss):
    def check(ask):
        with test.tacit.server(Ask(cert=key_for(ask.suites[0]))) as server:
            agreed(test.tacit.facts_of(cases.content(nss.client(server.port, ask))), ask)

    def proven(version):
        with test.tacit.server(Ask(cert="p256", client_auth="required")) as server:
            outcome = cases.content(nss.client(server.port, Ask(version=version, cert="rsa")))
            absent = nss.client(server.port, Ask(version=version))
            server.wait_for(r"^failed .* client-cert\.required ")
        assert test.tacit.facts_of(outcome)["client"] not in ("not asked", "not proven")
        assert not absent.ok, absent.said

    def doubted(version):
        with test.tacit.server(Ask(cert="p256")) as server:
            outcome = nss.client(server.port, Ask(version=version, anchors="other/ca.pem"))
            server.wait_for(r"^failed .* tls\.peer-alert ")
        assert not outcome.ok, outcome.said
    for name, ask in asks():
        test.case(f"serve {name}", check, ask)
    for version in "1.2", "1.3":
        test.case(f"serve client-auth {version}", proven, version)
        test.case(f"serve refused untrusted {version}", doubted, version)


def servers(test, nss):
    def check(ask):
        ours = Ask(groups=ask.groups)  # also the one on which the certificate lies
        with nss.server(driver.replace(ask, cert=key_for(ask.suites[0]))) as server:
            agreed(cases.content(test.tacit.client(server.port, ours)).facts, ask)

    def proven(version):
        ask = Ask(cert="p256", version=version, client_auth="required")
        with nss.server(ask) as server:
            cases.same(cases.content(test.tacit.client(server.port, Ask(cert="p256"))).facts,
                       own_scheme="ecdsa_secp256r1_sha256")
            assert not test.tacit.client(server.port, Ask()).ok
    for name, ask in asks():
        test.case(f"connect {name}", check, ask)
    for version in "1.2", "1.3":
        test.case(f"connect client-auth {version}", proven, version)


def main():
    driver.skip_without(*NEEDS)
    test = cases.Run(peers.Peer(), sys.argv[1:])
    with cases.folder():
        driver.make_certificates(test.tacit)
        driver.openssl_cert(BOTH, "rsa", usage="digitalSignature,keyEncipherment")
        visitors(test, Nss())
        servers(test, Nss())
    test.end()


main()
