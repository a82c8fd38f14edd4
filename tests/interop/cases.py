"""cases: what every foreign program is put through, as the client of `tacit serve` and as the
server of `tacit connect`. The exit statuses are those of the tool's manual."""

import contextlib
import itertools
import os
import random
import re
import shutil
import sys
import tempfile
import time
import traceback
from dataclasses import replace
from pathlib import Path

import driver
from driver import Ask

SIGNERS = [("p256", "ecdsa_secp256r1_sha256"), ("p384", "ecdsa_secp384r1_sha384"),
           ("p521", "ecdsa_secp521r1_sha512"), ("ed25519", "ed25519"),
           ("rsa", "rsa_pss_rsae_sha256"), ("rsa", "rsa_pss_rsae_sha384"),
           ("rsa", "rsa_pss_rsae_sha512"), ("pss", "rsa_pss_pss_sha256"),
           ("pss", "rsa_pss_pss_sha384"), ("pss", "rsa_pss_pss_sha512")]
BULK, LARGE = "site/bulk", "site/large"

GOOD = Ask(cert="p256")
ANYBODY = replace(GOOD, cert="")
DEMANDING = replace(GOOD, client_auth="required")
OPTIONAL = replace(GOOD, client_auth="optional")
OTHERS = "other/ca.pem"


class Run:
    """Run counts the cases of one peer; those that `words` do not select are left out."""

    def __init__(self, peer, words=()):
        self.tacit, self.peer, self.words = driver.Tacit(), peer, words
        self.passed = self.failed = 0
        self.suites = [s for s in self.tacit.table("suites") if s in peer.suites]
        self.groups = [g for g in self.tacit.table("groups") if g in peer.groups]
        assert len(self.suites) == len(peer.suites) and len(self.groups) == len(peer.groups)

    def signers(self):
        """signers are the keys and schemes that the peer has; without a say in schemes, one of each
        key: our first."""
        signers = [(key, s) for key, s in SIGNERS if key in self.peer.keys]
        if self.peer.schemes is not None:
            return [(key, s) for key, s in signers if s in self.peer.schemes]
        return list({key: (key, s) for key, s in reversed(signers)}.values())

    def forced(self):
        """forced are the suites and groups, in pairs of lists, to which our servers have to be told
        to keep, because the peer's client cannot be told; empty: it can."""
        suites = [()] if "suites" in self.peer.steers else [(s,) for s in self.suites]
        groups = [()] if "groups" in self.peer.steers else [(g,) for g in self.groups]
        return itertools.product(suites, groups)

    def retries(self):
        """retries: can the peer be brought to a HelloRetryRequest?"""
        return "groups" in self.peer.steers and self.peer.suites

    def refused(self):
        """refused are the rows of REFUSED that the peer can be brought to."""
        cannot = {"suite": "suites", "group": "groups"}
        return [row for row in REFUSED if cannot.get(row[0], "suites") in self.peer.steers
                or row[0] not in cannot]

    def case(self, name, check, *args, **more):
        if not all(word in name for word in self.words):
            return
        began = time.monotonic()
        try:
            check(*args, **more)
            self.passed += 1
            print(f"ok      {name} ({time.monotonic() - began:.2f} s)", flush=True)
        except Exception:  # one that fails must not hide the others
            self.failed += 1
            print(f"FAILED  {name}\n{traceback.format_exc()}", flush=True)

    def end(self):
        """end says how many cases there were, and with it ends the program."""
        print(f"[  PASSED  ] {self.passed} test(s).")
        if self.failed:
            print(f"[  FAILED  ] {self.failed} test(s).")
        sys.exit(1 if self.failed or not self.passed else 0)


def same(facts, **wanted):
    found = {key: facts[key] for key in wanted}
    assert found == wanted, f"{found}, not {wanted}"


def content(outcome):
    assert outcome.ok, f"status {outcome.status}\n{outcome.said}\n{outcome.body[:200]}"
    return outcome


# ---- what must succeed ---------------------------------------------------------------------------

