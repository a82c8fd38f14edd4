#!/usr/bin/env python3
"""`tacit inspect`: it shows what OpenSSL sees, and of whatever it is fed says what it is."""

import json
import re
import time

import tool
from certs import MIDDLE, ROOT, make, openssl, write

LEAF = ["subjectAltName=DNS:leaf.test,DNS:*.leaf.test,IP:10.0.0.1,IP:2001:db8::1,"
        "email:a@leaf.test,URI:spiffe://leaf.test/a", "keyUsage=critical,digitalSignature",
        "extendedKeyUsage=serverAuth,clientAuth", "subjectKeyIdentifier=hash",
        "authorityKeyIdentifier=keyid", "certificatePolicies=1.2.3.4,2.23.140.1.2.1",
        "crlDistributionPoints=URI:http://crl.test/a.crl", "tlsfeature=status_request",
        "authorityInfoAccess=OCSP;URI:http://ocsp.test,caIssuers;URI:http://ca.test/a.cer"]
MIDDLE = ["basicConstraints=critical,CA:TRUE,pathlen:0", "keyUsage=critical,keyCertSign,cRLSign",
          "nameConstraints=critical,permitted;DNS:leaf.test,excluded;IP:0.0.0.0/0.0.0.0",
          "subjectKeyIdentifier=hash", "authorityKeyIdentifier=keyid"]


def inspect(*words, status=0, **options):
    return json.loads(tool.expect(status, "inspect", *words, "--json", **options).stdout)


def first(*words, **options):
    return inspect(*words, **options)["objects"][0]


def text(*words, status=0, **options):
    return tool.expect(status, "inspect", *words, **options).stdout.decode()


def test_certificates():
    make("root", ROOT, issuer=None, subject="/O=Roots & Co/CN=root.test")
    make("middle", MIDDLE, subject="/CN=middle.test")
    make("leaf", LEAF, "-days", "90", issuer="middle", subject="/C=DE/O=A, B/CN=leaf.test")
    o = inspect("leaf.pem")
    assert o["schema"] == "tacit.inspect/1" and o["code"] == "ok" and o["source"] == "leaf.pem"
    assert o["lint"] is None and len(o["objects"]) == 1
    leaf = o["objects"][0]
    assert leaf["kind"] == "certificate" and leaf["refused"] is None and leaf["ca"] is False
    assert leaf["names"] == [
        {"kind": "DNS", "name": "leaf.test"}, {"kind": "DNS", "name": "*.leaf.test"},
        {"kind": "IP", "name": "10.0.0.1"}, {"kind": "IP", "name": "2001:db8::1"},
        {"kind": "email", "name": "a@leaf.test"},
        {"kind": "URI", "name": "spiffe://leaf.test/a"}]
    assert leaf["key_usage"] == ["digitalSignature"] and leaf["days_left"] in (89, 90)
    assert leaf["extended_key_usage"] == ["serverAuth", "clientAuth"]
    assert leaf["policies"] == ["1.2.3.4", "2.23.140.1.2.1"]
    assert leaf["crl_urls"] == [{"kind": "URI", "name": "http://crl.test/a.crl"}]
    assert leaf["ocsp_urls"] == [{"kind": "URI", "name": "http://ocsp.test"}]
    assert leaf["issuer_urls"] == [{"kind": "URI", "name": "http://ca.test/a.cer"}]
    assert leaf["tls_features"] == ["status_request"]
    middle = first("middle.pem")
    assert middle["ca"] is True and middle["path_length"] == 0
    assert middle["name_constraints"] == [{"kind": "permitted DNS", "name": "leaf.test"},
                                          {"kind": "excluded IP", "name": "0.0.0.0/0"}]


