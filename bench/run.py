#!/usr/bin/env python3
"""run.py BUILD [--json FILE] [--passes N] [--seconds S] [--works PART]: runs every benchmark.

Times are taken in passes that go round the stacks, so that a noisy moment falls on all of them; of
its passes, each figure keeps the best. Heap figures do not vary, and take one pass. Prints a table
for people; --json writes the figures for programs. docs/internals/bench.md describes the works.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
STACKS = ("tacit", "openssl", "gnutls", "wolfssl", "mbedtls", "bearssl")
SUITES = ("AES-128-GCM", "AES-256-GCM", "CHACHA20-POLY1305")
TIMED = [f"{version}-full {group} {chain}"
         for version in ("tls13", "tls12")
         for chain in ("p256-chain", "rsa2048-chain") for group in ("x25519", "p256")]
TIMED += [f"{kind} {suite}" for kind in ("bulk16k", "records64") for suite in SUITES]
HEAP = [f"{kind} {suite}" for kind in ("idle", "peak", "allocs") for suite in SUITES]
X509 = [f"x509-{kind} {chain}" for chain in ("p256-chain", "rsa2048-chain")
        for kind in ("parse", "verify", "signatures", "remembered", "name")]
OWN = [f"own-allocs {suite}" for suite in SUITES]
UNITS = {"cpu_us": "us", "GBps": "GB/s", "bytes": "B", "count": ""}
DIGITS = {"cpu_us": 1, "GBps": 3, "bytes": 0, "count": 0}


class Stack:
    """One program, which does one work a run."""

    def __init__(self, program, certificates, cpu):
        self.program, self.certificates, self.cpu = str(program), str(certificates), cpu
        self.name = self.call("--name").strip()

    def call(self, *arguments):
        pin = (lambda: os.sched_setaffinity(0, {self.cpu})) if self.cpu is not None else None
        done = subprocess.run([self.program, *arguments], capture_output=True, text=True,
                              timeout=120, preexec_fn=pin, check=False)
        if done.returncode:
            sys.exit(f"{self.program} {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def figures(self, work, seconds):
        """Yields (side, metric, value)."""
        for line in self.call(self.certificates, str(seconds), work).splitlines():
            side, metric, value = line.split()
            yield side, metric, float(value)


class Results:
    """The best of each figure: the highest rate, the lowest of everything else."""

    def __init__(self):
        self.best = {}

    def add(self, stack, work, figures):
        for side, metric, value in figures:
            key = (work, side, metric, stack.name)
            choose = max if metric == "GBps" else min
            self.best[key] = choose(self.best.get(key, value), value)

    def rows(self):
        """Yields (work, side, metric, {stack: value}) in the order in which they came."""
        seen = {}
        for (work, side, metric, stack), value in self.best.items():
            seen.setdefault((work, side, metric), {})[stack] = value
        for key, values in seen.items():
            yield *key, values

    def json(self):
        return [{"stack": stack, "work": work, "side": side, "metric": metric, "value": value}
                for work, side, metric, values in self.rows() for stack, value in values.items()]


def cell(metric, value, base):
    """A value, and how many times better than it tacit is."""
    if value is None:
        return ""
    text = f"{value:,.{DIGITS[metric]}f}"
    if base is None or not value or not base:
        return text
    times = base / value if metric == "GBps" else value / base
    return f"{text} ({times:.2f}x)"


def table(results, names):
    lines = [["work", "side", "unit", *names]]
    for work, side, metric, values in results.rows():
        base = values.get("tacit")
        lines.append([work, side, UNITS[metric]]
                     + [cell(metric, values.get(name), None if name == "tacit" else base)
                        for name in names])
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    rule = ["-" * width for width in widths]
    for line in [lines[0], rule, *lines[1:]]:
        print("| " + " | ".join(text.ljust(width) for text, width in zip(line, widths)) + " |")


def measure(stacks, validators, options):
    results = Results()
    wanted = lambda works: [work for work in works if options.works in work]
    end = time.monotonic() + options.budget
    for number in range(options.passes):
        if number and time.monotonic() > end:
            print(f"bench: time is up after {number} passes", file=sys.stderr)
            break
        for work in wanted(TIMED):
            for stack in stacks:
                results.add(stack, work, stack.figures(work, options.seconds))
        for work in wanted(X509):
            for stack in validators:
                results.add(stack, work, stack.figures(work, options.seconds / 4))
    for work in wanted(HEAP):
        for stack in stacks:
            results.add(stack, work, stack.figures(work, 0))
    for work in wanted(OWN):
        results.add(stacks[0], work, stacks[0].figures(work, 0))
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--json", type=pathlib.Path, help="write the figures there")
    parser.add_argument("--passes", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.4, help="of each work, in a pass")
    parser.add_argument("--works", default="", help="only those whose name has this part")
    parser.add_argument("--budget", type=float, default=330, help="seconds for all passes")
    options = parser.parse_args()
    certificates = options.build / "certificates"
    subprocess.run([HERE / "certs.sh", certificates], check=True)
    cpu = max(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    def built(kind):
        programs = [options.build / "bench" / f"bench_{kind}{name}" for name in STACKS]
        return [Stack(program, certificates, cpu) for program in programs if program.exists()]
    stacks = built("")
    results = measure(stacks, built("x509_"), options)
    table(results, [stack.name for stack in stacks])
    if options.json:
        options.json.write_text(json.dumps(results.json(), indent=1) + "\n")


if __name__ == "__main__":
    main()