def connect_matrix(run):
    """Every suite, group and scheme, with both ends proving themselves by a key of that kind."""
    def check(server, cert, suite, group, scheme):
        ask = Ask(cert=cert, suites=(suite,), groups=(group,), version="1.3")
        facts = content(run.tacit.client(server.port, ask)).facts
        same(facts, suite=suite, group=group, scheme=scheme, own_scheme=scheme, verified=True,
             hello_retry=False, code="ok")
    for cert, scheme in run.signers():
        with run.peer.server(Ask(cert=cert, schemes=(scheme,), client_auth="required")) as server:
            for suite in run.suites:
                for group in run.groups:
                    run.case(f"connect {suite} {group} {scheme}", check, server, cert, suite, group,
                             scheme)


def serve_matrix(run):
    def check(server, cert, suite, group, scheme):
        schemes = (scheme,) if run.peer.schemes else ()
        ask = Ask(cert=cert, suites=(suite,), groups=(group,), schemes=schemes)
        facts = run.tacit.facts_of(content(run.peer.client(server.port, ask)))
        same(facts, suite=suite, group=group, scheme=scheme,
             hello_retry=group in run.peer.late_groups)
        assert facts["client"] not in ("not asked", "not proven")
    for cert, (suites, groups) in itertools.product(dict(run.signers()), run.forced()):
        ask = Ask(cert=cert, suites=suites, groups=groups, client_auth="required")
        with run.tacit.server(ask) as server:
            for scheme in [s for key, s in run.signers() if key == cert]:
                for suite in suites or run.suites:
                    for group in groups or run.groups:
                        run.case(f"serve {suite} {group} {scheme}", check, server, cert, suite,
                                 group, scheme)


def asks_12(run):
    """asks_12 gives each suite of TLS 1.2 that the peer has, with each group: the name of a case,
    and what a server is asked that shows a key of the suite's kind. The MAC suite needs a word."""
    for suite in run.peer.suites12:
        legacy = ("cbc-hmac",) if "CBC" in suite else ()
        for group in run.groups:  # the others are there for the curves of certificates
            groups = (group, *(other for other in run.groups if other != group))
            ecdsa = "p384" if group == "P-384" else "p256"
            yield f"1.2 {suite} {group}", Ask(cert="rsa" if "-RSA-" in suite else ecdsa,
                                              suites=(suite,), groups=groups, version="1.2",
                                              client_auth="required", legacy=legacy)


def connect_12(run):
    def check(ask):
        ours = ask
        if run.peer.free_groups and ask.groups[0] != "X25519":  # which comes first everywhere
            ours = ask.only_first_group()
        with run.peer.server(ask) as server:
            facts = content(run.tacit.client(server.port, ours)).facts
        same(facts, version="TLS 1.2", suite=ask.suites[0], group=ask.groups[0], verified=True)
        assert facts["own_scheme"]
    for name, ask in asks_12(run):
        run.case(f"connect {name}", check, ask)


def serve_12(run):
    def check(ask):
        with run.tacit.server(ask) as server:
            outcome = content(run.peer.client(server.port, ask))
        facts = run.tacit.facts_of(outcome)
        same(facts, version="TLS 1.2", suite=ask.suites[0], group=ask.groups[0])
        assert facts["client"] not in ("not asked", "not proven")
    for name, ask in asks_12(run):
        run.case(f"serve {name}", check, ask)


def connect_retry(run):
    """HelloRetryRequest: the server takes another group than the client has a share for."""
    def check(server, first, second):
        facts = content(run.tacit.client(server.port, Ask(groups=(first, second)))).facts
        same(facts, group=second, hello_retry=True)
    for second in run.groups if run.retries() else ():
        with run.peer.server(Ask(cert="p256", groups=(second,))) as server:
            for first in run.groups:
                if first != second:
                    run.case(f"connect retry {first} {second}", check, server, first, second)


def serve_retry(run):
    def check(server, first, second):
        ask = Ask(groups=(first, second), one_share=True)
        facts = run.tacit.facts_of(content(run.peer.client(server.port, ask)))
        same(facts, group=second, hello_retry=True)
    for second in run.groups if run.retries() else ():
        with run.tacit.server(Ask(cert="p256", groups=(second,))) as server:
            for first in run.groups:
                if first != second and run.peer.shares_first(first, second):
                    run.case(f"serve retry {first} {second}", check, server, first, second)


