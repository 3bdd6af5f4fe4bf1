"""What people answer by SMS, and what we answer them: four digits and the words for them."""

import unicodedata
from enum import StrEnum


class Meaning(StrEnum):
    FINE = "fine"
    WRONG_PERSON = "wrong_person"
    CALL_ME = "call_me"
    STOP = "stop"
    UNKNOWN = "unknown"


# Stop words beside ours: the provider's defaults on long codes, and those of local networks.
WORDS = {
    Meaning.FINE: ("1", "yes", "y", "ok", "是", "是的", "对", "好", "好的", "收到", "知道了"),
    Meaning.WRONG_PERSON: (
        *("2", "wrong", "wrong person", "wrong number", "no", "错", "错了", "打错了", "发错了"),
        *("不是", "不是我", "不是本人", "号码错了", "认错人了"),
    ),
    Meaning.CALL_ME: (
        "3",
        "call",
        "call me",
        "回电",
        "来电",
        "请来电",
        "请回电",
        "打电话",
        "请打电话",
    ),
    Meaning.STOP: (
        *("4", "stop", "unsubscribe", "end", "quit", "stopall", "revoke", "optout", "cancel"),
        *("停", "停止", "退订", "拒收", "不要再发", "不再发送", "td", "t", "n"),
    ),
}
_MEANINGS = {word: meaning for meaning, words in WORDS.items() for word in words}
_PREFIXES = ("回复", "回", "reply")

ANSWERS = {
    Meaning.FINE: {"zh": "收到，谢谢。", "en": "Thank you."},
    Meaning.WRONG_PERSON: {
        "zh": "抱歉打扰，这个号码不会再收到这位居民的消息。",
        "en": "Sorry. This number will get no more messages for that person.",
    },
    Meaning.CALL_ME: {"zh": "好的，工作人员会给您打电话。", "en": "We shall ring you."},
    Meaning.STOP: {
        "zh": "不再给您发短信。需要办事时，工作人员会当面告知。",
        "en": "You will get no more messages. We shall tell you in person instead.",
    },
    Meaning.UNKNOWN: {
        "zh": "没有看懂您的回复。回复1收到，2不是本人，3请来电，4不再发送。",
        "en": "Sorry, that was not clear. Reply 1 OK, 2 wrong person, 3 call me, 4 stop.",
    },
}


def read_reply(text: str) -> Meaning:
    """Return what a reply means; whole words only, whatever their width, case and full stops."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    word = folded.strip(" \t\r\n.,;:!?。，！？、~'\"()[]【】")
    for prefix in _PREFIXES:
        rest = word.removeprefix(prefix).strip()
        if rest != word and rest in _MEANINGS:
            return _MEANINGS[rest]
    return _MEANINGS.get(" ".join(word.split()), Meaning.UNKNOWN)


def answer_to(meaning: Meaning, language: str) -> str:
    """Return our answer in the person's language, without who speaks."""
    return ANSWERS[meaning]["zh" if language.lower().startswith("zh") else "en"]
