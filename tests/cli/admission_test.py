#!/usr/bin/env python3
"""--pin and --allow of `connect`, --allow of `serve`: who gets in, who does not, and what is said.
"""

import json

import tool


def keys(port):
    """keys lists the SHA-256 of each key of the server's path, the leaf's first."""
    said = tool.expect(0, *tool.connect_words(port, "--json")).stdout
    return [cert["key_sha256"] for cert in json.loads(said)["peer"]["chain"]]


def connect(status, port, *words, err=None):
    return tool.expect(status, *tool.connect_words(port, "--json", *words), err=err)


def test_pins():
    tool.make_ca()
    none = "00" * 32
    with tool.serve("--status") as server:
        leaf, root = keys(server.port)
        assert len(leaf) == 64 and leaf != root
        for pin in (leaf, root, leaf.upper()):
            connect(0, server.port, "--pin", pin)
        connect(0, server.port, "--pin", none, "--pin", root)
        done = tool.expect(34, *tool.connect_words(server.port, "--pin", none), err="wrong key")
        assert leaf in done.stderr.decode() and b"cert.pin-mismatch" in done.stderr
        o = json.loads(connect(34, server.port, "--pin", none).stdout)
        assert o["code"] == "cert.pin-mismatch" and o["reason"] == "CERT_PIN_MISMATCH"
        # A pin makes nothing valid, and holds where nothing else is verified.
        tool.expect(30, "connect", f"localhost:{server.port}", "--json", "--pin", leaf)
        connect(0, server.port, "--insecure", "--pin", leaf)
        connect(34, server.port, "--insecure", "--pin", root)
        for bad in ("", leaf[:-2], leaf + "00", "z" + leaf[1:], "sha256//" + leaf):
            connect(2, server.port, "--pin", bad, err="64 hexadecimal digits")


def test_a_server_on_the_list():
    with tool.serve("--status") as server:
        leaf, root = keys(server.port)
        for yes in ("DNS:localhost", "DNS:LOCALHOST", "IP:127.0.0.1", "IP:127.0.0.0/8", "IP:::1",
                    f"SPKI:{leaf}"):
            connect(0, server.port, "--allow", yes)
        for no in ("DNS:other.test", "DNS:*.localhost.test", "IP:127.0.0.2",
                   "URI:https://localhost", "EMAIL:*@localhost", f"SPKI:{root}"):
            connect(31, server.port, "--allow", no)
            connect(31, server.port, "--allow", no, "--insecure")
        connect(0, server.port, "--allow", "DNS:other.test", "--allow", "DNS:localhost")
        words = tool.connect_words(server.port, "--allow", "DNS:other.test")
        tool.expect(31, *words, err="found       DNS:localhost")
        for bad in ("localhost", "dns:localhost", "CN:localhost", "DNS", ""):
            connect(2, server.port, "--allow", bad, err="--allow takes")
        for bad in ("DNS:", "DNS:*.com", "DNS:l*.test", "IP:127.0.0.1/8", "URI:spiffe://a/b/../c",
                    "URI:spiffe://a/**", "EMAIL:a@*", f"SPKI:{leaf[1:]}"):
            connect(2, server.port, "--allow", bad, err="entry 0 of `allow`")


def test_a_name_of_another_kind():
    """--name URI: and its like say who the server is, whatever host it runs on."""
    uri = "spiffe://a.test/ns/x/db"
    tool.expect(0, "ca", "issue", "ca", "db.test", "--uri", uri)
    with tool.serve("--status", cert="db.test") as server:
        connect(31, server.port)
        connect(31, server.port, "--allow", f"URI:{uri}")
        for yes in (f"URI:{uri}", "URI:spiffe://a.test/ns/*/db", "DNS:db.test"):
            said = json.loads(connect(0, server.port, "--name", yes).stdout)
            assert said["verified"] and said["name_by_allow"], said
            assert said["services"]["authentication"]["server"] == yes, said
        for no in ("URI:spiffe://a.test/ns/x/web", "DNS:localhost", "IP:127.0.0.1"):
            connect(31, server.port, "--name", no)
        said = tool.expect(0, *tool.connect_words(server.port, "--name", f"URI:{uri}", "--get",
                                                  "/")).stderr
        assert f"identity    URI:{uri}".encode() in said, said
        connect(2, server.port, "--name", f"URI:{uri}", "--allow", "DNS:db.test", err="--allow")
        connect(2, server.port, "--name", f"URI:{uri}", "--insecure", err="--insecure")
        connect(2, server.port, "--name", "URI:spiffe://a/**", err="entry 0 of `allow`")


def test_clients_on_the_list():
    tool.expect(0, "ca", "issue", "ca", "web.test", "--client", "--uri", "spiffe://a.test/ns/x/web")
    alice = ["--cert", "alice.test.pem", "--key", "alice.test.key"]
    web = ["--cert", "web.test.pem", "--key", "web.test.key"]
    words = ["--status", "--client-ca", "ca/ca.pem"]
    for version in ("1.2", "1.3"):
        with tool.serve(*words, "--allow", "URI:spiffe://a.test/ns/*/web", "--allow",
                        "DNS:bob.test") as server:
            get = ["--get", "/", "--max", version]
            tool.expect(0, *tool.connect_words(server.port, *web, *get))
            tool.expect(36, *tool.connect_words(server.port, *alice, *get), err="access_denied")
            tool.expect(35 if version == "1.3" else 22, *tool.connect_words(server.port, *get))
            server.wait_for("CERT_NOT_ALLOWED")
            assert "alice.test" in server.log() and "cert.name-mismatch" in server.log()
    # Where a certificate is optional, whoever shows one has to be on the list.
    with tool.serve(*words, "--optional", "--allow", "DNS:bob.test") as server:
        tool.expect(0, *tool.connect_words(server.port, "--get", "/"))
        tool.expect(36, *tool.connect_words(server.port, *alice, "--get", "/"))


def test_usage():
    words = ["serve", "--status", "--listen", "127.0.0.1:0", "--cert", "localhost.pem", "--key",
             "localhost.key", "--allow", "DNS:a.test"]
    tool.expect(2, *words, err="--client-ca")
    tool.expect(2, *words, "DNS:*", "--client-ca", "ca/ca.pem")
    tool.expect(2, *words[:-1], "DNS:*", "--client-ca", "ca/ca.pem", err="entry 0")


tool.main()