def connect_alpn(run):
    def check(offered, taken, agreed):
        with run.peer.server(Ask(cert="p256", alpn=taken)) as server:
            facts = content(run.tacit.client(server.port, Ask(alpn=offered))).facts
        same(facts, alpn=agreed)
    run.case("connect alpn same", check, ("http/1.1",), ("http/1.1",), "http/1.1")
    run.case("connect alpn one of two", check, ("h2", "http/1.1"), ("http/1.1",), "http/1.1")
    run.case("connect alpn ignored", check, ("h2", "http/1.1"), (), None)
    run.case("connect alpn not offered", check, (), ("http/1.1",), None)


def serve_alpn(run):
    def check(offered, taken, agreed):
        with run.tacit.server(Ask(cert="p256", alpn=taken)) as server:
            outcome = content(run.peer.client(server.port, Ask(alpn=offered)))
        same(run.tacit.facts_of(outcome), alpn=agreed)
    run.case("serve alpn same", check, ("http/1.1",), ("http/1.1",), "http/1.1")
    run.case("serve alpn one of two", check, ("h2", "http/1.1"), ("http/1.1",), "http/1.1")
    if run.peer.name != "curl":  # which always offers some
        run.case("serve alpn not offered", check, (), ("http/1.1",), None)


def connect_client_auth(run):
    """Asked for and not there, there and not asked for, and both."""
    def check(client_auth, cert, own_scheme):
        with run.peer.server(Ask(cert="p256", client_auth=client_auth)) as server:
            facts = content(run.tacit.client(server.port, Ask(cert=cert))).facts
        same(facts, own_scheme=own_scheme)
    run.case("connect client-auth off, given", check, "off", "p256", None)
    run.case("connect client-auth optional, absent", check, "optional", "", None)
    run.case("connect client-auth optional, given", check, "optional", "rsa", run.peer.rsa_scheme)
    run.case("connect client-auth required, given", check, "required", "client-only",
             "ecdsa_secp256r1_sha256")


def serve_client_auth(run):
    def check(client_auth, cert, client):
        with run.tacit.server(Ask(cert="server-only", client_auth=client_auth)) as server:
            outcome = content(run.peer.client(server.port, Ask(cert=cert)))
        same(run.tacit.facts_of(outcome), client=client)
    run.case("serve client-auth off, given", check, "off", "p384", "not asked")
    run.case("serve client-auth optional, absent", check, "optional", "", "not proven")
    run.case("serve client-auth optional, given", check, "optional", "p384", "CN=p384")
    key = "pss" if "pss" in run.peer.keys else "p521"
    run.case("serve client-auth required, given", check, "required", key, f"CN={key}")


def secrets(path, unlogged):
    """secrets are the lines of a key log; comments, and what only one end logs, go."""
    lines = Path(path).read_text().splitlines()
    return {line for line in lines if re.match(r"(CLIENT|SERVER)_(HANDSHAKE_|TRAFFIC_SECRET_0 )"
                                               r"|EXPORTER_SECRET |CLIENT_RANDOM ", line)
            and line.split()[0] not in unlogged}


def key_logs(run):
    """Both ends derive the same secrets, so they log the same lines."""
    def check(client, server_end, version, count):
        for name in "client.keys", "server.keys":
            Path(name).unlink(missing_ok=True)
        with server_end.server(Ask(cert="p256", keylog="server.keys")) as server:
            content(client.client(server.port, Ask(keylog="client.keys", version=version)))
        ours, theirs = (secrets(f"{end}.keys", run.peer.unlogged) for end in ("client", "server"))
        assert len(ours) == count and ours == theirs, f"{ours}\n{theirs}"
    counts = [("1.3", 5 - len(run.peer.unlogged)), ("1.2", 1)]
    for version, count in counts if run.peer.keylogs else []:
        if run.peer.server:
            run.case(f"connect {version} key logs", check, run.tacit, run.peer, version, count)
        run.case(f"serve {version} key logs", check, run.peer, run.tacit, version, count)


