#!/usr/bin/env python3
"""Every program of peers.txt is there and says its version: none is skipped for being absent. Those
of peers-extra.txt are named if they are absent; with TACIT_PEERS=extra, they have to be there."""

import os
import subprocess
import sys

import driver


def version_of(need, words):
    """version_of is the first line that a program says about itself, or None."""
    if driver.absent(need):
        return None
    if not words:
        return "there"
    try:
        done = driver.run(words)
    except (OSError, subprocess.TimeoutExpired):
        return None
    said = (done.stdout or done.stderr).decode().splitlines()
    return said[0] if done.returncode == 0 and said else None


def count_absent(file, verdict):
    """count_absent says of each program of a list what it is, and counts those that are not."""
    absent = 0
    for name, (need, words) in driver.listed(file).items():
        version = version_of(need, words)
        absent += version is None
        print(f"{'ok     ' if version else verdict} {name}: {version or 'absent, or broken'}")
    return absent


def main():
    asked = os.environ.get("TACIT_PEERS", "")
    assert asked in ("", "extra"), f"TACIT_PEERS={asked}: extra is all that it can say"
    absent = count_absent("peers.txt", "FAILED ")
    extra = count_absent("peers-extra.txt", "FAILED " if asked else "LACKED ")
    sys.exit(1 if absent or asked and extra else 0)


main()