def seen_by_openssl(cert):
    """seen_by_openssl reads the facts that both know from what `openssl x509` prints."""
    lines = openssl("x509", "-in", cert, "-noout", "-subject", "-issuer", "-serial", "-startdate",
                    "-enddate", "-dateopt", "iso_8601", "-fingerprint", "-sha256", "-nameopt",
                    "RFC2253").decode().splitlines()
    facts = dict(line.split("=", 1) for line in lines)
    spki = openssl("pkey", "-pubin", "-outform", "DER",
                   stdin=openssl("x509", "-in", cert, "-noout", "-pubkey"))
    digest = openssl("dgst", "-sha256", "-r", stdin=spki).decode().split()[0]
    whole = openssl("x509", "-in", cert, "-noout", "-text").decode()
    return {"subject": facts["subject"], "issuer": facts["issuer"],
            "serial": facts["serial"].lower(), "key_sha256": digest,
            "not_before": facts["notBefore"].replace(" ", "T"),
            "not_after": facts["notAfter"].replace(" ", "T"),
            "sha256": facts["sha256 Fingerprint"].replace(":", "").lower(),
            "bits": int((re.search(r"Public-Key: \((\d+) bit\)", whole) or [0, 256])[1]),
            "signature": re.search(r"Signature Algorithm: (\S+)", whole)[1].lower()}


def test_openssl_agrees():
    make("rsa", LEAF, key="rsa:2048", subject="/O=Caf\u00e9/CN=\u001b[1m")
    make("edward", LEAF, key="ed25519")
    make("p384", LEAF, key="ec:P-384")
    names = {"RSA-SHA256": "sha256withrsaencryption"}
    for cert in "root", "middle", "leaf", "rsa", "edward", "p384":
        ours, theirs = first(f"{cert}.pem"), seen_by_openssl(f"{cert}.pem")
        ours["bits"] = 256 if ours["key"]["algorithm"] == "Ed25519" else ours["key"]["bits"]
        ours["signature"] = names.get(ours["signature"], ours["signature"]).lower()
        for fact, value in theirs.items():
            assert ours[fact] == value, (cert, fact, ours[fact], value)
    assert first("rsa.pem")["key"]["algorithm"] == "RSA"
    assert first("p384.pem")["key"] == {"algorithm": "EC", "bits": 384, "curve": "P-384"}


def test_text():
    shown = text("leaf.pem")
    assert re.search(r"^expires     in (89|90) days   \d{4}-\d\d-\d\d ", shown, re.M), shown
    assert "names       DNS leaf.test\n            DNS *.leaf.test\n" in shown
    assert "pin         " + first("leaf.pem")["key_sha256"] in shown
    assert "authority   yes, for leaves only" in text("middle.pem")
    make("wide", [LEAF[0] + ",".join([""] + [f"DNS:n{i}.leaf.test" for i in range(40)])],
         subject="/O=" + "x" * 64 + "/OU=" + "y" * 64 + "/CN=" + "z" * 40)
    shown = text("wide.pem")
    assert "and 30 more" in shown and len(first("wide.pem")["names"]) == 46
    assert max(len(line) for line in shown.splitlines()) <= 100, shown


def test_control_bytes_are_not_echoed():  # bug class 129
    with open("bad.cnf", "wb") as f:
        f.write(b"[req]\ndistinguished_name=n\nprompt=no\n[n]\n[x]\n"
                b"subjectAltName=DNS:a\x1b[2Jb,URI:x:\x07\n")
    openssl("req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", "bad.key", "-out",
            "bad.pem", "-subj", "/CN=\x1b]0;pwned\x07", "-config", "bad.cnf", "-extensions", "x")
    for words in (["bad.pem"], ["bad.pem", "--lint"], ["bad.pem", "--json"], ["x\x1b[2J.pem"]):
        done = tool.run("inspect", *words)
        assert b"\x1b" not in done.stdout + done.stderr and b"\x07" not in done.stdout


def test_chain():
    write("chain.pem", "leaf.pem", "middle.pem", "root.pem")
    links = [(o["issuer_link"], o.get("issuer_object")) for o in inspect("chain.pem")["objects"]]
    assert links == [("signed", 2), ("signed", 3), ("self-signed", 3)]
    tree = text("chain.pem").split("\nchain ")[1].splitlines()
    assert [line.split()[-1] for line in tree[1:4]] == ["self-signed", "3", "2"], tree
    assert tree[2].index("2  CN=middle") < tree[3].index("1  CN=leaf")
    # A name and a key identifier make nobody an issuer.
    ski = first("middle.pem")["subject_key_id"]
    make("liar", [*MIDDLE[:3], f"subjectKeyIdentifier={ski}"], subject="/CN=middle.test")
    write("lie.pem", "leaf.pem", "liar.pem")
    assert inspect("lie.pem")["objects"][0]["issuer_link"] == "not-signed-by-it"
    assert "did NOT sign it" in text("lie.pem")
    write("both.pem", "leaf.pem", "liar.pem", "middle.pem")
    assert inspect("both.pem")["objects"][0]["issuer_object"] == 3
    assert inspect("leaf.pem")["objects"][0]["issuer_link"] == "absent"


