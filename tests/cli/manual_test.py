#!/usr/bin/env python3
"""The manual has a page for each verb, which describes the options that --help shows."""

import re
from pathlib import Path

import tool

PAGES = Path(__file__).resolve().parents[2] / "docs/man"


def help_of(*verb):
    return tool.expect(0, *verb, "--help").stdout.decode()


def verbs():
    """verbs maps each verb to the verbs below it."""
    found = {}
    for verb in re.findall(r"^  (\w+)  ", help_of(), re.M):
        found[verb] = re.findall(rf"^  tacit {verb} (\w+) +DIR", help_of(verb), re.M)
    return found


def described(page):
    """described is the set of options that begin an entry of a page."""
    entries = re.findall(r"^(\*-.*)\n\t", page, re.M)
    return {option for entry in entries for option in re.findall(r"\*--([\w-]+)\*", entry)}


def shown(*verb):
    return set(re.findall(r"^ +(?:-h, )?--([\w-]+)", help_of(*verb), re.M))


def test_each_verb_has_a_page():
    pages = {path.name.split(".")[0] for path in PAGES.glob("*.1.scd")}
    assert pages == {"tacit"} | {f"tacit-{verb}" for verb in verbs()}, pages


def test_pages_describe_the_options():
    for verb, below in verbs().items():
        page = described((PAGES / f"tacit-{verb}.1.scd").read_text())
        real = set().union(*(shown(verb, word) for word in below)) if below else shown(verb)
        assert len(real) >= 1 and page == real, f"{verb}: {page ^ real}"


tool.main()
