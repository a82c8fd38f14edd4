#!/usr/bin/env python3
"""ARCHITECTURE.md shows the state machines that the tool prints; --write brings it in step."""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "ARCHITECTURE.md"
MARK = "`tacit tables states` prints:\n\n```\n"


def printed():
    tool = os.environ.get("TACIT", ROOT / "build" / "release" / "tacit")
    run = subprocess.run([tool, "tables", "states"], capture_output=True, text=True, check=True)
    return "\n".join(line.rstrip() for line in run.stdout.splitlines()) + "\n"


def main():
    page = PAGE.read_text()
    head, mark, rest = page.partition(MARK)
    shown, fence, tail = rest.partition("```")
    assert mark and fence, "the page has no block to hold the tables"
    if "--write" in sys.argv:
        PAGE.write_text(head + mark + printed() + fence + tail)
    elif shown != printed():
        sys.exit(f"ARCHITECTURE.md is out of step: run {pathlib.Path(__file__).name} --write")


if __name__ == "__main__":
    main()