def test_keys():
    write("pair.pem", "leaf.key", "leaf.pem", "root.key")
    objects = inspect("pair.pem")["objects"]
    assert objects[0]["kind"] == "private key" and objects[0]["matches"] == [2]
    assert objects[2]["matches"] == [] and objects[0]["label"] == "PRIVATE KEY"
    shown = text("pair.pem")
    assert "belongs to  certificate 2" in shown and "belongs to  no certificate here" in shown
    assert "matches" not in first("leaf.key")
    openssl("pkey", "-in", "rsa.key", "-pubout", "-out", "rsa.pub")
    public = first("rsa.pub")
    assert public["kind"] == "public key" and public["key"] == {"algorithm": "RSA", "bits": 2048}
    openssl("rsa", "-in", "rsa.key", "-traditional", "-out", "rsa.old")
    openssl("pkcs8", "-topk8", "-in", "rsa.key", "-passout", "pass:word", "-out", "rsa.enc")
    with open("word", "w") as f:
        f.write("word\n")
    with open("wrong", "w") as f:
        f.write("drow\n")
    for name, *words in (["rsa.old"], ["rsa.enc", "--password-file", "word"]):
        assert first(name, *words)["key_sha256"] == public["key_sha256"]
    assert "--password-file" in text("rsa.enc", status=3)
    assert "does not open" in text("rsa.enc", "--password-file", "wrong", status=3)


def secrets_of(key):
    """secrets_of lists the private numbers of a key, as hexadecimal digits."""
    found = openssl("pkey", "-in", key, "-noout", "-text").decode().split("pub:")[0]
    blocks = re.findall(r"(?:\s*[0-9a-f]{2}:)+\s*[0-9a-f]{2}", found.split("publicExponent")[-1])
    return [re.sub(r"[\s:]", "", block) for block in blocks if len(block) > 40]


def test_secrets_are_not_shown():
    for key in "rsa.key", "leaf.key", "edward.key":
        body = "".join(open(key).read().splitlines()[1:-1])
        for words in ([], ["--json"], ["--lint"]):
            said = tool.run("inspect", key, *words)
            said = (said.stdout + said.stderr).decode().lower()
            numbers = secrets_of(key)
            assert numbers and not [n for n in numbers if n[2:34] in said]
            assert body[40:60].lower() not in said


def test_store():
    for name, password in ("sealed", "word"), ("open", ""):
        openssl("pkcs12", "-export", "-in", "leaf.pem", "-inkey", "leaf.key", "-certfile",
                "middle.pem", "-passout", f"pass:{password}", "-out", f"{name}.p12")
    for words in (["sealed.p12", "--password-file", "word"], ["open.p12"]):
        kinds = [o["kind"] for o in inspect(*words)["objects"]]
        assert kinds == ["private key", "certificate", "certificate"]
    assert "--password-file" in text("sealed.p12", status=3)
    assert "does not open" in text("sealed.p12", "--password-file", "wrong", status=3)


def test_much_is_read_in_time():
    """Ten megabytes of beginnings without an end cost no more than reading them."""
    before = time.monotonic()
    done = tool.run("inspect", "-", stdin=b"-----BEGIN CERTIFICATE-----\n" * 360000)
    assert done.returncode == 3 and b"too much" in done.stderr
    assert time.monotonic() - before < 10


def test_what_to_do():
    with open("empty", "w"):
        pass
    for words, said in ((["rsa.enc"], "--password-file"),
                        (["rsa.enc", "--password-file", "wrong"], "look for blanks"),
                        (["empty"], "PEM, DER or PKCS#12")):
        hint = tool.expect(3, "inspect", *words).stderr.decode().splitlines()[-1]
        assert hint.startswith("hint ") and said in hint, hint
    tool.expect(3, "inspect", "rsa.enc", "--password-file", "nowhere",
                err="cannot read the password file nowhere: No such file")


