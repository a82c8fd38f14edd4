#!/usr/bin/env python3
"""peer_ssl: Python's ssl as a foreign peer. It reads jobs from its input and answers in lines of
JSON, as docs/internals/interop.md says ("Programs of our own")."""

import contextlib
import json
import socket
import ssl
import sys
import threading

PATIENCE = 20  # seconds, for one connection
VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
AUTH = {"off": ssl.CERT_NONE, "optional": ssl.CERT_OPTIONAL, "required": ssl.CERT_REQUIRED}
NO_EMS = 1  # SSL_OP_NO_EXTENDED_MASTER_SECRET, which ssl does not name
NO_ETM = 1 << 19  # SSL_OP_NO_ENCRYPT_THEN_MAC

output = threading.Lock()


def say(job, **facts):
    with output:
        print(json.dumps({"job": job, **facts}), flush=True)


def context_of(words, purpose):
    context = ssl.SSLContext(purpose)
    context.load_verify_locations(words["anchors"])
    context.minimum_version = VERSIONS[words.get("version", "1.2")]
    context.maximum_version = VERSIONS[words.get("version", "1.3")]
    if words.get("version") == "1.2" and "suites" in words:  # those of TLS 1.3 are all there
        context.set_ciphers(words["suites"].replace(",", ":"))
    if "alpn" in words:
        context.set_alpn_protocols(words["alpn"].split(","))
    if "cert" in words:
        context.load_cert_chain(words["cert"], words["key"])
    if "keylog" in words:
        context.keylog_filename = words["keylog"]
    context.options |= NO_EMS if words.get("ems") == "no" else 0
    context.options |= NO_ETM if words.get("etm") == "no" else 0
    return context


def at_once(raw):
    """at_once has a close_notify not wait until what went before it was acknowledged."""
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    raw.settimeout(PATIENCE)


def agreed(tls):
    return {"ok": True, "version": tls.version(), "suite": tls.cipher()[0],
            "alpn": tls.selected_alpn_protocol()}


def pieces_of(tls):
    while piece := tls.recv(65536):
        yield piece


def client(words):
    context = context_of(words, ssl.PROTOCOL_TLS_CLIENT)
    raw = socket.create_connection(("127.0.0.1", int(words["port"])), PATIENCE)
    at_once(raw)
    with raw, context.wrap_socket(raw, server_hostname=words["name"],
                                  suppress_ragged_eofs=False) as tls:
        request = b"GET %s HTTP/1.0\r\n\r\n" % words["path"].encode()
        if words.get("end") == "truncated":  # and closed without a close_notify
            tls.sendall(request[:7])
            return agreed(tls)
        tls.sendall(request)
        with open(words["out"], "wb") as out:
            out.writelines(pieces_of(tls))
        return {**agreed(tls), "end": "clean"}


def visit(words, raw, context, page):
    """visit serves one connection: it echoes, or answers a request with a page."""
    at_once(raw)
    with context.wrap_socket(raw, server_side=True, suppress_ragged_eofs=False) as tls:
        facts = agreed(tls)
        if "echo" in words:
            for piece in pieces_of(tls):
                tls.sendall(piece)
            tls.unwrap()
            return facts
        request = b""
        while b"\r\n\r\n" not in request:
            if not (piece := tls.recv(4096)):
                return {**facts, "end": "clean"}
            request += piece
        tls.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + page)
        if words.get("end") != "truncated":
            with contextlib.suppress(OSError):  # of a peer that does not wait for our end
                tls.unwrap()
        return facts


def outcome(words, work, *args):
    try:
        facts = work(words, *args)
    except ssl.SSLEOFError as error:
        facts = {"ok": False, "end": "truncated", "said": str(error)}
    except (OSError, ValueError) as error:
        facts = {"ok": False, "said": str(error)}
    say(words["job"], **facts)


def serve(words, listener):
    context = context_of(words, ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode = AUTH[words["auth"]]
    page = b"a page\n"
    if "page" in words:
        with open(words["page"], "rb") as file:
            page = file.read()
    say(words["job"], port=listener.getsockname()[1])
    while True:
        try:
            raw = listener.accept()[0]
        except OSError:
            return  # stopped
        with raw:
            outcome(words, visit, raw, context, page)


def main():
    listeners = {}
    for line in sys.stdin:
        role, *fields = line.split()
        words = dict(field.split("=", 1) for field in fields)
        if role == "client":
            outcome(words, client)
        elif role == "server":
            listener = listeners[words["job"]] = socket.create_server(
                ("127.0.0.1", int(words["port"])))
            threading.Thread(target=serve, args=(words, listener), daemon=True).start()
        elif role == "stop":
            listeners[words["job"]].shutdown(socket.SHUT_RDWR)
            listeners[words["job"]].close()


main()
