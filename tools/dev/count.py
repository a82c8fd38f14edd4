#!/usr/bin/env python3
"""count.py: the closing line of a test run, from ctest's JUnit file. A cmocka program counts by its
test cases, any other test as one; a program that died counts as one failure more."""

import re
import sys
import xml.etree.ElementTree as ET

CMOCKA = re.compile(r"^\[  (PASSED|FAILED|SKIPPED) *\] +(\d+) test", re.M)


def count(case):
    """count gives (passed, failed, skipped) for one test of ctest."""
    status = case.get("status")
    if case.find("skipped") is not None or status in ("notrun", "disabled"):
        return 0, 0, 1
    output = case.findtext("system-out") or ""
    sums = {"PASSED": 0, "FAILED": 0, "SKIPPED": 0}
    for kind, n in CMOCKA.findall(output):
        sums[kind] += int(n)
    if status == "fail" and not sums["FAILED"]:
        sums["FAILED"] = 1
    elif not any(sums.values()):
        sums["PASSED"] = 1
    return sums["PASSED"], sums["FAILED"], sums["SKIPPED"]


def main():
    cases = ET.parse(sys.argv[1]).getroot().iter("testcase")
    passed, failed, skipped = (sum(column) for column in zip((0, 0, 0), *map(count, cases)))
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