def connect_files(run):
    """A megabyte arrives as it is."""
    def check():
        with run.peer.server(GOOD, files=BULK) as server:
            got = content(run.tacit.client(server.port, ANYBODY, f"/{BULK}"))
        assert got.body == run.bulk, f"{len(got.body)} bytes"
    run.case("connect bulk", check)


def connect_echo(run):
    """So do many lines, both ways at once, in the small records that the server asks for, and with
    our close_notify before the end of its answer."""
    def check(record_size):
        with run.peer.server(replace(GOOD, record_size=record_size), echo=True) as server:
            got = content(run.tacit.stream(server.port, ANYBODY, run.lines))
        assert got.body == run.lines, f"{len(got.body)} bytes of {len(run.lines)}"
    run.case("connect echo", check, 0)
    if run.peer.record_sizes:
        run.case("connect echo in records of 512", check, 512)


def serve_bulk(run):
    def check(ask):
        with run.tacit.server(GOOD, folder=".") as server:
            got = content(run.peer.client(server.port, ask, f"/{BULK}"))
        assert got.body == run.bulk, f"{len(got.body)} bytes"
    run.case("serve bulk", check, ANYBODY)
    if run.peer.record_sizes:
        run.case("serve bulk in records of 512", check, replace(ANYBODY, record_size=512))


def serve_rekey(run):
    """KeyUpdates of the client, before and between its requests."""
    def check():
        with run.tacit.server(GOOD) as server:
            outcome = run.peer.client(server.port, ANYBODY, commands=["^rekey^"] * 3)
        same(run.tacit.facts_of(content(outcome)), alpn=None)
        assert outcome.said.count("Rekey was completed") == 3, outcome.said
    run.case("serve rekey", check)


# ---- what must be refused ------------------------------------------------------------------------

# What is wrong, the client, the server, the exit status of tacit as the one and what it logs as the
# other.
REFUSED = [
    ("untrusted", replace(ANYBODY, anchors=OTHERS), GOOD, 30, "tls.peer-alert"),
    ("name", replace(ANYBODY, name="other.test"), GOOD, 31, "tls.peer-alert"),
    ("expired", ANYBODY, Ask(cert="expired"), 32, "tls.peer-alert"),
    ("not yet valid", ANYBODY, Ask(cert="early"), 32, "tls.peer-alert"),
    ("purpose", ANYBODY, Ask(cert="client-only"), 37, "tls.peer-alert"),
    ("client absent", ANYBODY, DEMANDING, 35, "client-cert.required"),
    ("client untrusted", Ask(cert="stranger"), DEMANDING, 36, "cert.untrusted"),
    ("client expired", Ask(cert="expired"), DEMANDING, 36, "cert.expired"),
    ("client purpose", Ask(cert="server-only"), DEMANDING, 36, "cert.invalid"),
    ("optional client untrusted", Ask(cert="stranger"), OPTIONAL, 36, "cert.untrusted"),
    ("optional client expired", Ask(cert="expired"), OPTIONAL, 36, "cert.expired"),
    ("suite", replace(ANYBODY, suites=("AES-128-GCM",)),
     replace(GOOD, suites=("AES-256-GCM",)), 21, "tls.no-common"),
    ("group", replace(ANYBODY, groups=("X25519",)), replace(GOOD, groups=("P-384",)), 21,
     "tls.no-common"),
    ("alpn", replace(ANYBODY, alpn=("h2",)), replace(GOOD, alpn=("spdy/3",)), 21,
     "tls.no-common"),
]


def refused_connects(run):
    def check(client, server_ask, status):
        with run.peer.server(server_ask) as server:
            outcome = run.tacit.client(server.port, client)
        assert outcome.status == status, f"{outcome.status}, not {status}\n{outcome.said}"
    for name, client, server_ask, status, _ in run.refused():
        status = run.peer.statuses.get(name, status)
        run.case(f"connect refused {name}", check, client, server_ask, status)
    run.case("connect refused version", check, replace(ANYBODY, version="1.3"),
             replace(GOOD, version="1.2"), 21)


