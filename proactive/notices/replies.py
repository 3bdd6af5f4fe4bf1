"""What people answer by SMS, and what we answer them: four digits, and the words for them."""

import re
import unicodedata
from enum import StrEnum


class Meaning(StrEnum):
    FINE = "fine"
    WRONG_PERSON = "wrong_person"
    CALL_ME = "call_me"
    STOP = "stop"
    START = "start"
    UNKNOWN = "unknown"


# The words of our own lines are here too: many write them off with or without their digit.
# Stop words beside ours: the provider's defaults on long codes, and those of local networks.
WORDS = {
    Meaning.FINE: (
        *("1", "一", "yes", "y", "ok", "okay", "thanks", "thank you"),
        *("是", "是的", "对", "好", "好的", "行", "嗯", "收到", "收到了", "收到谢谢"),
        *("知道了", "知道", "谢谢", "谢谢你", "谢谢您", "是本人", "是我"),
    ),
    Meaning.WRONG_PERSON: (
        *("2", "二", "wrong", "wrong person", "wrong number", "no", "not me"),
        *("错", "错了", "打错了", "发错了", "号码错了", "认错人了", "找错人了"),
        *("不是", "不是我", "不是本人", "我不是", "我不是本人"),
    ),
    Meaning.CALL_ME: (
        *("3", "三", "call", "call me", "please call", "please call me"),
        *("回电", "来电", "回电话", "来电话", "请来电", "请回电", "请回电话", "请来电话"),
        *("打电话", "请打电话", "给我打电话", "给我回电话", "请给我打电话", "请给我回电话"),
    ),
    Meaning.STOP: (
        *("4", "四", "stop", "unsubscribe", "end", "quit", "stopall", "revoke", "optout", "cancel"),
        *("stop all", "opt out", "stop please", "please stop", "td", "t", "n", "r"),
        *("停", "停止", "退订", "拒收", "不再发送", "停止发送", "不要短信"),
        *("不要发", "不要发了", "别发", "别发了", "不要再发", "不要再发了", "别再发", "别再发了"),
        *("请不要再发", "请不要再发了", "请别再发", "请别再发了", "不用发了", "不用再发了"),
    ),
    Meaning.START: (
        *("start", "unstop", "resume"),
        *("恢复", "恢复接收", "恢复短信", "恢复发送", "重新接收", "接收"),
    ),
}
_MEANINGS = {word: meaning for meaning, words in WORDS.items() for word in words}
_PREFIXES = ("回复", "回", "reply")
_DIGIT_FIRST = re.compile(r"([1-4])[\W_]*(\D.*)")
# Signs around a word that mean nothing, also those that make a digit a coloured key.
_AROUND = " \t\r\n.,;:!?。，！？、；：~…·-—'\"“”‘’()[]【】<>《》\ufe0f\u20e3"

ANSWERS = {
    Meaning.FINE: {"zh": "收到，谢谢。", "en": "Thank you."},
    Meaning.WRONG_PERSON: {
        "zh": "抱歉打扰，这个号码不会再收到这位居民的消息。",
        "en": "Sorry. This number will get no more messages for that person.",
    },
    Meaning.CALL_ME: {"zh": "好的，工作人员会给您打电话。", "en": "We shall ring you."},
    Meaning.STOP: {
        "zh": "不再给您发短信，有事当面告诉您。想再收，回复“恢复”。",
        "en": "No more messages; we tell you in person. Reply START to get them again.",
    },
    Meaning.START: {
        "zh": "好的，这个号码恢复接收短信。您如在别处说过停发，请拨打短信中的电话。",
        "en": "This number gets messages again. If you stopped them elsewhere too, please call us.",
    },
    Meaning.UNKNOWN: {
        "zh": "没有看懂您的回复。回复1收到，2不是本人，3请来电，4不再发送。",
        "en": "Sorry, that was not clear. Reply 1 OK, 2 wrong person, 3 call me, 4 stop.",
    },
}


def read_reply(text: str) -> Meaning:
    """Return what a reply means; whole words only, whatever their width, case and full stops.

    A digit may stand with its own word ("4不再发送"); beside another's word it is not clear.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    for prefix in ("", *_PREFIXES):
        if folded.strip(_AROUND).startswith(prefix):
            word = " ".join(folded.strip(_AROUND).removeprefix(prefix).strip(_AROUND).split())
            if word in _MEANINGS:
                return _MEANINGS[word]
            both = _DIGIT_FIRST.fullmatch(word)
            if both and _MEANINGS[both[1]] is _MEANINGS.get(both[2]):
                return _MEANINGS[both[1]]
    return Meaning.UNKNOWN


def answer_to(meaning: Meaning, language: str) -> str:
    """Return our answer in the person's language, without who speaks."""
    return ANSWERS[meaning]["zh" if language.lower().startswith("zh") else "en"]
