"""facts.py: the rules on what is written in two places: citations and the text they cite, the
ledger, reasons and their tests, the headers and what was built."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from source import Finding

SECTIONS = "docs/rfc/rfc9846-sections.txt"
LEDGER = "docs/rfc/ledger.tsv"
LEDGER_HEAD = ["section", "demand", "where", "test"]
LEDGER12 = "docs/rfc/ledger12.tsv"  # its sections have their RFC before them: 5246 7.4.9
REASONS = "src/base/reasons.def"

# A citation may go on over a line of a comment, and may list: RFC 9846 4.3.7, 4.3.8.2
GAP = r"(?:\s|\*)+"
NUMBER = r"(?:\d+|[A-G])(?:\.\d+)*\b"
MORE = r"(?:\d+|[A-G])(?:\.\d+)+\b"
CITATION = re.compile(rf"RFC{GAP}9846{GAP}({NUMBER}(?:,?(?:{GAP}and)?{GAP}{MORE})*)")
OTHER_FORM = re.compile(rf"RFC{GAP}9846,?{GAP}(?:section|sec\.|appendix|§)", re.I)
OLD_NUMBERS = re.compile(rf"RFC{GAP}8446{GAP}({MORE})")

# Those of TLS 1.2 may be cited as a whole.
CITATION12 = re.compile(rf"RFC{GAP}(5246|5288|5746|6066|7366|7507|7627|7905|8422|8449)\b"
                        rf"(?:{GAP}({NUMBER}(?:,?(?:{GAP}and)?{GAP}{MORE})*))?")


def section_titles(tree):
    """section_titles maps the numbers of RFC 9846 to the titles."""
    rows = tree.file(SECTIONS).text.splitlines()
    return dict(row.split(" ", 1) for row in rows if row.strip())


def cited(f):
    """cited yields (line, section) for each section of RFC 9846 that a file cites."""
    for match in CITATION.finditer(f.text):
        for number in re.finditer(NUMBER, match.group(1)):
            yield f.line_of(match.start(1) + number.start()), number.group()


def cited12(f):
    """cited12 yields (line, "5246 7.4.9") likewise for the RFCs of TLS 1.2, and (line, "7366")
    where one is cited as a whole."""
    for match in CITATION12.finditer(f.text):
        rfc, sections = match.groups()
        numbers = [n.group() for n in re.finditer(NUMBER, sections or "")]
        for section in numbers or [None]:
            yield f.line_of(match.start()), f"{rfc} {section}" if section else rfc


def cites_rfcs(tree):
    return [f for f in tree.files if f.is_c or f.suffix == ".def"]


def citations(tree):
    """A citation has the form `RFC 9846 4.3.8` and names a section of that text."""
    titles = section_titles(tree)
    for f in cites_rfcs(tree):
        for number, section in cited(f):
            if section not in titles:
                text = f"RFC 9846 has no section {section}"
                yield Finding(f.path, number, "citations", text)
        for match in OTHER_FORM.finditer(f.text):
            text = "write it as `RFC 9846 4.3.8`"
            yield Finding(f.path, f.line_of(match.start()), "citations", text)
        for match in OLD_NUMBERS.finditer(f.text):
            text = f"RFC 8446 {match.group(1)}: cite RFC 9846, which numbers otherwise"
            yield Finding(f.path, f.line_of(match.start()), "citations", text)


@dataclass(frozen=True)
class Row:
    """Row is a line of the ledger: what a section demands, where it is obeyed, what proves it."""

    line: int
    section: str
    demand: str
    where: str
    test: str


def ledger_rows(tree, path=LEDGER):
    """ledger_rows gives the rows that have the four columns, and the numbers of other lines."""
    rows, bad = [], []
    for number, line in enumerate(tree.file(path).text.splitlines(), 1):
        cells = line.split("\t")
        if number == 1:
            bad += [] if cells == LEDGER_HEAD else [1]
        elif len(cells) != len(LEDGER_HEAD) or not all(cell.strip() for cell in cells):
            bad.append(number)
        else:
            rows.append(Row(number, *cells))
    return rows, bad


def ledger_missing(tree, path=LEDGER, cites=cited):
    """ledger_missing maps sections that src/ cites and a ledger lacks to where they are cited."""
    has = {row.section for row in ledger_rows(tree, path)[0]}
    missing = {}
    for f in cites_rfcs(tree):
        if f.inside("src"):
            for number, section in cites(f):
                if section not in has:
                    missing.setdefault(section, []).append((f.path, number))
    return missing


def by_number(section):
    """by_number sorts 4.10 after 4.9, and the appendices last."""
    parts = section.split(".")
    return [(0, int(part)) if part.isdigit() else (1, ord(part)) for part in parts]


def ledger(tree):
    """Each section of RFC 9846, and of TLS 1.2's RFCs, that src/ cites has a row in its ledger.

    Rows are true: `where` is file:function (several with ", " between them) or `deviation N` of
    SECURITY.md; `test` is file or file:function, and `-` for a deviation alone."""
    titles = section_titles(tree)
    for row in ledger_rows(tree)[0]:
        if row.section not in titles:
            text = f"RFC 9846 has no section {row.section}"
            yield Finding(LEDGER, row.line, "ledger", text)
    missing = ledger_missing(tree)
    for section in sorted(missing, key=by_number):
        path, number = missing[section][0]
        text = f"no row for {section} ({titles.get(section, 'which does not exist')})"
        yield Finding(path, number, "ledger", text)
    for section, places in sorted(ledger_missing(tree, LEDGER12, cited12).items()):
        yield Finding(*places[0], "ledger", f"no row for RFC {section} in {LEDGER12}")
    for path in (LEDGER, LEDGER12):
        rows, bad = ledger_rows(tree, path)
        for number in bad:
            yield Finding(path, number, "ledger", "not the columns " + ", ".join(LEDGER_HEAD))
        for row in rows:
            for text in stale(tree, row):
                yield Finding(path, row.line, "ledger", text)


def stale(tree, row):
    """stale yields what a row names that is not there."""
    deviation = re.fullmatch(r"deviation (\d+)", row.where)
    if deviation:
        security = tree.file("SECURITY.md")
        listed = rf"^{deviation.group(1)}\. "
        if not security or not re.search(listed, deviations(security.text), re.M):
            yield f"SECURITY.md lists no {row.where}"
    else:
        for place in row.where.split(", "):
            if ":" not in place:
                yield f"'{place}' is neither file:function nor a deviation"
            elif not exists(tree, place):
                yield f"there is no {place}"
    if row.test == "-" and not deviation:
        yield "only a deviation may go without a test"
    if row.test != "-":
        for place in row.test.split(", "):
            if not exists(tree, place):
                yield f"there is no {place}"


def deviations(text):
    return re.split(r"^## ", text.partition("## Deviations")[2], maxsplit=1, flags=re.M)[0]


def exists(tree, place):
    path, _, name = place.partition(":")
    f = tree.file(path)
    return bool(f) and (not name or re.search(rf"\b{re.escape(name)}\b", f.text) is not None)


def reasons_tested(tree):
    """Each reason but those of origin INTERNAL has a test that names it, as R_NAME or "NAME".

    Allow it on the row."""
    tests = "\n".join(f.text for f in tree.files if f.inside("tests"))
    named = set(re.findall(r'\bR_(\w+)|"([A-Z][A-Z0-9_]+)"', tests))
    named = {name for pair in named for name in pair if name}
    for number, line in enumerate(tree.file(REASONS).lines, 1):
        match = re.match(r"REASON\((\w+), *\w+, *(\w+)", line)
        if match and match.group(2) != "INTERNAL" and match.group(1) not in named:
            yield Finding(REASONS, number, "reasons-tested", f"no test names {match.group(1)}")


def readelf(*words):
    """readelf is what that program prints, as rows of words."""
    done = subprocess.run(["readelf", "--wide", *words], check=True, capture_output=True, text=True)
    return [line.split() for line in done.stdout.splitlines()]


def exported(library):
    """exported is the set of symbols that a library shows to whoever links it, without versions."""
    table = "--dyn-syms" if ".so" in Path(library).name else "--syms"
    return {row[7].partition("@")[0] for row in readelf(table, library)
            if len(row) >= 8 and row[4] in ("GLOBAL", "WEAK") and row[5] == "DEFAULT"
            and row[6] != "UND"}


def built(tree):
    return [library for library in (tree.archive, tree.shared) if library]


def exports(tree):
    """The archive and the shared library export tacit_* alone."""
    for library in built(tree):
        for name in sorted(exported(library)):
            if not name.startswith("tacit_"):
                text = f"{name} is visible in {Path(library).name}"
                yield Finding(*place_of(tree, name), "exports", text)


def api_defined(tree):
    """The archive and the shared library define every function that the public headers declare."""
    for library in built(tree):
        has = exported(library)
        for f in tree.c("include"):
            for match in re.finditer(r"^TACIT_API\b[^;]*?\b(\w+)\(", f.code, re.M):
                if match.group(1) not in has:
                    line = f.line_of(match.start())
                    text = f"{match.group(1)} has no body in {Path(library).name}"
                    yield Finding(f.path, line, "api-defined", text)


def machine_code(tree):
    """The archive holds machine code, not what a compiler keeps for link-time optimisation."""
    if tree.archive:
        sections = {word for row in readelf("--sections", tree.archive) for word in row}
        if ".text" not in sections or any(name.startswith(".gnu.lto_") for name in sections):
            yield Finding(str(tree.archive), 0, "machine-code", "another linker cannot use this")


def place_of(tree, symbol):
    """place_of finds the line that defines a visible symbol, for the finding to stand on."""
    for f in tree.c("src"):
        for number, line in enumerate(f.code_lines, 1):
            defines = line[:1].isalpha() and not line.rstrip().endswith(";")
            if defines and re.search(rf"\b{symbol}\b", line):
                return f.path, number
    return str(tree.archive), 0


RULES = {
    "citations": citations,
    "ledger": ledger,
    "reasons-tested": reasons_tested,
    "exports": exports,
    "api-defined": api_defined,
    "machine-code": machine_code,
}
