"""Matching village names inside one town: exact first, then known endings, never a guess."""

import unicodedata
from collections.abc import Iterable

# Official ending → how people write it; longest first. An ending is only ever exchanged for
# another of the same kind: 刘言村 is 刘言村委会, but neither 刘言家村委会 nor 刘言社区.
_COMMITTEES = ("村民委员会", "村委会", "居民委员会", "居委会")
_VILLAGE = ("村民委员会", "村委会")
_TOWN_ENDINGS = (("街道办事处", "街道"), ("镇人民政府", "镇"), ("乡人民政府", "乡"))


def plain_name(name: str) -> str:
    """Return a name without differences of writing: width, spaces, letter case."""
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()


def short_name(name: str) -> str:
    """Return the everyday form of an official name, its kind (村, 社区, 居) kept."""
    plain = plain_name(name)
    for ending, everyday in _TOWN_ENDINGS:
        if plain.endswith(ending):
            return plain.removesuffix(ending) + everyday
    for ending in _COMMITTEES:
        stem = plain.removesuffix(ending)
        if stem and stem != plain:
            if stem.endswith(("社区", "村")):
                return stem
            return stem + ("村" if ending in _VILLAGE else "居")
    return plain


def bare_name(name: str) -> str:
    """Return the everyday form without its kind; only for a query that names no kind itself."""
    short = short_name(name)
    for kind in ("社区", "村", "居", "街道", "镇", "乡"):
        stem = short.removesuffix(kind)
        if stem and stem != short:
            return stem
    return short


def match_name(wanted: str, names: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return the codes among (code, name) that `wanted` means: none, one, or an ambiguity.

    The tightest form that matches at all decides: the name as written, then its everyday form,
    then, if `wanted` names no kind of unit, the name without its kind.
    """
    listed = list(names)
    exact = plain_name(wanted)
    short = short_name(wanted)
    for found in (
        [code for code, name in listed if plain_name(name) == exact],
        [code for code, name in listed if short_name(name) == short],
        [code for code, name in listed if bare_name(name) == exact and bare_name(wanted) == exact],
    ):
        if found:
            return tuple(sorted(set(found)))
    return ()