def test_work_is_bounded():
    """A file says how much work its password costs; absurdly much is not begun."""
    asked, absurd = b"\2\3\1\x86\xa0", b"\2\3\x7f\xff\xff"
    for name, *words in ["bare", "-nomac", "-certpbe", "AES-256-CBC"], ["slow"]:
        openssl("pkcs12", "-export", "-in", "leaf.pem", "-inkey", "leaf.key", "-passout",
                "pass:word", "-iter", "100000", *words, "-out", f"{name}.p12")
        store = open(f"{name}.p12", "rb").read()
        parts = store.split(asked)
        said = text(f"{name}.p12", "--password-file", "word", status=3 if words else 0)
        assert "absurdly" not in said and len(parts) == (3 if words else 4)
        for n in range(1, len(parts)) if words else [3]:  # each part; the MAC, which is the last
            worse = asked.join(parts[:n]) + absurd + asked.join(parts[n:])
            said = text("-", "--password-file", "word", status=3, stdin=worse)
            assert "absurdly much" in said, (name, n)
    openssl("pkcs8", "-topk8", "-in", "leaf.key", "-iter", "100000", "-passout", "pass:word",
            "-outform", "DER", "-out", "slow.key")
    assert first("slow.key", "--password-file", "word")["kind"] == "private key"
    worse = open("slow.key", "rb").read().replace(asked, absurd)
    assert "absurdly much" in text("-", "--password-file", "word", status=3, stdin=worse)


def test_request():
    openssl("req", "-new", "-key", "leaf.key", "-subj", "/CN=new.test", "-addext",
            "subjectAltName=DNS:new.test,IP:10.0.0.2", "-out", "new.csr")
    request = first("new.csr")
    assert request["kind"] == "signing request" and request["subject"] == "CN=new.test"
    assert [n["name"] for n in request["names"]] == ["new.test", "10.0.0.2"]
    assert request["signed_by_its_key"] is True
    der = bytearray(openssl("req", "-in", "new.csr", "-outform", "DER"))
    der[-1] ^= 1
    request = first("-", stdin=bytes(der))
    assert request["signed_by_its_key"] is False
    assert "NOT by its own key" in text("-", stdin=bytes(der))


def make_list(*extensions):
    with open("crl.cnf", "w") as f:
        f.write("[ca]\ndefault_ca=d\n[d]\ndatabase=crl.db\ncrlnumber=crl.n\ncrl_extensions=x\n"
                "default_md=sha256\n[x]\nauthorityKeyIdentifier=keyid\n" + "\n".join(extensions))
    for name, content in ("crl.db", ""), ("crl.n", "2a\n"):
        with open(name, "w") as f:
            f.write(content)
    words = ["ca", "-config", "crl.cnf", "-cert", "middle.pem", "-keyfile", "middle.key"]
    openssl(*words, "-revoke", "leaf.pem", "-crl_reason", "keyCompromise")
    openssl(*words, "-gencrl", "-crldays", "7", "-out", "middle.crl")


def test_list():
    make_list()
    crl = first("middle.crl")
    assert crl["kind"] == "revocation list" and crl["issuer"] == "CN=middle.test"
    assert crl["number"] == "2a" and crl["n_entries"] == 1 and crl["days_left"] in (6, 7)
    assert crl["entries"][0]["serial"] == first("leaf.pem")["serial"]
    assert crl["entries"][0]["reason"] == "keyCompromise"
    shown = text("middle.crl")
    assert "keyCompromise" in shown and "entries     1" in shown
    der = openssl("crl", "-in", "middle.crl", "-outform", "DER")
    assert first("-", stdin=der)["entries"] == crl["entries"]
    make_list("issuingDistributionPoint=critical,@p", "[p]", "onlyuser=TRUE",
              "fullname=URI:http://crl.test/a.crl")
    assert first("middle.crl")["scope"] == ["end entities only"]
    assert first("middle.crl")["points"][0]["name"] == "http://crl.test/a.crl"
    make_list("issuingDistributionPoint=critical,@p", "[p]", "indirectCRL=TRUE")
    refused = first("middle.crl", status=3)
    assert "indirect" in refused["scope"][0] and refused["refused"]


