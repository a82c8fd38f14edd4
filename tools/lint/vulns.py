"""vulns.py: the rule that the page of famous bugs and the tests say the same."""

import re

from facts import GAP, exists
from source import Finding

PAGE = "docs/manual/vulns.md"
CLASSES = 130
# What may stand in the third column; of the last two, a test is not asked for.
WORDS = ("no way", "refused", "bounded", "absent", "outside")
UNTESTED = ("absent", "outside")

# A citation may go on over a line of a comment, and may list: bug classes 12, 13 and 114 to 116
LISTED = rf"(?:\s|\*|#)+(\d+(?:(?:,?(?:{GAP}(?:and|to))?{GAP})\d+\b)*)"
CITED = re.compile(rf"\bbug{GAP}class(?:es)?{LISTED}", re.I)
RANGE = re.compile(rf"(\d+){GAP}to{GAP}(\d+)|(\d+)")


def cited(f):
    """cited yields (line, number) for each bug class that a file cites."""
    for match in CITED.finditer(f.text):
        for part in RANGE.finditer(match.group(1)):
            first = int(part.group(1) or part.group(3))
            last = int(part.group(2) or first)
            for number in range(first, last + 1):
                yield f.line_of(match.start(1) + part.start()), number


def rows(page):
    """rows yields (line, cells) for each row of the table, the heading apart."""
    for line, text in enumerate(page.lines, 1):
        cells = [cell.strip() for cell in text.split("|")[1:-1]]
        if cells and re.fullmatch(r"\d+", cells[0]):
            yield line, cells


def tests_of(cell):
    """tests_of lists what the last cell names: file:function, or file, below tests/."""
    return [] if cell == "-" else ["tests/" + place.strip("` ") for place in cell.split(",")]


def faults(tree, cells):
    """faults yields what is wrong with a row alone."""
    if len(cells) != 5 or not all(cells):
        yield "not the columns #, bug, answer, how, tests"
        return
    places = tests_of(cells[4])
    if cells[2] not in WORDS:
        yield f"'{cells[2]}' is none of {', '.join(WORDS)}"
    if not places and cells[2] not in UNTESTED:
        yield f"only what is {' or '.join(UNTESTED)} may go without a test"
    if places and ":" not in places[0]:
        yield "the first test is named as file:function"
    for place in places:
        if not exists(tree, place):
            yield f"there is no {place}"


def vulns(tree):
    """docs/manual/vulns.md has one row for each bug class, and tests cite the row that names them.

    A row names its tests below tests/: file:function first, then others or their files. Each of the
    files cites the row as `bug class N`, and no other file of tests/ does."""
    page = tree.file(PAGE)
    if not page:
        yield Finding(PAGE, 1, "vulns", "there is no such page")
        return
    named, numbers = {}, []
    for line, cells in rows(page):
        number = int(cells[0])
        numbers.append(number)
        named.setdefault(number, (line, {p.partition(":")[0] for p in tests_of(cells[-1])}))
        for text in faults(tree, cells):
            yield Finding(PAGE, line, "vulns", f"{number}: {text}")
    if numbers != list(range(1, CLASSES + 1)):
        wrong = set(range(1, CLASSES + 1)) ^ set(numbers) or "their order"
        yield Finding(PAGE, 1, "vulns", f"not one row for each of 1 to {CLASSES}: {wrong}")
    citing = {}
    for f in tree.files:
        if not f.inside("tests", "src", "tools") or f.inside("tools/lint"):
            continue
        for line, number in cited(f):
            citing.setdefault(number, set()).add(f.path)
            if number not in named:
                yield Finding(f.path, line, "vulns", f"there is no bug class {number}")
            elif f.inside("tests") and f.path not in named[number][1]:
                yield Finding(f.path, line, "vulns", f"row {number} of {PAGE} does not name it")
    for number, (line, files) in named.items():
        for path in sorted(files - citing.get(number, set())):
            if tree.file(path):
                yield Finding(PAGE, line, "vulns", f"{path} does not cite bug class {number}")


RULES = {"vulns": vulns}