def refused_visitors(run):
    def check(client, server_ask, code):
        with run.tacit.server(server_ask) as server:
            outcome = run.peer.client(server.port, client)
            if code:
                server.wait_for(rf"^failed .* {re.escape(code)} ")
        assert not outcome.ok, outcome.said
    for name, client, server_ask, _, code in run.refused():
        code = run.peer.codes.get(name, code)
        run.case(f"serve refused {name}", check, client, server_ask, code)
    run.case("serve refused version", check, replace(ANYBODY, version="1.2"),
             replace(GOOD, version="1.3"), "tls.no-common")
    if run.peer.foreign_group:
        ask = replace(ANYBODY, groups=(run.peer.foreign_group,))
        run.case("serve refused foreign group", check, ask, GOOD, "tls.no-common")
    if run.peer.schemes:
        ask = replace(ANYBODY, schemes=("ecdsa_secp384r1_sha384",))
        run.case("serve refused scheme", check, ask, Ask(cert="ed25519"), "tls.no-common")


# ---- for the programs of stacks/ -----------------------------------------------------------------

CUT = (("end", "truncated"),)


def ends(run):
    """A connection that is cut, without a close_notify, is never taken for one that has ended; and
    a visitor who leaves like that is no trouble to the next."""
    def connect(version):
        with run.peer.server(replace(GOOD, version=version, quirks=CUT)) as server:
            outcome = run.tacit.client(server.port, ANYBODY)
        assert outcome.status == 23, f"{outcome.status}\n{outcome.said}"
        same(outcome.facts, code="tls.truncated")

    def serve(version):
        with run.tacit.server(GOOD) as server:
            content(run.peer.client(server.port, replace(ANYBODY, version=version, quirks=CUT)))
            content(run.peer.client(server.port, replace(ANYBODY, version=version)))
    for version in run.peer.versions:
        run.case(f"connect {version} cut", connect, version)
        run.case(f"serve {version} cut", serve, version)


def rekeys(run):
    """The library takes new keys, in its own time or when it is told to: then three times."""
    def connect(ask):
        with run.peer.server(replace(GOOD, version="1.3", quirks=ask), files=LARGE) as server:
            got = content(run.tacit.client(server.port, ANYBODY))
        assert got.body == 3 * run.bulk, f"{len(got.body)} bytes"
        assert got.facts["key_updates_in"] >= (3 if ask else 1), got.facts

    def serve(ask):
        with run.tacit.server(GOOD) as server:
            outcome = content(run.peer.client(server.port, replace(ANYBODY, quirks=ask)))
        same(run.tacit.facts_of(outcome), key_updates_in=3)
    three = (("rekey", "3"),)
    run.case("connect rekeys", connect, three if run.peer.rekeys else ())
    if run.peer.rekeys:
        run.case("serve rekeys", serve, three)


AS_CLIENT = [connect_matrix, connect_12, connect_retry, connect_alpn, connect_client_auth,
             refused_connects]
AS_SERVER = [serve_matrix, serve_12, serve_retry, serve_alpn, serve_client_auth, key_logs,
             serve_bulk, refused_visitors]


@contextlib.contextmanager
def folder():
    """folder makes a temporary one the current one, and takes it away."""
    before, path = os.getcwd(), tempfile.mkdtemp(prefix="tacit-interop-")
    os.chdir(path)
    try:
        yield
    finally:
        os.chdir(before)
        shutil.rmtree(path)


def main(peer, *more):
    """main runs all cases of a peer and `more`, or those whose names contain all the words given on
    the command line."""
    run = Run(peer, sys.argv[1:])
    with folder(), peer.running():
        driver.make_certificates(run.tacit)
        Path("site").mkdir()
        run.bulk = random.Random(1).randbytes(1 << 20)
        run.lines = b"".join(b"%d and so on\n" % i for i in range(30000))
        Path(BULK).write_bytes(run.bulk)
        Path(LARGE).write_bytes(3 * run.bulk)
        for cases in [*(AS_CLIENT if peer.server else []), *AS_SERVER, *more]:
            cases(run)
    run.end()
