"""Chance with a name: every part of the county draws from its own reproducible stream."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Days = npt.NDArray[np.datetime64]
DAY = np.timedelta64(1, "D")  # NumPy takes no bare number for days any more


@dataclass(frozen=True, slots=True)
class Chance:
    """Hands out one generator per named part, so that changing one part leaves the others alone."""

    seed: int
    people: int
    as_of: date

    def part(self, name: str) -> np.random.Generator:
        # crc32, not hash(): the built-in hash of a text differs from run to run.
        words = (self.seed, self.people, self.as_of.toordinal(), zlib.crc32(name.encode()))
        return np.random.default_rng(np.random.SeedSequence(words))


def pick(rng: np.random.Generator, weights: Sequence[float], size: int) -> Ints:
    """Draw positions 0..len-1 with the given weights, which need not add up to one."""
    share = np.asarray(weights, dtype=np.float64)
    edges = np.cumsum(share / share.sum())
    found = np.searchsorted(edges, rng.random(size), side="right")
    return np.minimum(found, len(share) - 1).astype(np.int64)


def some(rng: np.random.Generator, positions: Ints, count: int) -> Ints:
    """Choose `count` different positions, in ascending order; all of them when there are fewer."""
    if count >= len(positions):
        return np.sort(positions)
    return np.sort(rng.choice(positions, size=count, replace=False))


def day(value: date) -> np.datetime64:
    """Give a date in the form that arrays of days use."""
    return np.datetime64(value, "D")


def texts_of_days(days: Days, shape: str = "-") -> list[str]:
    """Write days as text: `-` gives 2026-11-21, `/` gives 2026/11/21, empty gives 20261121."""
    texts: list[str] = np.datetime_as_string(days.astype("datetime64[D]"), unit="D").tolist()
    texts = ["" if text == "NaT" else text for text in texts]
    return texts if shape == "-" else [text.replace("-", shape) for text in texts]


def yuan_texts(fen: Ints) -> list[str]:
    """Write whole fen as yuan with two decimals, the minus sign kept on refunds."""
    return [
        f"{'-' if value < 0 else ''}{abs(value) // 100}.{abs(value) % 100:02d}"
        for value in fen.tolist()
    ]
