"""Fails when the test report names a browser test that was skipped, or names no browser test.

Usage: skipped_browser_tests.py REPORT.xml (a JUnit file written by pytest)
"""

# ruff: noqa: T201 - a command speaks by printing

import sys
from pathlib import Path
from xml.etree import ElementTree as ET

FOLDER = "tests.browser"


def main(report: Path) -> int:
    """Print every skipped browser test; 0 when there is none and at least one ran."""
    cases = ET.parse(report).getroot().iter("testcase")  # noqa: S314 - our own file
    ran, skipped = 0, []
    for case in cases:
        place = f"{case.get('classname') or case.get('name')}"
        reason = case.find("skipped")
        about = place + ("" if reason is None else f" {reason.get('message')} {reason.text}")
        if not place.startswith(FOLDER) and "chromium" not in about.lower():
            continue
        if reason is None:
            ran += 1
        else:
            skipped.append(f"{place}::{case.get('name')}: {reason.get('message')}")
    for line in skipped:
        print(f"browser test skipped: {line}")
    if not ran:
        print("no browser test ran")
    return 1 if skipped or not ran else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
