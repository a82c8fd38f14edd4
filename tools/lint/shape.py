"""shape.py: the rules on how a file looks."""

import re

from source import Finding

LINE_MAX = 100
FILE_WARN, FILE_MAX = 500, 800
FUNCTION_WARN, FUNCTION_MAX = 60, 100


def line_length(tree):
    """No line is over 100 columns. Tables of rows (*.def, *.tsv) and prose (*.md) are exempt."""
    for f in tree.files:
        if f.suffix in (".def", ".tsv", ".md", ".json"):
            continue
        for number, line in enumerate(f.lines, 1):
            if len(line) > LINE_MAX:
                yield Finding(f.path, number, "line-length", f"{len(line)} columns")


def whitespace(tree):
    """No tabs, no blanks at the end of a line, one newline at the end of a file."""
    for f in tree.files:
        for number, line in enumerate(f.lines, 1):
            if line != line.rstrip():
                yield Finding(f.path, number, "whitespace", "blanks at the end of the line")
            elif "\t" in line and f.suffix not in (".tsv", ".scd"):
                yield Finding(f.path, number, "whitespace", "a tab")
        if f.text and (not f.text.endswith("\n") or f.text.endswith("\n\n")):
            yield Finding(f.path, len(f.lines), "whitespace", "not one newline at the end")


def file_length(tree):
    """A C file has at most 500 lines (warning) and never more than 800. Allow it on line 1."""
    for f in tree.c():
        n = len(f.lines) - 1
        if n > FILE_WARN:
            yield Finding(f.path, 1, "file-length", f"{n} lines", n <= FILE_MAX)


def function_length(tree):
    """A function has at most 60 lines between its braces (warning) and never more than 100.

    In our style a line that is '{' alone opens a function, and one that is '}' alone ends it. Allow
    a long one on its first line."""
    for f in tree.c():
        opened = None
        for number, line in enumerate(f.code_lines, 1):
            if line.rstrip() == "{":
                opened = number
            elif line.rstrip() == "}" and opened:
                n = number - opened - 1
                if n > FUNCTION_WARN:
                    first, name = signature(f, opened)
                    text = f"{name} has {n} lines"
                    yield Finding(f.path, first, "function-length", text, n <= FUNCTION_MAX)
                opened = None


def signature(f, opened):
    """signature finds the first line and the name of the function whose '{' is at `opened`."""
    first = opened - 1
    while first > 1 and f.code_lines[first - 1].startswith(" "):
        first -= 1
    match = re.search(r"(\w+)\s*\(", f.code_lines[first - 1])
    return first, match.group(1) if match else "a function"


def macro_flow(tree):
    """No control flow in a macro: a reader must see each way out of a function.

    Rows of a table are exempt: macros defined right before the include of a .def file."""
    flow = re.compile(r"\b(return|goto|break|continue)\b")
    for f in tree.c():
        lines = f.code_lines
        i = 0
        while i < len(lines):
            if not re.match(r"\s*#\s*define\b", lines[i]):
                i += 1
                continue
            end = i
            while lines[end].rstrip().endswith("\\") and end + 1 < len(lines):
                end += 1
            match = flow.search("\n".join(lines[i : end + 1]))
            if match and not makes_rows(f, end + 1):
                yield Finding(f.path, i + 1, "macro-flow", f"'{match.group()}' inside a macro")
            i = end + 1


def makes_rows(f, i):
    """makes_rows: do only further macros stand between line `i` and the include of a .def file?"""
    continued = False
    for line in f.lines[i:]:
        if re.match(r'\s*#\s*include\s*"[^"]+\.def"', line):
            return True
        if line.strip() and not continued and not re.match(r"\s*#\s*define\b", line):
            return False
        continued = line.rstrip().endswith("\\")
    return False


RULES = {
    "line-length": line_length,
    "whitespace": whitespace,
    "file-length": file_length,
    "function-length": function_length,
    "macro-flow": macro_flow,
}
