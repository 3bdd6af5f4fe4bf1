"""A hundred thousand rows: the figures are printed, nothing is asserted about time."""

import resource
import time

import pytest

from tests.proactive.feeds.making import BILL_HEADS, Bill, Office, resident

ROWS, PEOPLE = 100_000, 20_000


@pytest.mark.slow
def test_a_hundred_thousand_bills_are_applied_in_one_go(office: Office) -> None:
    people = [resident(n % 999 + 1, born=f"{1950 + n // 999}0305") for n in range(PEOPLE)]
    lines = [
        Bill(
            id=people[n % PEOPLE],
            settlement=f"S{n}",
            at=f"2026-0{n % 9 + 1}-{n % 28 + 1:02d} {n % 24:02d}:{n % 60:02d}:{n % 59:02d}",
            total=f"{1000 + n % 977}.{n % 100:02d}",
        ).line()
        for n in range(ROWS)
    ]
    path = office.file("\n".join([BILL_HEADS, *lines]) + "\n")
    told: list[int] = []

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    start, cpu = time.perf_counter(), time.process_time()
    summary = office.deliver("medical_bill", path, progress=lambda rows, _: told.append(rows))
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    again = office.deliver("medical_bill", "\n".join([BILL_HEADS, *lines[:10_000]]) + "\n")

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{ROWS} rows of {PEOPLE} people: {seconds:.1f} s, {cpu:.1f} s of CPU,"
        f" peak {before} -> {peak} MiB in this process"
    )
    assert (summary.applied, summary.new_subjects) == (ROWS, PEOPLE)
    assert (again.applied, again.unchanged) == (0, 10_000)
    assert told[-1] == ROWS
