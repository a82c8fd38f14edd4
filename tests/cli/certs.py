"""certs: certificates for the tests of `tacit inspect`, made by OpenSSL in the current folder."""

import subprocess

ROOT = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign",
        "subjectKeyIdentifier=hash"]
MIDDLE = ["basicConstraints=critical,CA:TRUE,pathlen:0", "keyUsage=critical,keyCertSign,cRLSign",
          "nameConstraints=critical,permitted;DNS:leaf.test,excluded;IP:0.0.0.0/0.0.0.0",
          "subjectKeyIdentifier=hash", "authorityKeyIdentifier=keyid"]


def openssl(*words, stdin=None):
    """openssl runs it and returns what it prints."""
    done = subprocess.run(["openssl", *words], input=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def make(name, config, *words, key="ec:P-256", issuer="root", subject="/CN=leaf.test"):
    """make makes NAME.pem and NAME.key, with the lines of `config` as extensions."""
    with open(f"{name}.cnf", "w") as f:
        f.write("[req]\ndistinguished_name=n\nprompt=no\n[n]\n[x]\n" + "\n".join(config) + "\n")
    kind, _, size = key.partition(":")
    option = {"ec": ["-pkeyopt", f"ec_paramgen_curve:{size}"], "rsa": ["-pkeyopt",
                                                                       f"rsa_keygen_bits:{size}"]}
    signer = ["-CA", f"{issuer}.pem", "-CAkey", f"{issuer}.key"] if issuer else []
    openssl("req", "-x509", "-newkey", kind, *option.get(kind, []), "-nodes", "-keyout",
            f"{name}.key", "-out", f"{name}.pem", "-subj", subject, "-config", f"{name}.cnf",
            "-extensions", "x", *signer, *words)


def write(name, *parts):
    """write puts files behind one another, and returns the name."""
    with open(name, "wb") as out:
        for part in parts:
            out.write(open(part, "rb").read())
    return name


def der(tag, *parts):
    """der encodes one element."""
    body = b"".join(parts)
    n = len(body)
    size = bytes([n]) if n < 128 else bytes([0x82, n >> 8, n & 255])
    return bytes([tag]) + size + body
