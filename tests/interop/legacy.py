"""legacy: what a peer may lack if a word of --legacy says so, in both roles; and that without the
word, or with a peer that lacks more than the word allows, nothing comes of it."""

from dataclasses import replace

from cases import ANYBODY, GOOD, content, same
from driver import Ask

OLD = replace(GOOD, version="1.2")
NOBODY = replace(OLD, cert="")
CBC = ("ECDHE-ECDSA-AES-128-CBC-HMAC",)
NO_EMS, NO_ETM = (("ems", "no"),), (("etm", "no"),)


def both(run, name, word, server, client, cert="p256", **facts):
    """both has the peer be what `server` (or None) and `client` say, to our ends with the word, and
    without it; `cert` is what our server shows."""
    def connect():
        with run.peer.server(server) as peer:
            ours = replace(ANYBODY, legacy=(word,))
            found = content(run.tacit.client(peer.port, ours)).facts
            refused = run.tacit.client(peer.port, ANYBODY)
        same(found, version="TLS 1.2", verified=True, legacy=[word], **facts)
        assert refused.status == 21, f"{refused.status}, not 21\n{refused.said}"

    def serve():
        with run.tacit.server(Ask(cert=cert, legacy=(word,))) as tacit:
            same(run.tacit.facts_of(content(run.peer.client(tacit.port, client))),
                 version="TLS 1.2", **facts)
        with run.tacit.server(GOOD) as tacit:
            refuses(run, tacit, client)
    if server:
        run.case(f"connect {name}", connect)
    run.case(f"serve {name}", serve)


def refuses(run, tacit, client):
    outcome = run.peer.client(tacit.port, client)
    assert not outcome.ok, outcome.said
    tacit.wait_for(r"^failed .* tls\.no-common ")


def transport(run):
    """The client's secret under the server's key: no group, no signature of the server."""
    for suite in run.peer.transport:
        both(run, f"rsa-transport {suite}", "rsa-transport",
             replace(OLD, cert="transport", suites=(suite,)), replace(NOBODY, suites=(suite,)),
             cert="transport", suite=suite, group=None)


def cbc_hmac(run):
    """The MAC has to be over what is encrypted; the other way round is never taken."""
    if CBC[0] in run.peer.suites12:
        both(run, "cbc-hmac", "cbc-hmac", replace(OLD, suites=CBC), replace(NOBODY, suites=CBC),
             suite=CBC[0])

    def connect():
        with run.peer.server(replace(OLD, suites=CBC, quirks=NO_ETM)) as peer:
            outcome = run.tacit.client(peer.port, replace(ANYBODY, legacy=("cbc-hmac",)))
        assert outcome.status == 21, f"{outcome.status}, not 21\n{outcome.said}"

    def serve():
        with run.tacit.server(replace(GOOD, legacy=("cbc-hmac",))) as tacit:
            refuses(run, tacit, replace(NOBODY, suites=CBC, quirks=NO_ETM))
    if run.peer.no_etm:
        run.case("connect cbc-hmac without encrypt-then-MAC", connect)
        run.case("serve cbc-hmac without encrypt-then-MAC", serve)


def no_ems(run):
    if run.peer.no_ems:
        server = replace(OLD, quirks=NO_EMS) if run.peer.ems_server else None
        both(run, "no-ems", "no-ems", server, replace(NOBODY, quirks=NO_EMS))


ALL = [transport, cbc_hmac, no_ems]
