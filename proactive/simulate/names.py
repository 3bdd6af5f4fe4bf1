"""Invented names: people, towns, villages, enterprises. Nobody's, put together from characters."""

from __future__ import annotations

import numpy as np

from proactive.simulate.draws import Bools, Ints

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
MEN = "禾垚岱屹廷泊峥湛朴衍钧珩崚澍昶堃炘旻嵘翀峻勖秉骞烨"
WOMEN = "苒蓁妤婳芃棠嫣瑜姝筱莛漪娴璎葭岚鸢蕙杳沅绮霏玥蔓妍"
EITHER = "安乐宁和清平书言如意明远知行田溪舟川星野秋夏春冬青白云石谷麦粟柏桐榆"
# Characters that break in GBK or in systems with a small character table (domain.md §9).
RARE = "䶮㛃𬱖㐀"
RARE_SHARE = 0.003

PLACE_HEADS = "柳槐枣石泉沙苇禾杏梨桑榆桐松竹荷菱稻粟麦橡楸椒枫葵蒲艾芦荞苇"
PLACE_TAILS = "家坊桥湾台渠庄洼店铺岭塘堡屯集寨沟滩井坡"
TOWN_HEADS = "澄润丰和宁永福清广庆瑞嘉"
TOWN_TAILS = "禾岫原川溪野陵泽浦洲"
ENTERPRISE_HEADS = "澄润丰和宁永福清广庆瑞嘉禾岫原川溪野陵泽浦洲晖煜"
TRADES = ("粮油", "建材", "农机", "食品加工", "运输", "服装", "商贸", "家具", "养殖", "印务")


def people_names(rng: np.random.Generator, surnames: Ints, male: Bools) -> list[str]:
    """Give each person a name of two or three characters; a few carry a rare character."""
    count = len(surnames)
    first, second = rng.integers(0, 25, count), rng.integers(0, len(EITHER), count)
    longer, rare = rng.random(count) < 0.8, rng.random(count) < RARE_SHARE
    rare[::499] = True  # even a small county has some
    which = rng.integers(0, len(RARE), count)
    rows = zip(
        surnames.tolist(), male.tolist(), first.tolist(), second.tolist(),
        longer.tolist(), rare.tolist(), which.tolist(), strict=True,
    )  # fmt: skip
    return [
        SURNAMES[surname]
        + (RARE[rare_sign] if is_rare else (MEN if is_male else WOMEN)[head])
        + (EITHER[tail] if is_long else "")
        for surname, is_male, head, tail, is_long, is_rare, rare_sign in rows
    ]


def surnames(rng: np.random.Generator, count: int) -> Ints:
    """Draw surnames, the first of the list being the most frequent."""
    weights = 1 / (np.arange(len(SURNAMES)) + 6)
    edges = np.cumsum(weights / weights.sum())
    found = np.searchsorted(edges, rng.random(count), side="right")
    return np.minimum(found, len(SURNAMES) - 1).astype(np.int64)


def town_names(rng: np.random.Generator, count: int) -> list[str]:
    """Draw different town names."""
    return [f"{name}镇" for name in _pairs(rng, TOWN_HEADS, TOWN_TAILS, count)]


def village_names(rng: np.random.Generator, towns: Ints) -> list[str]:
    """Name the villages; about one in twelve repeats the name of a village in another town."""
    plain = _pairs(rng, PLACE_HEADS, PLACE_TAILS, len(towns))
    town_of = towns.tolist()
    for place in range(len(plain)):
        if place % 12 == 11:
            twin = next((p for p in range(place) if town_of[p] != town_of[place]), None)
            plain[place] = plain[place] if twin is None else plain[twin + place // 12 - 1]
    return [f"{name}村委会" for name in plain]


def enterprise_names(rng: np.random.Generator, county: str, count: int) -> list[str]:
    """Name enterprises after the county, two characters and a trade."""
    first = rng.integers(0, len(ENTERPRISE_HEADS), count).tolist()
    second = rng.integers(0, len(ENTERPRISE_HEADS), count).tolist()
    trades = rng.integers(0, len(TRADES), count).tolist()
    return [
        f"{county}{ENTERPRISE_HEADS[a]}{ENTERPRISE_HEADS[b]}{TRADES[t]}有限公司"
        for a, b, t in zip(first, second, trades, strict=True)
    ]


def _pairs(rng: np.random.Generator, heads: str, tails: str, count: int) -> list[str]:
    every = [head + tail for head in dict.fromkeys(heads) for tail in tails]
    order = rng.permutation(len(every))
    chosen = [every[at] for at in order[:count].tolist()]
    # A very large county runs out of pairs: number the rest, as real villages are.
    return chosen + [
        f"{every[int(order[extra % len(every)])]}{extra // len(every) + 2}"
        for extra in range(count - len(chosen))
    ]
