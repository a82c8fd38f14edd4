"""source.py: what every house rule needs: the files, their code without comments and strings,
findings, and the suppressions `lint: allow RULE: reason` in a comment on the line concerned."""

import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

SKIP = {"build", ".git", "__pycache__"}
TEXT = {".c", ".h", ".def", ".py", ".sh", ".txt", ".cmake", ".md", ".tsv", ".json", ".in", ".scd"}
NAMES = {"dev", "run", ".clang-format", ".clang-tidy", ".editorconfig", ".gitignore"}
ALLOW = re.compile(r"lint: allow ([\w-]+)(?:: *(.*?))? *(?:\*/|$)")

# One pass over C: a comment, a string, a character, or a newline inside any of them.
TOKEN = re.compile(r"""/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.S)


@dataclass(frozen=True)
class Finding:
    """Finding is one breach: where, of which rule, and what. A warning does not fail."""

    path: str
    line: int
    rule: str
    text: str
    warning: bool = False

    def __str__(self):
        kind = "warning: " if self.warning else ""
        return f"{self.path}:{self.line}: {self.rule}: {kind}{self.text}"


def blank(match):
    """blank keeps the lines and columns of what it erases, and the quotes of a string."""
    text = match.group()
    inner = re.sub(r"[^\n]", " ", text)
    return text[0] + inner[1:-1] + text[-1] if text[0] in "\"'" else inner


class File:
    """File is one text of the tree, by its path relative to the root."""

    def __init__(self, root, path):
        self.path = path
        self.bytes = (root / path).read_bytes()
        self.text = self.bytes.decode("utf-8", "replace")
        self.lines = self.text.split("\n")
        self.suffix = Path(path).suffix
        self.used = set()

    @cached_property
    def code(self):
        """code is the text with comments and the insides of literals blanked."""
        return TOKEN.sub(blank, self.text)

    @cached_property
    def code_lines(self):
        return self.code.split("\n")

    @cached_property
    def allowed(self):
        """allowed maps (line, rule) to the reason given there ('' if none was)."""
        found = {}
        for number, line in enumerate(self.lines, 1):
            for match in ALLOW.finditer(line):
                found[number, match.group(1)] = (match.group(2) or "").strip()
        return found

    @property
    def is_c(self):
        return self.suffix in (".c", ".h")

    def inside(self, *folders):
        return any(self.path.startswith(folder + "/") for folder in folders)

    def line_of(self, offset):
        return self.text.count("\n", 0, offset) + 1

    def includes(self):
        """includes yields (line, '<' or '"', target)."""
        for number, line in enumerate(self.lines, 1):
            match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)', line)
            if match:
                yield number, match.group(1), match.group(2)

    def words(self, pattern):
        """words yields (line, match) for a pattern over the code alone."""
        for number, line in enumerate(self.code_lines, 1):
            for match in pattern.finditer(line):
                yield number, match


class Tree:
    """Tree is the project: its files, what was built of them, and what its rules find."""

    def __init__(self, root, archive=None, shared=None):
        self.root = Path(root)
        self.archive = archive
        self.shared = shared

    @cached_property
    def files(self):
        found = []
        for folder, folders, names in os.walk(self.root):
            folders[:] = sorted(f for f in folders if f not in SKIP)
            for name in sorted(names):
                if Path(name).suffix in TEXT or name in NAMES:
                    path = (Path(folder) / name).relative_to(self.root)
                    if "seeds" not in path.parts:
                        found.append(File(self.root, str(path)))
        return found

    def c(self, *folders):
        """c lists the C files, of the given folders or of all."""
        return [f for f in self.files if f.is_c and (not folders or f.inside(*folders))]

    def file(self, path):
        return next((f for f in self.files if f.path == path), None)

    def filtered(self, findings):
        """filtered drops the findings whose line allows them, and notes which allowances served."""
        for finding in findings:
            file = self.file(finding.path)
            if file and file.allowed.get((finding.line, finding.rule)):
                file.used.add((finding.line, finding.rule))
            else:
                yield finding
