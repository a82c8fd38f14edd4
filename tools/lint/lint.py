#!/usr/bin/env python3
"""lint.py: the house rules. Exit status 1 when one is broken.

A rule is a function in shape.py, layers.py, facts.py, manual.py or vulns.py; what it demands is
its first sentence (--list). A line is exempt from a rule by a comment on it: lint: allow RULE:
reason"""

import argparse
import sys
from pathlib import Path

import facts
import layers
import manual
import shape
import vulns
from source import Finding, Tree

RULES = {**layers.RULES, **shape.RULES, **facts.RULES, **manual.RULES, **vulns.RULES}
BUILT = {"exports", "api-defined", "machine-code"}  # the rules that look at what was built


def suppressions(tree):
    """A suppression names a rule, gives a reason, and still suppresses something."""
    for f in tree.files:
        if f.inside("tools/lint") or f.suffix == ".md":
            continue
        for (number, rule), reason in f.allowed.items():
            if rule not in RULES:
                yield Finding(f.path, number, "suppressions", f"there is no rule {rule}")
            elif not reason:
                yield Finding(f.path, number, "suppressions", f"no reason is given for {rule}")
            elif (number, rule) not in f.used and (facts.built(tree) or rule not in BUILT):
                yield Finding(f.path, number, "suppressions", f"nothing breaks {rule} here")


def run(tree, names):
    """run yields the findings of the named rules; of all, and of suppressions, if none is named."""
    for name in names or RULES:
        yield from tree.filtered(RULES[name](tree))
    if not names:
        yield from suppressions(tree)


def main():
    parser = argparse.ArgumentParser(prog="./dev lint", description="check the house rules")
    parser.add_argument("--list", action="store_true", help="print the rules and end")
    parser.add_argument("--archive", help="libtacit.a, for " + ", ".join(sorted(BUILT)))
    parser.add_argument("--shared", help="libtacit.so, for the same")
    parser.add_argument("--root", default=Path(__file__).resolve().parents[2])
    parser.add_argument("rules", nargs="*", metavar="RULE", help="default: all")
    options = parser.parse_args()
    if options.list:
        for name, rule in {**RULES, "suppressions": suppressions}.items():
            print(f"{name:16} {rule.__doc__.splitlines()[0]}")
        return 0
    unknown = [name for name in options.rules if name not in RULES]
    if unknown:
        parser.error("no such rule: " + " ".join(unknown))
    tree = Tree(options.root, options.archive, options.shared)
    findings = list(run(tree, options.rules))
    for finding in findings:
        print(finding)
    warnings = sum(finding.warning for finding in findings)
    broken = len(findings) - warnings
    checked = set(options.rules or RULES) - (set() if facts.built(tree) else BUILT)
    print(f"lint: {len(checked)} rules, {broken} findings, {warnings} warnings")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
