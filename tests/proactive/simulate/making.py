"""A made county as tests read it."""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from proactive.simulate import CountySummary, simulate_county

AS_OF = date(2026, 11, 21)


@dataclass(frozen=True)
class Made:
    folder: Path
    summary: CountySummary
    truth: dict[str, Any]
    listed: dict[str, Any]


def make(folder: Path, people: int, seed: int) -> Made:
    summary = simulate_county(folder, people, seed, areas=None, as_of=AS_OF)
    return Made(
        folder,
        summary,
        json.loads((folder / "truth.json").read_text("utf-8")),
        json.loads((folder / "deliveries.json").read_text("utf-8")),
    )
