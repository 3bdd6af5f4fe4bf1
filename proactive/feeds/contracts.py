"""All contracts of a folder: `load_contracts(folder)`; a region brings its own folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from proactive.feeds.contract import Column, Contract
from proactive.feeds.contract_checks import contract_mistakes
from proactive.feeds.marked import FileRefused, Mistake, did_you_mean, read_marked_file, validate
from proactive.feeds.words import Scheme, SubjectKind
from proactive.kernel.errors import Refused

__all__ = ["Column", "Contract", "Contracts", "load_contract", "load_contracts"]

BAD_CONTRACT = "bad_contract"


class Contracts(Mapping[str, Contract]):
    """All contracts of one folder, by feed name."""

    def __init__(self, contracts: Mapping[str, Contract], folder: Path) -> None:
        self._contracts = dict(contracts)
        self.folder = folder

    def __getitem__(self, feed: str) -> Contract:
        return self._contracts[feed]

    def __iter__(self) -> Iterator[str]:
        return iter(self._contracts)

    def __len__(self) -> int:
        return len(self._contracts)

    @property
    def person_scheme(self) -> str:
        """How persons are numbered here: opaque where no contract knows citizen numbers."""
        about = [each.subject for each in self.values() if each.subject is not None]
        persons = [one for one in about if one.kind is not SubjectKind.ORGANISATION]
        known = {scheme for one in persons for scheme in one.schemes}
        if Scheme.OPAQUE in known and Scheme.CN_RESIDENT_ID not in known:
            return Scheme.OPAQUE.value
        return Scheme.CN_RESIDENT_ID.value

    def named(self, feed: str) -> Contract:
        """The contract of a feed a person named; an unknown name is refused."""
        if feed not in self._contracts:
            raise Refused(
                "unknown_feed",
                "There is no feed '{feed}'{near}",
                todo="'proactive feed list' shows the feeds.",
                feed=feed[:60],
                near=did_you_mean(feed, sorted(self._contracts)) or ".",
            )
        return self._contracts[feed]


def load_contracts(folder: Path) -> Contracts:
    """Read every `*.yaml` of a folder; all mistakes of a file are refused together."""
    found: dict[str, Contract] = {}
    for path in sorted(folder.glob("*.yaml")):
        contract = load_contract(path)
        if contract.feed in found:
            mistake = Mistake(path.name, 1, "feed", f"'{contract.feed}' has a contract already")
            raise FileRefused(BAD_CONTRACT, [mistake])
        found[contract.feed] = contract
    if not found:
        raise FileRefused(BAD_CONTRACT, [Mistake(str(folder), 1, "(folder)", "holds no contract")])
    return Contracts(found, folder)


def load_contract(path: Path) -> Contract:
    """One contract file; refused with file, line and did-you-mean."""
    marked = read_marked_file(path, code=BAD_CONTRACT)
    contract = validate(marked, Contract, code=BAD_CONTRACT)
    mistakes = [marked.mistake(path_, text) for path_, text in contract_mistakes(contract)]
    if mistakes:
        raise FileRefused(BAD_CONTRACT, mistakes)
    return contract
