"""manual.py: the rule that the manual and what it describes are the same."""

import re
from pathlib import Path

from source import Finding

FOLDER = "docs/man"
STATUSES = "docs/man/tacit.1.scd"
CODES = "src/base/codes.def"
TAKES_OBJECT = r"^TACIT_API\b[^;]*?\b(\w+)\((?:const )?(tacit_\w+) \*"
NOTHING = "tests/unit/conn/nothing_test.c"
NAME = r"\b(?:tacit|TACIT)_\w+\b"
NO_NAME = re.compile(r"TACIT_API|TACIT_\w+_H")


def manual(tree):
    """docs/man names every public thing and no other, and says what headers and tables say.

    Functions stand under NAME and with their prototype, fields of structs as _field_, each code of
    codes.def with its status in tacit(1), and a quoted example stands in its file."""
    pages = [f for f in tree.files if f.inside(FOLDER) and f.suffix == ".scd"]
    headers = tree.c("include")
    for found in (functions(headers, pages), fields(headers, pages), names(headers, pages),
                  codes(tree), quotes(tree, pages)):
        for path, line, text in found:
            yield Finding(path, line, "manual", text)


def flat(text):
    return re.sub(r"\s+", " ", text).replace("( ", "(")


def headline(page):
    """headline is what stands before the dash under NAME."""
    match = re.search(r"^# NAME\n\n(.*?) - ", page.text, re.M | re.S)
    return match.group(1) if match else ""


def functions(headers, pages):
    for f in headers:
        for match in re.finditer(r"^TACIT_API\s+([^;]+;)", f.code, re.M):
            name = re.search(r"(\w+)\(", match.group(1)).group(1)
            line = f.line_of(match.start())
            page = next((p for p in pages if name in re.findall(NAME, headline(p))), None)
            if not page:
                yield f.path, line, f"no page names {name} under NAME"
            elif flat(match.group(1)) not in flat(page.text):
                yield f.path, line, f"{page.path} has another prototype of {name}"


def fields(headers, pages):
    for f in headers:
        for match in re.finditer(r"struct (\w+) \{(.*?)\n\}", f.code, re.S):
            of = [page.text for page in pages if match.group(1) in page.text]
            for field in field_names(match.group(2)):
                if not any(f"_{field}_" in text for text in of):
                    text = f"no page says what _{field}_ of {match.group(1)} is"
                    yield f.path, f.line_of(match.start()), text


def field_names(body):
    """field_names finds what a struct's declarations declare."""
    for declaration in body.split(";"):
        pointer = re.search(r"\(\*(\w+)\)\(", declaration)
        parts = [pointer.group(1)] if pointer else declaration.split(",")
        for part in parts:
            match = re.search(r"(\w+)(?:\[\w+\])?\s*$", part)
            if match:
                yield match.group(1)


def names(headers, pages):
    """names finds types and constants that no page has, and words of pages that nothing is."""
    declared = {}
    for f in headers:
        for match in re.finditer(NAME, f.code):
            if not NO_NAME.fullmatch(match.group()):
                declared.setdefault(match.group(), (f.path, f.line_of(match.start())))
    said = {word for page in pages for word in re.findall(NAME, page.text)}
    for name in sorted(set(declared) - said):
        yield *declared[name], f"no page says what {name} is"
    known = set(declared) | {Path(page.path).name.split(".")[0] for page in pages}
    for page in pages:
        for match in re.finditer(NAME, page.text):
            if match.group() not in known:
                yield page.path, page.line_of(match.start()), f"there is no {match.group()}"


def codes(tree):
    rows, page = tree.file(CODES), tree.file(STATUSES)
    for number, line in enumerate(rows.lines if rows else [], 1):
        match = re.match(r'CODE\(\w+, "([^"]+)", (\d+)', line)
        if match:
            told = rf"(?m)(?:^|\s){match.group(2)}  {re.escape(match.group(1))}(?:\s|$)"
            if not page or not re.search(told, page.text):
                text = f"{STATUSES} does not say {match.group(2)}  {match.group(1)}"
                yield CODES, number, text


def quotes(tree, pages):
    for page in pages:
        for match in re.finditer(r"from (examples/\S+\.c):\n\n```\n(.*?)\n```", page.text, re.S):
            example = tree.file(match.group(1))
            if not example or stripped(match.group(2)) not in stripped(example.text):
                text = f"{match.group(1)} says something else"
                yield page.path, page.line_of(match.start()), text


def documented(tree):
    """Each public function stands, by its name, in the comment right above it in its header."""
    for f in tree.c("include"):
        for match in re.finditer(r"^TACIT_API\b[^;]*?\b(\w+)\(", f.text, re.M):
            above = re.sub(r"(?:^TACIT_API\b[^;]*;\n)+\Z", "", f.text[: match.start()], flags=re.M)
            comment = above[above.rfind("/*") :]
            if not comment.endswith("*/\n") or not re.search(rf"\b{match.group(1)}\b", comment):
                text = f"no comment above says what {match.group(1)} does"
                yield Finding(f.path, f.line_of(match.start()), "documented", text)


def null_tested(tree):
    """Each public function that takes an object is called without it in nothing_test.c."""
    test = tree.file(NOTHING)
    for f in tree.c("include"):
        for match in re.finditer(TAKES_OBJECT, f.code, re.M):
            options = match.group(2).endswith("_options")
            if not options and (not test or f"{match.group(1)}(NULL" not in test.code):
                text = f"{NOTHING} does not call {match.group(1)} with NULL"
                yield Finding(f.path, f.line_of(match.start()), "null-tested", text)


def stripped(text):
    return "\n".join(line.strip() for line in text.splitlines())


RULES = {"manual": manual, "documented": documented, "null-tested": null_tested}
