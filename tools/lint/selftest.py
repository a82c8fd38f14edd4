#!/usr/bin/env python3
"""selftest.py: breaks each house rule on purpose, in a scratch tree, and sees it caught; then
allows the breach in place, and sees it pass. A rule without a breach here fails."""

import subprocess
import sys
import tempfile
from pathlib import Path

import facts
import vulns
from lint import RULES, run
from source import Tree

REASON_ROW = 'REASON({}, USAGE, API_MISUSE, NO_ALERT, "RFC 9846 6", "a sentence")'
LEDGER_HEAD = "\t".join(facts.LEDGER_HEAD) + "\n"
LEDGER_ROW = "6\tan error is an alert\tsrc/hs/a.c:step\ttests/a_test.c:refuses\n"
LEDGER12_ROW = "5246 7.1\ta change of keys\tsrc/hs/a.c:step\ttests/a_test.c\n"

# Bug class 1 has a test, the others need none.
VULNS = "| 1 | a bug | refused | a check | `a_test.c:refuses` |\n" + "".join(
    f"| {i} | a bug | absent | no such thing | - |\n" for i in range(2, vulns.CLASSES + 1))

PAGE = ("# NAME\n\ntacit_y, tacit_y_get - why\n\nint tacit_y_get(int x);\n\n"
        "A *tacit_y* has _a_, _b_ and _c_; from examples/y.c:\n\n```\n{\n  return 1;\n```\n")

# A tree that breaks nothing.
CLEAN = {
    "docs/rfc/rfc9846-sections.txt": "4 Handshake\n4.1 Hello\n6 Alerts\nB.4 Suites\n",
    "docs/rfc/ledger.tsv": LEDGER_HEAD + LEDGER_ROW + "4.1\tx\tdeviation 1\t-\n",
    "docs/rfc/ledger12.tsv": LEDGER_HEAD + LEDGER12_ROW + LEDGER12_ROW.replace(" 7.1", ""),
    "SECURITY.md": "# Security\n\n## Deviations\n\n1. One.\n\n## Other\n\n2. Not one.\n",
    "src/base/reasons.def": REASON_ROW.format("TOLD") + "\n",
    "docs/manual/vulns.md": VULNS,
    "tests/a_test.c": "/* Bug class 1 */\nstatic void refuses(void)\n{\n    expect(R_TOLD);\n}\n",
    "include/tacit/y.h": "typedef struct tacit_y {\n    int *a, b[4];\n    int (*c)(int d);\n}"
                         " tacit_y;\n/* tacit_y_get gets. */\n"
                         "TACIT_API int tacit_y_get(\n    int x);\n",
    "docs/man/tacit_y.3.scd": PAGE,
    "examples/y.c": "int f(void)\n{\n    return 1;\n}\n",
    "src/hs/a.c": "/* RFC 9846 4.1,\n * 6 */\nvoid step(void)\n{\n}\n",
}

SEEN = "int seen(void);\n\nint seen(void) @@\n{\n    return 1;\n}\n"

