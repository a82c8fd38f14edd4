#!/usr/bin/env python3
"""counts.py PROGRAM: runs it under callgrind and compares how many instructions of PROGRAM itself
(not of libcrypto, nor libc) each of its windows took. The windows of a group must all have taken
the same; what a stranger could time then does not come from us."""

import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

LEAST = {"transport": 19, "cbc": 8}  # how many windows the groups that matter have
PLAUSIBLE = 1000  # a window with fewer instructions has not done the work


def instructions(dump, program):
    """instructions gives a window's name, and the instructions that ran in the program's code."""
    name, total, ours, inclusive = None, 0, False, False
    for line in dump.read_text().splitlines():
        if line.startswith("desc: Trigger: Client Request: "):
            name = line.removeprefix("desc: Trigger: Client Request: ")
        elif line.startswith("ob="):
            ours = line[3:] == program
        elif line.startswith("calls="):
            inclusive = True  # the next line counts what was called, not what is here
        elif line[:1].isdigit():
            total += 0 if inclusive or not ours else int(line.split()[1])
            inclusive = False
    return name, total


def main():
    program = str(Path(sys.argv[1]).resolve())
    groups = defaultdict(dict)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["valgrind", "--quiet", "--tool=callgrind", "--collect-atstart=no",
             "--compress-strings=no", "--compress-pos=no",
             f"--callgrind-out-file={folder}/out", program], check=True,
            env={**os.environ, "LD_BIND_NOW": "1"})  # no window is the first to call a function
        for dump in Path(folder).iterdir():
            name, count = instructions(dump, program)
            if name:
                group, what = name.split(": ", 1)
                groups[group][what] = count
    wrong = 0
    for group, counts in sorted(groups.items()):
        low, high = min(counts.values()), max(counts.values())
        fine = low == high and low > PLAUSIBLE
        wrong += not fine
        print(f"{group}: {len(counts)} windows of {low} instructions" if fine else
              f"{group}: {low} to {high} instructions: {counts}")
    short = [g for g, n in LEAST.items() if len(groups[g]) < n]
    if short:
        print("windows are missing:", ", ".join(short))
    return 1 if wrong or short else 0


if __name__ == "__main__":
    sys.exit(main())
