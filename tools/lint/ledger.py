#!/usr/bin/env python3
"""ledger.py: what docs/rfc/ledger.tsv lacks, for whoever fills it.

--missing    the sections that src/ cites and that have no row: number, title, where cited
--uncited    the rows whose section no line of src/ cites

--missing lists those of docs/rfc/ledger12.tsv as well."""

import argparse
import sys
from pathlib import Path

import facts
from source import Tree


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--missing", action="store_true")
    which.add_argument("--uncited", action="store_true")
    options = parser.parse_args()
    tree = Tree(Path(__file__).resolve().parents[2])
    titles = facts.section_titles(tree)
    if options.missing:
        missing = facts.ledger_missing(tree)
        for section in sorted(missing, key=facts.by_number):
            places = ", ".join(f"{path}:{line}" for path, line in missing[section])
            print(f"{section}\t{titles.get(section, '?')}\t{places}")
        missing12 = facts.ledger_missing(tree, facts.LEDGER12, facts.cited12)
        for section in sorted(missing12):
            places = ", ".join(f"{path}:{line}" for path, line in missing12[section])
            print(f"RFC {section}\t{places}")
        return 1 if missing or missing12 else 0
    cited = {s for f in facts.cites_rfcs(tree) if f.inside("src") for _, s in facts.cited(f)}
    uncited = {row.section for row in facts.ledger_rows(tree)[0]} - cited
    for section in sorted(uncited, key=facts.by_number):
        print(f"{section}\t{titles.get(section, '?')}")
    return 1 if uncited else 0


if __name__ == "__main__":
    sys.exit(main())
