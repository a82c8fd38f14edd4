"""layers.py: the rules on who may use what."""

import re

from source import Finding

# What each folder of src/ may include, besides itself. Written out, so that the map is read here.
BOTTOM = {"base", "wire", "crypto", "registry"}
MESSAGES = BOTTOM | {"record", "msg"}
LAYERS = {
    "base": set(),
    "wire": {"base"},
    "crypto": {"base", "wire"},
    "registry": {"base", "wire", "crypto"},
    "record": BOTTOM,
    "msg": BOTTOM,
    "x509": BOTTOM,
    "session": BOTTOM,
    "ext": MESSAGES,
    "hs": MESSAGES | {"ext", "x509", "session"},
    "conn": MESSAGES | {"ext", "x509", "session", "hs"},
    "stream": MESSAGES | {"ext", "x509", "session", "hs", "conn"},
}

OPENSSL = re.compile(r"(src/crypto/libcrypto/|tools/tacit/(ca|inspect)[^/]*$|tests/|bench/)")

# What touches the system on purpose: base/hooks.c and base/file.c hold the default hooks and the
# loader of files; stream is the layer over file descriptors, and its descriptor.c reads a clock.
HOOKS, LOADER, DESCRIPTORS = "src/base/hooks.c", "src/base/file.c", "src/stream/"
STREAM_CLOCK = "src/stream/descriptor.c"
SYSTEM_HEADERS = {
    "assert.h", "cpuid.h", "immintrin.h", "inttypes.h", "limits.h", "pthread.h", "stdalign.h",
    "stdarg.h", "stdatomic.h", "stdbool.h", "stddef.h", "stdint.h", "stdio.h", "stdlib.h",
    "string.h", "valgrind/memcheck.h",
}


def calls(*names):
    """calls matches a call of one of these functions, not of a member that has its name."""
    return re.compile(r"(?<![\w.>])(" + "|".join(names) + r")\s*\(")


ALLOC = calls("malloc", "calloc", "realloc", "reallocarray", "free", "aligned_alloc",
              "posix_memalign", "strdup", "strndup", "asprintf", "vasprintf", "alloca")
CLOCK = calls("time", "clock", "clock_gettime", "gettimeofday", "timespec_get", "localtime",
              "localtime_r", "gmtime", "gmtime_r", "mktime", "timegm", "sleep", "nanosleep")
IO = calls("fopen", "fdopen", "freopen", "fread", "fwrite", "fclose", "fgets", "fputs", "fputc",
           "puts", "putchar", "printf", "vprintf", "fprintf", "vfprintf", "perror", "getenv",
           "secure_getenv", "setenv", "putenv", "system", "exit", "abort", "atexit", "signal",
           "remove", "rename", "tmpfile")


def layers(tree):
    """A folder includes itself and the folders below it, by their name: "wire/rd.h"."""
    for f in tree.c("src", "proxy"):
        mine = f.path.split("/")[1]
        for number, quote, target in f.includes():
            theirs = target.split("/")[0]
            if f.inside("proxy"):
                if theirs in LAYERS and quote == '"':
                    yield Finding(f.path, number, "layers", "the proxy uses the public API alone")
            elif mine not in LAYERS:
                yield Finding(f.path, number, "layers", f"src/{mine} is not in the map of layers")
            elif quote == '"' and "/" not in target:
                yield Finding(f.path, number, "layers", f'name the folder: "{mine}/{target}"')
            elif quote == '"' and theirs != mine and theirs not in LAYERS[mine]:
                yield Finding(f.path, number, "layers", f"{mine} may not include {theirs}")


def openssl_only(tree):
    """<openssl/...> only in the provider, the verbs `ca` and `inspect`, tests and benchmarks."""
    for f in tree.c():
        for number, _, target in f.includes():
            if target.startswith("openssl/") and not OPENSSL.match(f.path):
                yield Finding(f.path, number, "openssl-only", f"<{target}> outside the provider")


def forbidden(tree, rule, pattern, exempt, advice):
    for f in tree.c("src"):
        if not f.path.startswith(exempt):
            for number, match in f.words(pattern):
                yield Finding(f.path, number, rule, f"{match.group(1)}: {advice}")


def core_alloc(tree):
    """The core allocates through the hooks."""
    return forbidden(tree, "core-alloc", ALLOC, (HOOKS,), "memory comes from mem_alloc")


def core_clock(tree):
    """The core reads no clock: time comes in."""
    advice = "time comes in, by the hook or the tick"
    return forbidden(tree, "core-clock", CLOCK, (HOOKS, STREAM_CLOCK), advice)


def core_errno(tree):
    """The core does not look at errno."""
    pattern = re.compile(r"\b(errno)\b")
    advice = "the core makes no system calls"
    return forbidden(tree, "core-errno", pattern, (LOADER, DESCRIPTORS), advice)


def core_io(tree):
    """The core uses no file, socket, terminal or environment, and includes no header for them."""
    advice = "bytes come in, bytes and facts go out"
    yield from forbidden(tree, "core-io", IO, (LOADER, DESCRIPTORS), advice)
    for f in tree.c("src"):
        if f.path.startswith((HOOKS, LOADER, DESCRIPTORS)):
            continue
        for number, quote, target in f.includes():
            if quote == "<" and target not in SYSTEM_HEADERS:
                if not target.startswith(("tacit/", "openssl/")):
                    yield Finding(f.path, number, "core-io", f"<{target}> is not for the core")


def no_memcmp(tree):
    """No memcmp in hs and session: what is public goes by span_eq, what is secret by ct_eq."""
    for f in tree.c("src/hs", "src/session"):
        for number, match in f.words(re.compile(r"\b(memcmp|bcmp)\b")):
            yield Finding(f.path, number, "no-memcmp", f"{match.group(1)}: use span_eq or ct_eq")


RULES = {
    "layers": layers,
    "openssl-only": openssl_only,
    "core-alloc": core_alloc,
    "core-clock": core_clock,
    "core-errno": core_errno,
    "core-io": core_io,
    "no-memcmp": no_memcmp,
}
