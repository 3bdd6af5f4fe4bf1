"""The gate: a browser test that was skipped is a failure where a browser is present."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PASSED = '<testcase classname="tests.browser.test_pages" name="test_a"/>'
SKIPPED = (
    '<testcase classname="tests.browser.test_pages" name="test_b">'
    '<skipped message="Chromium is not installed"/></testcase>'
)
WHOLE_FILE_SKIPPED = (
    '<testcase classname="" name="tests.browser.test_pages"><skipped message="no"/></testcase>'
)
SKIPPED_ELSEWHERE = (
    '<testcase classname="tests.feeds.test_x" name="test_c"><skipped message="no data"/></testcase>'
)


@pytest.mark.parametrize(
    ("cases", "code"),
    [
        (PASSED, 0),
        (PASSED + SKIPPED_ELSEWHERE, 0),
        (PASSED + SKIPPED, 1),
        (PASSED + WHOLE_FILE_SKIPPED, 1),
        (SKIPPED_ELSEWHERE, 1),
    ],
    ids=["ran", "other skipped", "one skipped", "file skipped", "none ran"],
)
def test_the_gate_fails_when_a_browser_test_did_not_run(
    tmp_path: Path, cases: str, code: int
) -> None:
    report = tmp_path / "report.xml"
    report.write_text(f"<testsuites><testsuite>{cases}</testsuite></testsuites>")

    answer = subprocess.run(
        [sys.executable, ROOT / "tools" / "skipped_browser_tests.py", report],
        capture_output=True,
        check=False,
    )

    assert answer.returncode == code


def test_the_gate_runs_the_test_command_of_the_readme() -> None:
    assert "make test" in (ROOT / "README.md").read_text("utf-8")
    assert "make test\n" in (ROOT / ".ci" / "run").read_text("utf-8")