def test_ocsp():
    with open("index.txt", "w") as f:
        f.write(f"V\t350101000000Z\t\t{first('leaf.pem')['serial'].upper()}\tunknown\t/CN=a\n")
    openssl("ocsp", "-issuer", "middle.pem", "-cert", "leaf.pem", "-reqout", "ask.der")
    openssl("ocsp", "-index", "index.txt", "-CA", "middle.pem", "-rsigner", "middle.pem", "-rkey",
            "middle.key", "-reqin", "ask.der", "-respout", "answer.der", "-ndays", "3")
    answer = first("answer.der")
    assert answer["kind"] == "OCSP response" and answer["responder"] == "CN=middle.test"
    assert answer["answers"][0]["status"] == "good"
    assert answer["answers"][0]["serial"] == first("leaf.pem")["serial"]
    shown = text("answer.der")
    assert "good  " in shown and " ok" not in shown


def author(source, *words, **options):
    """author is what is told of the signature of the last object, as JSON and as text."""
    shown = re.findall("^signed      (.*(?:\n            .*)*)", text(source, *words, **options),
                       re.M)
    return inspect(source, *words, **options)["objects"][-1]["authorship"], \
        re.sub(r"\s+", " ", shown[-1])


def write_pem(name, der):
    with open("one.der", "wb") as f:
        f.write(der)
    body = openssl("base64", "-in", "one.der").decode()
    with open(name, "w") as f:
        f.write(f"-----BEGIN OCSP RESPONSE-----\n{body}-----END OCSP RESPONSE-----\n")


def test_author():
    """Who signed a list or a response is said only if the issuer is at hand to check it."""
    make_list()
    openssl("ocsp", "-index", "index.txt", "-CA", "middle.pem", "-rsigner", "middle.pem", "-rkey",
            "middle.key", "-reqin", "ask.der", "-respout", "bare.der", "-ndays", "3",
            "-resp_no_certs")
    der = open("bare.der", "rb").read()
    write_pem("answer.pem", der)
    write_pem("forged-answer.pem", der[:-1] + bytes([der[-1] ^ 1]))
    crl = bytearray(openssl("crl", "-in", "middle.crl", "-outform", "DER"))
    crl[-1] ^= 1
    with open("forged.der", "wb") as f:
        f.write(crl)
    openssl("crl", "-in", "forged.der", "-inform", "DER", "-out", "forged.crl")
    for name, forged, reason in (("middle.crl", "forged.crl", "CRL_BAD_SIGNATURE"),
                                 ("answer.pem", "forged-answer.pem", "OCSP_NOT_AUTHENTIC")):
        told, shown = author(name)
        assert told["checked"] is False and told["authentic"] is None and told["signer"] is None
        assert told["reason"] == "SIGNER_ABSENT" and "--ca" in told["advice"], told
        assert shown.startswith("nobody's signature was checked"), shown
        told, shown = author(name, "--ca", "middle.pem")
        assert told["authentic"] is True and told["current"] is True and told["code"] == "ok"
        assert told["signer"] == "CN=middle.test" and told["signer_from"] == "ca"
        assert shown == "by CN=middle.test, given by --ca: checked, and current"
        told, shown = author(forged, "--ca", "middle.pem")
        assert told["authentic"] is False and told["signer"] is None and told["reason"] == reason
        assert told["current"] is None and shown.startswith("NOT authentic: "), shown
        write("with.pem", "root.pem", "middle.pem", name)  # found is less than given
        told, shown = author("with.pem", "--ca", "root.pem")
        assert told["authentic"] is True and told["signer_from"] == "input"
        assert "which lies here too: checked, and current" in shown
        write("liar-with.pem", "liar.pem", name)
        told, _ = author("liar-with.pem")
        assert (told["reason"] == reason) == (name == "middle.crl"), told  # CertIDs name keys
        assert author("liar-with.pem", "--ca", "middle.pem")[0]["signer_from"] == "ca"
        write("with.pem", "middle.pem", name)  # a namesake by --ca hides nobody
        assert author("with.pem", "--ca", "liar.pem")[0]["authentic"] is True
        words = [w["word"] for w in inspect(forged, "--lint", "--ca", "middle.pem",
                                            status=37)["lint"]]
        assert "not-authentic" in words
        assert "not-authentic" not in str(inspect(name, "--lint", "--ca", "middle.pem")["lint"])


