#!/usr/bin/env python3
"""Every program of peers.txt is there and says its version: none is skipped for being absent."""

import shutil
import subprocess
import sys

import driver


def version_of(name, words):
    if not shutil.which(driver.command(name)):
        return None
    done = driver.run(words)
    said = (done.stdout or done.stderr).decode().splitlines()
    return said[0] if done.returncode == 0 and said else None


def main():
    absent = 0
    for name, (_, words) in driver.required().items():
        try:
            version = version_of(name, words)
        except (OSError, subprocess.TimeoutExpired):
            version = None
        absent += version is None
        print(f"{'ok     ' if version else 'FAILED '} {name}: {version or 'absent, or broken'}")
    sys.exit(1 if absent else 0)


main()
