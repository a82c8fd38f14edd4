"""killer: runs the tool and kills it right before its n-th call that changes a file, by ptrace.

Only on Linux for x86-64, whose numbers of system calls stand here.
"""

import ctypes
import os
import platform
import signal

import tool

TRACEME, PEEKUSER, SYSCALL, SETOPTIONS = 0, 3, 24, 0x4200
SYSGOOD, EXITKILL = 1, 1 << 20
RDX, RDI, CALL = 12 * 8, 14 * 8, 15 * 8  # where struct user has them
WRITE, OPENAT, O_CREAT = 1, 257, 0o100
CHANGES = {74: "fsync", 82: "rename", 83: "mkdir", 86: "link", 87: "unlink", 90: "chmod",
           91: "fchmod", 316: "renameat2"}

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.restype = ctypes.c_long
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def works():
    return platform.machine() == "x86_64" and platform.system() == "Linux"


def start(words):
    pid = os.fork()
    if pid:
        os.waitpid(pid, 0)  # it stops where its program begins
        libc.ptrace(SETOPTIONS, pid, 0, SYSGOOD | EXITKILL)
        return pid
    try:
        quiet = os.open(os.devnull, os.O_RDWR)
        for fd in 0, 1, 2:
            os.dup2(quiet, fd)
        libc.ptrace(TRACEME, 0, 0, 0)
        env = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}  # that would trace it, too
        os.execve(tool.TACIT, [tool.TACIT, *words], env)
    finally:
        os._exit(127)


def changes(pid):
    """changes: is the call that it is about to make one that changes a file?"""
    number = libc.ptrace(PEEKUSER, pid, CALL, 0)
    if number == OPENAT:
        return bool(libc.ptrace(PEEKUSER, pid, RDX, 0) & O_CREAT)
    if number == WRITE:
        return libc.ptrace(PEEKUSER, pid, RDI, 0) > 2
    return number in CHANGES


def run(words, n):
    """run kills the tool before its n-th change, from 0; returns its status, None if killed."""
    pid, entering = start(words), True
    while True:
        libc.ptrace(SYSCALL, pid, 0, 0)
        status = os.waitpid(pid, 0)[1]
        if os.WIFEXITED(status):
            return os.WEXITSTATUS(status)
        if os.WIFSIGNALED(status):
            return None
        if os.WSTOPSIG(status) != signal.SIGTRAP | 0x80:
            continue
        if entering and changes(pid):
            n -= 1
            if n < 0:
                os.kill(pid, signal.SIGKILL)
        entering = not entering


def at_each_change(words):
    """at_each_change kills it before its first change, the second and so on, and yields how many
    changes it has made, until it lives to its end, which has to be status 0."""
    n = 0
    while (status := run(words, n)) is None:
        yield n
        n += 1
    assert status == 0, (words, n, status)
    assert n >= 5, f"{words}: only {n} changes were seen"