# What must be caught: rule, file, text with the offending line marked by @@ (where an allowance
# goes), and the kind of library to build, if any. Several entries for a rule test several ways to
# break it.
BREACHES = [
    ("layers", "src/wire/x.c", '#include "hs/hs.h" @@\n'),
    ("layers", "src/msg/x.c", '#include "record/record.h" @@\n'),
    ("layers", "src/x509/x.h", '#include "session/session.h" @@\n'),
    ("layers", "src/wire/x.c", '#include "rd.h" @@\n'),
    ("layers", "src/new/x.c", '#include "base/span.h" @@\n'),
    ("layers", "proxy/x.c", '#include "conn/conn.h" @@\n'),
    ("openssl-only", "src/hs/x.c", "#include <openssl/evp.h> @@\n"),
    ("openssl-only", "tools/tacit/connect.c", "#include <openssl/evp.h> @@\n"),
    ("core-alloc", "src/conn/x.c", "int *p = malloc(4); @@\n"),
    ("core-alloc", "src/base/ref.h", "x = (free)(p), free (p); @@\n"),
    ("core-clock", "src/x509/x.c", "t = time(NULL); @@\n"),
    ("core-clock", "src/stream/x.c", "clock_gettime(CLOCK_MONOTONIC, &now); @@\n"),
    ("core-errno", "src/base/x.c", "return errno == 0; @@\n"),
    ("core-io", "src/conn/x.c", "#include <sys/socket.h> @@\n"),
    ("core-io", "src/conn/x.c", "#include <unistd.h> @@\n"),
    ("core-io", "src/conn/x.c", 'v = getenv("HOME"); @@\n'),
    ("no-memcmp", "src/session/x.c", "return memcmp(a, b, 3); @@\n"),
    ("line-length", "src/hs/x.c", "x = " + "1 + " * 30 + "1; @@\n"),
    ("whitespace", "src/hs/x.c", "\tx = 1; @@\n"),
    ("file-length", "src/hs/x.c", "/* x.c */ @@\n" + "int x;\n" * 800),
    ("function-length", "src/hs/x.c", "int f(int a) @@\n{\n" + "    a++;\n" * 101 + "}\n"),
    ("function-length", "src/hs/x.c",
     "int f(int a, @@\n      int b)\n{\n" + "    a++;\n" * 101 + "}\n"),
    ("macro-flow", "src/hs/x.c", "#define TRY(x) if (!(x)) return false @@\n"),
    ("macro-flow", "include/tacit/x.h",
     "#define TRY(x) @@ \\\n    if (!(x)) \\\n        goto end\n"),
    ("citations", "src/hs/x.c", "/* RFC 9846 4.9 */ @@\n"),
    ("citations", "src/hs/x.c", "/* RFC 9846 4.1, 4.9 */ @@\n"),
    ("citations", "src/hs/x.c", "/* RFC 9846, section 4.1 */ @@\n"),
    ("citations", "src/hs/x.c", "/* RFC 8446 4.1 */ @@\n"),
    ("ledger", "src/hs/x.c", "/* RFC 9846 B.4 */ @@\n"),
    ("ledger", "src/hs/x.c", "/* RFC 5246 7.4.1.2, 7.1 */ @@\n"),
    ("ledger", "src/hs/x.c", "/* RFC 7366 */ @@\n"),
    ("ledger", "docs/rfc/ledger12.tsv", LEDGER_HEAD + "5246 7.1\tx\tsrc/hs/a.c:gone\t-\n"),
    ("ledger", "docs/rfc/ledger.tsv", LEDGER_HEAD + LEDGER_ROW + "4.1\tx\tdeviation 2\t-\n"),
    ("ledger", "docs/rfc/ledger.tsv", LEDGER_HEAD + LEDGER_ROW + "4.1\tx\tsrc/hs/a.c:gone\t-\n"),
    ("ledger", "docs/rfc/ledger.tsv", LEDGER_HEAD + LEDGER_ROW + "4.1\tthree columns\n"),
    ("ledger", "docs/rfc/ledger.tsv",
     LEDGER_HEAD + LEDGER_ROW + "4.1\tx\tsrc/hs/a.c:step\ttests/a_test.c:gone\n"),
    ("reasons-tested", "src/base/reasons.def", REASON_ROW.format("UNTOLD") + " @@\n"),
    ("exports", "src/base/x.c", SEEN, "a"),
    ("exports", "src/base/x.c", SEEN, "so"),
    ("api-defined", "include/tacit/x.h", "TACIT_API int tacit_gone(int x); @@\n", "a"),
    ("api-defined", "include/tacit/x.h", "TACIT_API int tacit_gone(int x); @@\n", "so"),
    ("machine-code", "flags", "-flto", "a"),
    ("manual", "include/tacit/x.h", "TACIT_API int tacit_new(int x); @@\n"),
    ("manual", "include/tacit/x.h", "enum { TACIT_NEW = 1 }; @@\n"),
    ("manual", "docs/man/tacit_y.3.scd", PAGE.replace("(int x)", "(long x)")),
    ("manual", "docs/man/tacit_y.3.scd", PAGE.replace(", tacit_y_get -", " -")),
    ("manual", "docs/man/tacit_y.3.scd", PAGE.replace("_b_", "b")),
    ("manual", "docs/man/tacit_y.3.scd", PAGE.replace("_c_", "c")),
    ("manual", "docs/man/tacit_y.3.scd", PAGE + "tacit_gone\n"),
    ("manual", "examples/y.c", "int f(void)\n{\n    return 2;\n}\n"),
    ("manual", "src/base/codes.def", 'CODE(ODD, "odd", 99, "do") @@\n'),
    ("vulns", "tests/x_test.c", "/* bug class 2 */ @@\n"),
    ("vulns", "tests/x_test.py", "# bug classes 2,\n# 1\n"),
    ("vulns", "src/hs/x.c", "/* (bug classes 1, 120\n * to 131) */\n"),
    ("vulns", "docs/manual/vulns.md", VULNS.replace("| 2 |", "| 3 |")),
    ("vulns", "docs/manual/vulns.md", VULNS.partition("\n| 130 |")[0] + "\n"),
    ("vulns", "docs/manual/vulns.md", VULNS.replace(":refuses", ":gone")),
    ("vulns", "docs/manual/vulns.md", VULNS.replace(":refuses", "")),
    ("vulns", "docs/manual/vulns.md", VULNS.replace("`a_test.c:refuses`", "-")),
    ("vulns", "docs/manual/vulns.md", VULNS.replace("refused", "perhaps")),
    ("vulns", "docs/manual/vulns.md", VULNS.replace("such thing | - |", "such thing |", 1)),
    ("vulns", "tests/a_test.c", "static void refuses(void)\n{\n    expect(R_TOLD);\n}\n"),
    ("documented", "include/tacit/x.h", "/* It is. */\nTACIT_API int tacit_y_new(int x); @@\n"),
    ("documented", "include/tacit/x.h", "/* tacit_y_n */\n\nTACIT_API int tacit_y_n(int x); @@\n"),
    ("null-tested", "include/tacit/x.h", "TACIT_API int tacit_y_use(const tacit_y *y); @@\n"),
    ("suppressions", "src/hs/x.c", "int x; /* lint: allow core-alloc: it allocates nothing */\n"),
    ("suppressions", "src/hs/x.c", "p = malloc(1); /* lint: allow core-alloc */\n"),
    ("suppressions", "src/hs/x.c", "int x; /* lint: allow no-such-rule: why */\n"),
]

