#!/usr/bin/env python3
"""run.py SHIM RUNNER [ARGUMENT...]: puts the shim to BoringSSL's protocol tests, and counts.

RUNNER is the folder that holds the test program of the runner, made from it by its owner
(README.md says how). Further arguments go to that program, such as -test 'PATTERN;PATTERN'.
With --crashes first among them, the disabled tests run as well, and only a shim that was killed or
that a sanitizer stopped is a failure. The exit status is 0 if nothing failed."""

import collections
import fnmatch
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
# The shim's status after a sanitizer's report, and what a signal looks like.
CRASH = re.compile(r"child error '(exit status 90|signal: .*)'|Sanitizer|runtime error:")
RESULT = re.compile(r"^(PASSED|FAILED|UNIMPLEMENTED) \((.*)\)$", re.MULTILINE)


def read_config(is_boringssl):
    """read_config reads config.json, for a runner like AWS-LC's, or what BoringSSL's has come to:
    further tests, and several names for an error, in a list."""
    with open(os.path.join(HERE, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    if is_boringssl:
        with open(os.path.join(HERE, "boringssl.json"), encoding="utf-8") as file:
            config["DisabledTests"].update(json.load(file)["DisabledTests"])
        config["ErrorMap"] = {name: [ours] for name, ours in config["ErrorMap"].items()}
    return config


def find_program(folder):
    """find_program finds what `go test -c` has left there."""
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if name.endswith(".test") and os.access(path, os.X_OK):
            return path
    sys.exit(f"no program *.test in {folder}: see tests/bogo/README.md")


def call(program, shim, arguments, log, config):
    """call runs the program, and returns what it said."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as file:
        json.dump(config, file)
        file.flush()
        words = [program, "-pipe", "-shim-path", shim, "-shim-config", file.name,
                 "-allow-unimplemented", "-num-workers", str(os.cpu_count() or 2), *arguments]
        done = subprocess.run(words, cwd=os.path.dirname(program), check=False,
                              env={**os.environ, "BOGO_LOG": log}, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
    return done.stdout.decode(errors="replace")


def config_for(program, shim):
    """config_for tries which form of a configuration the program reads."""
    said = call(program, shim, ["-test", "none"], os.devnull, read_config(False))
    return read_config("decode config file" in said)


def run(program, shim, arguments, log, config):
    """run runs the tests and returns [(verdict, name, what was said)], in the order they ended."""
    said = call(program, shim, arguments, log, config)
    found = list(RESULT.finditer(said))
    if not found:
        sys.exit(f"no test was run:\n{said}")
    ends = [m.start() for m in found[1:]] + [len(said)]
    return [(m[1], m[2], said[m.end():end].strip()) for m, end in zip(found, ends)]


def names_of_all(program, shim, arguments, config):
    """names_of_all lists the tests, disabled ones too: an unknown flag ends each at once."""
    every = run(program, shim, ["-include-disabled", "-shim-extra-flags", "-only-count",
                                *arguments], os.devnull, config)
    return [name for _, name, _ in every]


def print_table(title, counts):
    print(f"{title}: {sum(counts.values())}")
    for reason, n in counts.most_common():
        print(f"{n:8}  {reason}")


def count_disabled(names, patterns):
    """count_disabled counts tests by the reason of the first pattern that disables them."""
    counts, used = collections.Counter(), set()
    for name in names:
        matching = [p for p in patterns if fnmatch.fnmatchcase(name, p)]
        used.update(matching)
        if matching:
            counts[patterns[matching[0]]] += 1
    return counts, [p for p in patterns if p not in used]


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    shim, program = os.path.abspath(sys.argv[1]), find_program(os.path.abspath(sys.argv[2]))
    arguments = sys.argv[3:]
    crashes_only = arguments[:1] == ["--crashes"]
    if crashes_only:
        arguments[0] = "-include-disabled"
    config = config_for(program, shim)
    with tempfile.NamedTemporaryFile("r", encoding="utf-8", errors="replace") as log:
        results = run(program, shim, arguments, log.name, config)
        missing = collections.Counter(line.rstrip("\n") for line in log)
    failed = [r for r in results if r[0] == "FAILED"
              and (not crashes_only or CRASH.search(r[2]))]
    for _, name, said in failed:
        print(f"FAILED {name}\n{said}\n")
    verdicts = collections.Counter(verdict for verdict, _, _ in results)
    if crashes_only:
        print(f"run: {len(results)}, crashed: {len(failed)}")
    else:
        disabled, idle = count_disabled(names_of_all(program, shim, arguments, config),
                                        config["DisabledTests"])
        print_table("not implemented", missing)
        print_table("disabled", disabled)
        for pattern in idle if not arguments else []:
            print(f"a pattern that disables nothing: {pattern}")
        print(f"passed: {verdicts['PASSED']}, failed: {len(failed)}, "
              f"disabled: {sum(disabled.values())}, not implemented: {verdicts['UNIMPLEMENTED']}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
