#!/usr/bin/env python3
"""cov.py: lines and branches covered, for each file of src/, from the counters of a build folder.
Argument: the folder. A file is the union of its uses: an inline function counts once."""

import json
import subprocess
import sys
from pathlib import Path


def gather(build):
    """gather merges gcov's reports: file -> (line -> hits, branch -> hits)."""
    source = str(Path.cwd() / "src") + "/"
    files = {}
    for notes in Path(build).resolve().rglob("*.gcno"):
        command = ["gcov", "--json-format", "--stdout", "--branch-probabilities", notes]
        reports = subprocess.run(command, check=True, capture_output=True, text=True, cwd=build)
        for report in reports.stdout.splitlines():
            for file in json.loads(report)["files"]:
                if file["file"].startswith(source):
                    lines, branches = files.setdefault(file["file"][len(source):], ({}, {}))
                    for line in file["lines"]:
                        number = line["line_number"]
                        lines[number] = lines.get(number, 0) + line["count"]
                        for i, branch in enumerate(line["branches"]):
                            key = number, i
                            branches[key] = branches.get(key, 0) + branch["count"]
    return files


def share(hits):
    return f"{100 * sum(1 for n in hits if n) / len(hits):5.1f}%" if hits else "     -"


def main():
    files = gather(sys.argv[1])
    print("  lines  branches")
    every = [], []
    for name in sorted(files):
        hits = [list(counts.values()) for counts in files[name]]
        for kind in (0, 1):
            every[kind].extend(hits[kind])
        print(f" {share(hits[0])}    {share(hits[1])}  {name}")
    print(f" {share(every[0])}    {share(every[1])}  all of src/")


if __name__ == "__main__":
    main()