# What must not be caught, by any rule.
FINE = [
    ("src/base/hooks.c", "void *p = malloc(4);\nt = time(NULL);\n"),
    ("src/base/file.c", "#include <errno.h>\nf = fopen(path, mode);\nint e = errno;\n"),
    ("src/stream/x.c", "#include <sys/socket.h>\nint e = errno;\n"),
    ("src/stream/descriptor.c", "#include <time.h>\nclock_gettime(CLOCK_MONOTONIC, &now);\n"),
    ("src/crypto/libcrypto/x.c", "#include <openssl/evp.h>\n"),
    ("tools/tacit/ca_issue.c", "#include <openssl/x509.h>\n"),
    ("src/conn/x.c", "hooks->free(p);\nstore.time(1);\n/* malloc(1) */\ns = \"free(p)\";\n"),
    ("src/hs/x.c", '#include "x509/x509.h"\n#include "hs/hs.h"\n#include <tacit/conn.h>\n'),
    ("src/hs/x.c", "enum { x = 1 };\n#define ROW(a, b) \\\n    case a: \\\n        return b;\n"
                   "#define END(a) break;\n" + '#include "base/rows.def"\n'),
    ("src/hs/x.c", "/* RFC 5246 7.1; RFC 5246 (TLS 1.2); RFC 7301 */\n"),
    ("src/hs/x.c", "/* RFC 9846 6, and more than 4 bytes; RFC 8446 */\n"),
    ("tests/b_test.c", "p = malloc(1);\n#include <openssl/evp.h>\nmemcmp(a, b, 1);\n"),
]


def plant(root, files):
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def build(root, kind):
    """build makes libtacit.a or libtacit.so of src/base/x.c, with the flags that a file names."""
    library = root / f"libtacit.{kind}"
    source, flags = root / "src/base/x.c", root / "flags"
    plant(root, {"y.c": "int tacit_y_get(int x)\n{\n    return x;\n}\n"})
    source = source if source.exists() else root / "y.c"
    flags = flags.read_text().split() if flags.exists() else []
    subprocess.run(["cc", "-fPIC", *flags, "-c", source, "-o", root / "x.o"], check=True)
    link = ["ar", "rcs"] if kind == "a" else ["cc", "-nostdlib", "-shared", "-o"]
    subprocess.run([*link, library, root / "x.o"], check=True)
    return library


def caught(files, kind=None):
    """caught is the set of rules that a tree of these files breaks, warnings apart; with `kind`,
    the rules that look at a library see one of this kind."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        plant(root, files)
        library = build(root, kind) if kind else None
        archive, shared = (library, None) if kind == "a" else (None, library)
        findings = list(run(Tree(root, archive, shared), []))
        return {finding.rule for finding in findings if not finding.warning}


def check_breach(rule, path, text, kind=None):
    """check_breach returns what went wrong, or nothing."""
    files = {**CLEAN, path: text.replace(" @@", "")}
    if rule not in caught(files, kind):
        return f"{rule} did not catch {text[:60]!r} in {path}"
    if "@@" in text:
        comment = f"/* lint: allow {rule}: the self-test says so */"
        left = caught({**files, path: text.replace("@@", comment)}, kind)
        if rule in left or "suppressions" in left:
            return f"{rule} could not be allowed at {text[:60]!r} in {path}"
    return None


def main():
    wrong = [f"the clean tree breaks {rule}"
             for kind in ("a", "so") for rule in caught(CLEAN, kind)]
    wrong += [e for e in (check_breach(*breach) for breach in BREACHES) if e]
    for path, text in FINE:
        for rule in caught({**CLEAN, path: text}):
            wrong.append(f"{rule} caught {text[:60]!r} in {path}, which is fine")
    untried = set(RULES) - {breach[0] for breach in BREACHES}
    wrong += [f"no breach tries {rule}" for rule in untried]
    for line in wrong:
        print(line)
    print(f"selftest: {len(BREACHES)} breaches, {len(FINE)} fine texts, {len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