def test_old_statements():
    """What is authentic and old is told as both."""
    openssl("ca", "-config", "crl.cnf", "-cert", "middle.pem", "-keyfile", "middle.key", "-gencrl",
            "-crl_lastupdate", "20200101000000Z", "-crl_nextupdate", "20200201000000Z", "-out",
            "old.crl")
    told, shown = author("old.crl", "--ca", "middle.pem")
    assert told["authentic"] is True and told["current"] is False, told
    assert told["reason"] == "CRL_EXPIRED" and "tacit ca crl" in told["advice"]
    assert shown == "by CN=middle.test, given by --ca: checked; but it is NOT current"


def test_unreadable_answer():
    """The library's reader is the stricter one: what it refuses is said to be refused."""
    der = bytearray(open("answer.der", "rb").read())
    der[der.index(b"\x18\x0f") + 16] = ord("+")  # producedAt ends in another letter
    answer = first("-", stdin=bytes(der), status=3)
    assert answer["refused"]["reason"] == "OCSP_UNREADABLE" and "authorship" not in answer
    busy = first("-", stdin=bytes.fromhex("30030a0103"))  # tryLater
    assert busy["response_status"] == "trylater" and "authorship" not in busy
    assert busy["refused"] is None


def test_verification_of_a_file():
    """The report is the one of `verify`: in JSON the same object, in text the same rows."""
    good = ["--ca", "root.pem"]
    make("server", [LEAF[0].split(",IP")[0], *LEAF[1:5]], issuer="middle")
    write("chain.pem", "server.pem", "middle.pem")
    v = inspect("chain.pem", *good)["verification"]
    assert v["valid"] is True and v["code"] == "ok" and v["name"] is None and v["paths"]
    assert v["anchor"] == "CN=root.test,O=Roots & Co" and v["handshake"] is None
    said = text("chain.pem", *good)
    assert "verified    for servers, by CN=root.test" in said and "no name and no" in said
    for name, words in ("server.pem", good), ("chain.pem", ["--ca", "rsa.pem"]):
        report = json.loads(tool.run("verify", name, *words, "--json").stdout)
        v = inspect(name, *words)["verification"]  # status 0: it is told, and decides nothing
        assert v["valid"] is False and v["paths"] == report["paths"] != []
        assert {k: v[k] for k in report if k in v and k not in ("paths",)} == \
            {k: report[k] for k in report if k in v and k not in ("paths",)}
        said = re.sub(r"\n            ", " ", text(name, *words))
        rows = tool.run("verify", name, *words).stderr.decode().splitlines()
        assert len(rows) >= 4
        for row in rows[1:]:
            assert re.sub(r"\s+", "", row) in re.sub(r"\s+", "", said), (row, said)
    make("client", ["keyUsage=digitalSignature", "extendedKeyUsage=clientAuth"], issuer="root")
    assert "verified    for clients, by " in text("client.pem", *good)
    for name in "middle.pem", "rsa.key":  # there is nothing to ask
        assert inspect(name, *good)["verification"] is None
        assert "valid" not in text(name, *good)


def test_several_kinds_in_one_file():
    write("mix.pem", "leaf.pem", "leaf.key", "new.csr", "rsa.pub", "middle.crl", "root.pem")
    kinds = [o["kind"] for o in inspect("mix.pem")["objects"]]
    assert kinds == ["certificate", "private key", "signing request", "public key",
                     "revocation list", "certificate"]


def test_what_it_is():
    pem = open("leaf.pem", "rb").read()
    for content, what in (
            (b"", "empty"), (b"hello\n", "plain text"), (b"\0\1\2\3", "binary"),
            (b"{\"kty\":\"EC\"}", "JSON"), (b"ssh-ed25519 AAAA x\n", "an SSH public key"),
            (b"<html>", "HTML"), (b"PK\x03\x04....", "zip"), (b"\xfe\xed\xfe\xed....", "JKS"),
            (b"PuTTY-User-Key-File-3: x", "PuTTY"), (b"MIIBIjANBgkq", "base64 without"),
            (b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
             "an OpenSSH private key"),
            (b"-----BEGIN ODD-----\nAAAA\n-----END ODD-----\n", 'PEM block "ODD"'),
            (b"-----BEGIN CERTIFICATE-----\n&&&&\n-----END CERTIFICATE-----\n", "no base64"),
            (pem[:200], "has no END line"), (pem[:200] + pem, "has no END line")):
        assert what in text("-", status=3, stdin=content), (content, what)
    assert "END line" in text("-", status=3, stdin=pem[:200] + pem)
    openssl("crl2pkcs7", "-nocrl", "-certfile", "leaf.pem", "-out", "bundle.p7")
    assert "a PKCS#7 bundle" in text("bundle.p7", status=3)
    der = openssl("crl2pkcs7", "-nocrl", "-certfile", "leaf.pem", "-outform", "DER")
    assert "a PKCS#7 bundle" in text("-", status=3, stdin=der)
    tool.expect(3, "inspect", "nowhere.pem", err="cannot read nowhere.pem")
    tool.expect(3, "inspect", ".", err="cannot read")


