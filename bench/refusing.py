"""How long the gate takes to refuse a trigger text, over thousands of hostile ones.

The yardstick is the promise: no text up to the largest size takes more than 50 ms to refuse. The
slowest of all counts, in processor time, so that a busy machine does not blame the gate.
"""

from __future__ import annotations

import heapq
import random
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.measuring import Benchmark, Measured, Setting
from proactive.feeds.contract import Contract
from proactive.feeds.contracts import load_contracts
from proactive.rules.drafts import check_text
from proactive.rules.reading import LARGEST_FILE

ROOT = Path(__file__).resolve().parents[1]
PROMISE = 0.05
TEXTS = 10_000
PIECES = (
    "[", "{", "]", "}", ": ", "- ", "\n", "\n  ", ", ", "all", "any", "not", "measure", "where",
    "{all: [", "{not: ", "- {measure: m, at_least: p}\n", "&a ", "*a ", "!!python/name:os.system ",
    "? ", "| \n", ">-\n", "'", '"', "#", "中文", "\t", "\u2028", "x" * 50, "key: ", "%YAML 1.2\n",
)  # fmt: skip


def hostile_texts(*, seed: int, count: int) -> Iterator[str]:
    """Yield texts that nobody would write: noise of YAML's signs, and damaged triggers."""
    chance = random.Random(seed)  # noqa: S311 - the same texts every time, no secret
    files = sorted((ROOT / "triggers").glob("*/trigger.yaml"))
    shipped = [file.read_text("utf-8") for file in files]
    makers = (_noise, _repeated, _damaged, _wide)
    for _ in range(count):
        yield chance.choice(makers)(chance, shipped)[:LARGEST_FILE]


def _noise(chance: random.Random, _: list[str]) -> str:
    return "".join(chance.choices(PIECES, k=chance.randint(1, 3_000)))


def _repeated(chance: random.Random, _: list[str]) -> str:
    piece = "".join(chance.choices(PIECES, k=chance.randint(1, 4)))
    return piece * (LARGEST_FILE // max(len(piece), 1))


def _damaged(chance: random.Random, shipped: list[str]) -> str:
    signs = list(chance.choice(shipped))
    for _ in range(chance.randint(1, 40)):
        signs[chance.randrange(len(signs))] = chance.choice(PIECES)
    return "".join(signs)


def _wide(chance: random.Random, shipped: list[str]) -> str:
    """A trigger with as many parts of one kind as fit into it, most of them wrong."""
    text = chance.choice(shipped)
    part = chance.choice(
        ["  - {registered_in: no_such_register}\n", "  - {measure: m, at_least: p}\n",
         "  - {receiving: [a, b, c]}\n", "  - not: {any: [{record: r, where: [{field: f}]}]}\n"]
    )  # fmt: skip
    return text.replace("unless:\n", "unless:\n" + part * chance.randint(1, 900), 1)


def seconds_to_answer(contracts: Mapping[str, Contract], text: str) -> float:
    """Return the processor time that one text takes to be refused or taken."""
    start = time.process_time()
    check_text(text, contracts)
    return time.process_time() - start


def run(setting: Setting) -> Measured:
    """Time every text once, then the slowest again: what a pause of the machine cost drops out."""
    contracts = load_contracts(ROOT / "triggers" / "feeds")
    texts = list(hostile_texts(seed=1, count=TEXTS))
    slowest = heapq.nlargest(50, texts, key=lambda text: seconds_to_answer(contracts, text))
    worst = max(
        min(seconds_to_answer(contracts, text) for _ in range(max(setting.rounds, 2)))
        for text in slowest
    )
    return Measured(BENCHMARK.name, TEXTS, worst, BENCHMARK.yardstick, PROMISE)


BENCHMARK = Benchmark(
    name="refusing",
    what="the slowest of 10,000 hostile trigger texts of up to 64 KiB",
    yardstick="50 ms",
    at_most=1,
    run=run,
)
