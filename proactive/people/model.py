"""What the vault knows of a subject, and what may be told from it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

ADULT_CONTACT_AGE = (
    14  # Personal Information Protection Law art. 31: a guardian stands for those under 14
)
SHARED_BY_MANY = 5  # a family may share a phone; more than this is somebody else's


@dataclass(frozen=True, slots=True)
class Place:
    """Area codes of a subject; of two registers the one with the higher authority is believed."""

    living: str = ""
    registered: str = ""
    authority: int = 0


@dataclass(frozen=True, slots=True)
class Identity:
    """What one row of one feed says of a subject. Lives in memory only; the vault encrypts it."""

    key: int
    kind: str
    scheme: str
    number: str
    name: str = ""
    phone: str = ""
    address: str = ""
    extra: Mapping[str, str] = field(default_factory=dict, hash=False)
    born_on: date | None = None
    died_on: date | None = None
    household_key: int | None = None
    guardian_key: int | None = None
    place: Place = Place()
    seen_on: date | None = None


class NoPhone(StrEnum):
    """Why nobody can be reached by message."""

    NONE = "no_phone"
    NOT_MOBILE = "not_mobile"
    SHARED = "shared_phone"
    DEAD = "dead"
    DOUBTFUL = "identity_doubtful"
    MINOR = "minor_without_guardian"


@dataclass(frozen=True, slots=True)
class Phone:
    """A mobile number in E.164 and whose it is, or the reason there is none."""

    number: str = ""
    reason: NoPhone | None = None
    guardian: bool = False


@dataclass(frozen=True, slots=True)
class PersonCard:
    """A subject as an authorised person may see it; `sources` are feeds and when each saw it."""

    subject_key: int
    kind: str
    scheme: str
    name: str
    id_number: str
    phone: str
    address: str
    born_on: date | None
    died_on: date | None
    doubtful: bool
    language: str
    guardian_key: int | None
    names: tuple[str, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, date] = field(default_factory=dict)
    damaged: frozenset[str] = frozenset()  # parts of which a stored value cannot be opened


_DOTS = re.compile(r"[\s·•．・‧∙⋅.\-]")

# Traditional and old forms that stand in registers beside the plain ones (names only).
_PLAIN_FORMS = str.maketrans(
    "張劉陳楊趙黃吳孫馬羅鄭謝許鄧馮蔣蕭葉閻鄒陸賈韋譚龍萬錢湯賀賴龔顏倪嚴於餘喬郝邱莊戴範盧蘇呂魯鍾溫關華國"
    "偉強軍傑麗蘭鳳蓮貴寶榮東興慶學義紅雲愛嬌瓊靜豔燕陽輝鵬飛龜長門風來時會發開見員問間書聖賢壽歲齊齡禮"
    "讓謙誠訓詠詩語誼諾譽贇趕跡車軒輕轉辭農達遠適遷選遙還進銀銘銳鋒錄鋼錦鎮鐵鑫閃閆閏閣闊隊階際隨險隱難"
    "電靈頂順須領頭顧顯飄養駿騰驍驕驥鮑鮮鳴鴻鶴鷹麥黨齊",
    "张刘陈杨赵黄吴孙马罗郑谢许邓冯蒋萧叶阎邹陆贾韦谭龙万钱汤贺赖龚颜倪严于余乔郝邱庄戴范卢苏吕鲁钟温关华国"
    "伟强军杰丽兰凤莲贵宝荣东兴庆学义红云爱娇琼静艳燕阳辉鹏飞龟长门风来时会发开见员问间书圣贤寿岁齐龄礼"
    "让谦诚训咏诗语谊诺誉赟赶迹车轩轻转辞农达远适迁选遥还进银铭锐锋录钢锦镇铁鑫闪闫闰阁阔队阶际随险隐难"
    "电灵顶顺须领头顾显飘养骏腾骁骄骥鲍鲜鸣鸿鹤鹰麦党齐",
)


def compared_name(name: str) -> str:
    """A name as it is compared: without dots, spaces and case, in plain forms of the characters."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return _DOTS.sub("", folded).translate(_PLAIN_FORMS)


def age_on(born_on: date, day: date) -> int:
    """Full years on a day; somebody born on 29 February is older on 1 March."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def is_minor(born_on: date | None, day: date) -> bool:
    """Under 14, so that a guardian stands for the child."""
    return born_on is not None and age_on(born_on, day) < ADULT_CONTACT_AGE


def choose_phone(
    *, died_on: date | None, doubtful: bool, mobiles: Sequence[str], others: bool, shared: bool
) -> Phone:
    """The number a message may go to, or why none may."""
    if died_on is not None:
        return Phone(reason=NoPhone.DEAD)
    if doubtful:
        return Phone(reason=NoPhone.DOUBTFUL)
    if not mobiles:
        return Phone(reason=NoPhone.NOT_MOBILE if others else NoPhone.NONE)
    return Phone(reason=NoPhone.SHARED) if shared else Phone(mobiles[0])