def test_cut_short():
    """Every prefix of every kind is told apart from the whole, and is no crash."""
    wholes = [openssl("x509", "-in", "leaf.pem", "-outform", "DER"),
              openssl("crl", "-in", "middle.crl", "-outform", "DER"),
              openssl("req", "-in", "new.csr", "-outform", "DER"),
              openssl("pkey", "-in", "leaf.key", "-outform", "DER"),
              open("answer.der", "rb").read(), open("open.p12", "rb").read()]
    for whole in wholes:
        for n in {1, 2, 4, 20, len(whole) // 2, len(whole) - 1}:
            assert tool.run("inspect", "-", stdin=whole[:n]).returncode in (3, 37), (whole[:9], n)
        assert tool.run("inspect", "-", stdin=whole + b"\0").returncode in (3, 37), whole[:9]
        for n in range(0, len(whole), max(1, len(whole) // 16)):
            broken = bytearray(whole)
            broken[n] ^= 0x80
            assert tool.run("inspect", "-", "--lint", stdin=bytes(broken)).returncode in \
                (0, 3, 32, 37), (whole[:9], n)


def test_our_parser_judges():
    der = bytearray(openssl("x509", "-in", "leaf.pem", "-outform", "DER"))
    at = der.index(bytes.fromhex("06082a8648ce3d040302"))  # the algorithm, which stands there twice
    der[at + 9] = 3
    refused = first("-", status=37, stdin=bytes(der))["refused"]
    assert refused["reason"] == "CERT_ALGORITHMS_DIFFER" and refused["rule"].startswith("RFC 5280")
    assert "refused     " in text("-", status=37, stdin=bytes(der))


def test_host():
    tool.make_ca()
    with tool.serve() as server:
        where = f"localhost:{server.port}"
        o = inspect(where, "--ca", "ca/ca.pem")
        assert o["source"] == where and len(o["objects"]) == 1
        assert o["objects"][0]["names"][0]["name"] == "localhost"
        assert o["verification"]["valid"] is True and o["verification"]["handshake"] == "done"
        assert o["verification"]["revocation_checked"] is False
        assert "revocation was not checked" in text(where, "--ca", "ca/ca.pem")
        o = inspect(where)["verification"]
        assert o["valid"] is False and o["code"] == "cert.untrusted"
        assert "NOT valid" in text(where)
    with tool.serve("--client-ca", "ca/ca.pem", "--max", "1.2") as server:
        o = inspect(f"localhost:{server.port}", "--ca", "ca/ca.pem")
        assert len(o["objects"]) == 1 and o["verification"]["valid"] is True
        assert o["verification"]["handshake"] != "done"
    tool.make_dated("old", "20200101000000Z", "20210101000000Z")
    with tool.serve(cert="old") as server:
        o = inspect(f"localhost:{server.port}", "--ca", "ca/ca.pem")
        assert o["verification"]["code"] == "cert.expired" and o["objects"][0]["expired"] is True
    with tool.listener(lambda peer: peer.sendall(b"220 mail\r\n")) as port:
        tool.expect(20, "inspect", f"localhost:{port}", err="tacit explain tls.not-tls")
    tool.expect(11, "inspect", f"localhost:{port}")


def test_usage():
    for words in ([], ["a.pem", "b.pem"], ["leaf.pem", "--nothing"], ["a b"], ["localhost:x"]):
        assert not tool.expect(2, "inspect", *words).stdout
    tool.expect(3, "inspect", "leaf.pem", "--password-file", "nowhere")
    tool.expect(3, "inspect", "leaf.pem", "--ca", "nowhere")
    assert b"\x1b[" not in tool.expect(0, "inspect", "leaf.pem").stdout


tool.main()
