#!/usr/bin/env python3
"""`tacit serve --status` in a browser: headless Chromium, which believes our authority because it
is in the database of a home made for the test, shows the page of its own handshake. With
--keep FOLDER the pictures stay there."""

import re
import shutil
import sys
from dataclasses import replace
from html import unescape
from pathlib import Path

import cases
import driver
import peers
from driver import Ask, expect, run

NEEDS = "chromium", "certutil"
LIGHT, DARK = "light.png", "dark.png"
AUTHORITY_INVALID, COMMON_NAME_INVALID = -202, -200  # Chromium's numbers
QUIET = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update", "--disable-extensions",
         "--hide-scrollbars", "--window-size=900,760", "--disable-dev-shm-usage"]


class Browser:
    """Browser has its own home, in which it believes the authorities of these files."""

    def __init__(self, home, *anchors):
        self.home = Path(home).resolve()
        database = self.home / ".pki/nssdb"
        database.mkdir(parents=True)
        expect(["certutil", "-N", "-d", f"sql:{database}", "--empty-password"])
        for anchor in anchors:
            expect(["certutil", "-A", "-d", f"sql:{database}", "-t", "C,,", "-n", anchor, "-i",
                    anchor])

    def visit(self, url, *words):
        """visit returns what the page is in the end, as HTML, and what the browser said."""
        words = [*QUIET, f"--user-data-dir={self.home / 'profile'}", *words]
        done = run(["chromium", *words, "--dump-dom", url],
                   env={"HOME": str(self.home), "XDG_CONFIG_HOME": str(self.home),
                        "XDG_CACHE_HOME": str(self.home), "DBUS_SESSION_BUS_ADDRESS": "none:"},
                   patience=90)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode(), done.stderr.decode()


def facts_of(page):
    """facts_of are the rows of the page's table."""
    return {key: unescape(value).strip()
            for key, value in re.findall(r'<td id="(\w+)">([^<]*)', page)}


def believing(test, home):
    """The page says what the browser has agreed upon with us."""
    def check(ask, **wanted):
        with test.tacit.server(replace(ask, cert="p256")) as server:
            page, _ = browser.visit(f"https://localhost:{server.port}/", f"--screenshot={LIGHT}")
        cases.same(facts_of(page), server_name="localhost", **{"hello_retry": "no", **wanted})
        assert "<h1>Your handshake</h1>" in page
        assert Path(LIGHT).read_bytes().startswith(b"\x89PNG")
    browser = Browser(home, "ca/ca.pem")
    test.case("browser 1.3", check, Ask(alpn=("http/1.1",)), version="TLS 1.3", group="X25519",
              suite="AES-128-GCM", signature="ecdsa_secp256r1_sha256", alpn="http/1.1")
    test.case("browser 1.3 retry", check, Ask(groups=("P-384",)), version="TLS 1.3",
              group="P-384", hello_retry="yes")
    test.case("browser 1.2", check, Ask(version="1.2", alpn=("http/1.1",)), version="TLS 1.2",
              group="X25519", suite="ECDHE-ECDSA-AES-128-GCM", alpn="http/1.1")
    test.case("browser client-auth optional, absent", check, Ask(client_auth="optional"),
              version="TLS 1.3", client="not proven")
    return browser


def doubting(test, home):
    """A browser that does not know the authority, or was promised another name, shows no page."""
    def check(browser, host, why):
        with test.tacit.server(Ask(cert="server-only")) as server:
            page, said = browser.visit(f"https://{host}:{server.port}/", "--enable-logging=stderr",
                                       "--host-resolver-rules=MAP other.test 127.0.0.1")
            server.wait_for(r"^failed .* tls\.peer-alert ")
        assert f"net_error {why}" in said and not facts_of(page), f"{said}\n{page}"
    test.case("browser refused untrusted", check, Browser(home, "other/ca.pem"), "localhost",
              AUTHORITY_INVALID)
    test.case("browser refused name", check, test.browser, "other.test",
              COMMON_NAME_INVALID)


def keep_pictures(test, folder):
    """keep_pictures leaves the page as it looks by day and by night, to be looked at."""
    with test.tacit.server(Ask(cert="p256")) as server:
        test.browser.visit(f"https://localhost:{server.port}/", f"--screenshot={DARK}",
                           "--blink-settings=preferredColorScheme=0")
    for picture in LIGHT, DARK:
        shutil.copy(picture, folder)


def main():
    keep = Path(sys.argv[2]).resolve() if sys.argv[1:2] == ["--keep"] else None
    driver.skip_without(*NEEDS)
    test = cases.Run(peers.Peer(), [] if keep else sys.argv[1:])
    with cases.folder():
        driver.make_certificates(test.tacit)
        test.browser = believing(test, "home")
        doubting(test, "stranger-home")
        if keep:
            keep_pictures(test, keep)
    test.end()


main()
