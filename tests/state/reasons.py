#!/usr/bin/env python3
"""reasons.py: which places that refuse a peer have done so while the programs of tests/state ran.

Each of them writes, to a file of its own in the folder that is given, the reasons that came up and
where. This lists them by reason, and ends with 1 if a place in the layers of the handshake never
came up: a check that no lie has met."""

import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LAYERS = ["src/record", "src/ext", "src/hs", "src/conn/channels.c"]

# No peer causes these; tests/fault, tests/unit and tests/fake do.
OURS = {"API_MISUSE", "RESOURCE", "INTERNAL", "CRYPTO"}

# Checks that no lie can meet, and why; each must still be there, and unmet.
UNMET = {
    ("run.c", "work_result", "REFUSED_BY_HOST"): "needs a host: tests/unit/conn/task_test.c",
    ("run.c", "work_result", "CERT_REFUSED_BY_HOST"): "the same",
    ("psk.c", "client_read_psk", "EXT_MALFORMED"): "a client that offers no session never reads",
    ("work.c", "kex_unwrap_with", "MESSAGE_MALFORMED"): "the message's limit comes first",
    ("client12.c", "on_server_hello", "MESSAGE_MALFORMED"): "hello.c has read it before",
    ("client12.c", "on_server_hello_done", "MESSAGE_MALFORMED"): "the message's limit comes first",
    ("secrets12.c", "set_read_key12", "MESSAGE_OVER_KEY_CHANGE"): "a record between says it first",
    ("channels.c", "route", "RECORD_TYPE"): "the record layer knows the types already",
}


def origins():
    """origins maps each reason to its origin."""
    rows = (ROOT / "src/base/reasons.def").read_text()
    return dict(re.findall(r"^REASON\((\w+),\s*\w+,\s*(\w+),", rows, re.M))


def calls(text):
    """calls yields (function, reason, first line, last line) of each fail(...) in a source."""
    for match in re.finditer(r"\bfail(?:_depth)?\(", text):
        depth, end = 1, match.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        name = re.search(r",\s*([A-Z][A-Z0-9_]+)\s*,", text[match.end() : end])
        if name:
            function = re.findall(r"^\w.*?(\w+)\(", text[: match.start()], re.M)[-1]
            first = text.count("\n", 0, match.start()) + 1
            yield function, name.group(1), first, text.count("\n", 0, end) + 1


def sources():
    """sources yields the files of the layers."""
    for layer in LAYERS:
        path = ROOT / layer
        yield from [path] if path.is_file() else sorted(path.glob("*.c"))


def seen(folder):
    """seen gives, for each reason, the places where it came up, and how many programs saw it."""
    places, programs = defaultdict(set), Counter()
    for log in Path(folder).iterdir():
        reasons = set()
        for line in log.read_text().splitlines():
            reason, place = line.split()
            file, number = place.rsplit(":", 1)
            file = re.sub(r"^.*(?=\bsrc/)", f"{ROOT}/", file)  # a compiler may know it as ../../src
            places[reason].add((file, int(number)))
            reasons.add(reason)
        programs.update(reasons)
    return places, programs


def unmet(places):
    """unmet gives the places that never came up and should, and the entries of UNMET that are no
    longer true."""
    origin, missing, stale = origins(), [], set(UNMET)
    for path in sources():
        for function, reason, first, last in calls(path.read_text()):
            if origin.get(reason) in OURS | {None}:
                continue
            met = any(f == str(path) and first <= line <= last for f, line in places[reason])
            key = (path.name, function, reason)
            if not met and key not in UNMET:
                missing.append(f"{path.relative_to(ROOT)}:{first}: {reason} never came up")
            if not met:
                stale.discard(key)
    return missing + [f"{' '.join(key)}: came up, or is gone" for key in sorted(stale)]


def main():
    """main prints the reasons that came up, then the places that did not."""
    places, programs = seen(sys.argv[1])
    missing = unmet(places)
    for reason in sorted(programs):
        where = len(places[reason])
        print(f"{reason:28} from {where} places, in {programs[reason]} programs")
    print("\n".join(missing))
    print(f"reasons: {len(programs)} came up, {len(missing)} findings")
    sys.exit(1 if missing or not programs else 0)


if __name__ == "__main__":
    main()
