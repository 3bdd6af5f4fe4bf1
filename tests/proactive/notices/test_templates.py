"""Templates say who speaks and where to check, hurt nobody, and fill without surprises."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import triggers
from proactive.feeds.marked import FileRefused
from proactive.kernel.errors import Refused
from proactive.notices.lint import hurts, plain
from proactive.notices.replies import ANSWERS, Meaning, answer_to, read_reply
from proactive.notices.sanitise import clean_value
from proactive.notices.templates import (
    WORDS_FILE,
    Channel,
    Templates,
    Voice,
    largest_size,
    load_templates,
)

SHIPPED = Path(triggers.__file__).parent / "notices"
VOICE = Voice({"zh": "云岭县便民服务中心", "en": "Yunling Service Centre"}, "12345")
GOOD = """\
notice: good
what: A test.
after_close: false
placeholders:
  who:
    longest: 12
    otherwise: {zh: 工作人员, en: a colleague}
texts:
  zh: "{sender}：{who}将于近几天与您联系，编号{reference}，核实请拨打{check_phone}。"
  en: "{sender}: {who} will be in touch soon. Reference {reference}, telephone {check_phone}."
"""


@pytest.fixture(scope="module")
def shipped() -> Templates:
    return load_templates(SHIPPED)


def load(folder: Path, text: str) -> Templates:
    (folder / "good.yaml").write_text(text, encoding="utf-8")
    (folder / WORDS_FILE).write_text((SHIPPED / WORDS_FILE).read_text(encoding="utf-8"))
    return load_templates(folder)


def fill(templates: Templates, name: str = "good", language: str = "zh", **params: str) -> str:
    return templates.fill(name, params, voice=VOICE, language=language, reference="7KQ4M9XA").text


def test_every_shipped_text_says_who_speaks_its_reference_and_where_to_check(
    shipped: Templates,
) -> None:
    for name in shipped:
        for language in ("zh", "en"):
            text = fill(shipped, name, language, count="2", code="12345678")
            assert VOICE.sender[language] in text
            assert "7KQ4M9XA" in text
            assert "12345" in text


def test_the_events_of_the_person_and_of_the_post_are_all_there(shipped: Templates) -> None:
    assert {
        *("someone_will_come", "someone_will_call", "please_contact_us", "what_is_missing"),
        *("ready_to_collect", "on_its_way", "done", "refused", "could_not_reach_letter"),
        "post_digest",
    } <= set(shipped)


def test_a_refusal_is_never_an_sms(shipped: Templates) -> None:
    assert shipped.get("refused").channel is Channel.IN_PERSON


def test_the_digest_of_a_post_says_how_many_and_nothing_else(shipped: Templates) -> None:
    assert "今天有2件走访等您" in fill(shipped, "post_digest", count="2")
    assert "2 visits wait for you today" in fill(shipped, "post_digest", "en", count="2")


def test_no_shipped_text_is_larger_than_its_budget_with_the_longest_values(
    shipped: Templates,
) -> None:
    for name in shipped:
        template = shipped.get(name)
        if template.channel is Channel.SMS:
            assert largest_size(template, "zh").parts <= template.max_parts.zh <= 3
            assert largest_size(template, "en").parts <= template.max_parts.en <= 4
    done = shipped.get("done")
    silent = done.model_copy(update={"replies": None})
    assert largest_size(done, "zh").units == largest_size(silent, "zh").units + 23  # its last line


def test_replies_are_offered_only_where_they_can_arrive(shipped: Templates) -> None:
    one_way = shipped.fill("done", {}, voice=VOICE, language="zh", reference="7KQ4M9XA")
    two_way = shipped.fill(
        "done", {}, voice=VOICE, language="zh", reference="7KQ4M9XA", two_way=True
    )

    assert "回复" not in one_way.text
    assert "4不再发送" in two_way.text


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("与您联系", "请点击 http://a.example/x 与您联系", 9, "a link"),
        ("与您联系", "与您联系，见 yunling.gov.cn", 9, "a link"),
        ("与您联系", "给您3000元", 9, "an amount"),
        ("与您联系", "￥30已备好", 9, "an amount"),
        ("与您联系", "为您办理残疾证", 9, "残疾"),
        ("与您联系", "为您办理残 疾证", 9, "残疾"),
        ("与您联系", "为您办理残\u200b疾证", 9, "残疾"),
        ("与您联系", "报销大额医疗费", 9, "医疗"),
        ("与您联系", "修复您的信用", 9, "信用"),
        ("与您联系", "与您联系，电话13800138000", 9, "mobile"),
        ("{sender}：", "【{sender}】", 9, "the sign 【"),
        ("与您联系", "与您联系，退订回T", 9, "opt-out"),
        ("{who}将", "{who}{whom}将", 9, "{whom} is not declared"),
        ("{who}将", "{who} {sender}将", 9, "side by side"),
        ("{who}将", "{who}，{who}将", 9, "stands twice"),
        ("{who}将", "他将", 9, "declared but not used"),
        ("，编号{reference}", "", 9, "must name {reference}"),
        ("与您联系", "与您联系" * 50, 9, "parts"),
        ("与您联系", "与您}联系", 9, "a brace stands alone"),
        ("will be in touch soon", "will ask about your cancer", 10, "cancer"),
        ("will be in touch soon", "will ask about Disability", 10, "disab"),
        ("will be in touch soon", "will bring 300 yuan", 10, "an amount"),
        ("will be in touch soon", "reply STOP soon please", 10, "opt-out"),
        ("a colleague", "a debt collector", 5, "debt"),
        ("longest: 12", "longest: 2", 5, "too long"),
        ("longest: 12", "longst: 12", 6, "'longst' is not known"),
        ("after_close: false", "after_close: perhaps", 3, "boolean"),
        ("after_close: false", "replaces: [nobody]", 3, "no notice 'nobody'"),
        ("notice: good", "notice: other", 1, "file's name"),
        ("  who:", "  reference:", 5, "filled by the system"),
    ],
)
def test_a_mistake_is_refused_with_its_file_and_line(
    tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    assert old in GOOD

    with pytest.raises(FileRefused) as refused:
        load(tmp_path, GOOD.replace(old, new))

    told = [str(mistake) for mistake in refused.value.mistakes]
    assert any(text.startswith(f"good.yaml:{line}:") and said in text for text in told), told


def test_a_text_that_is_all_placeholders_is_refused(tmp_path: Path) -> None:
    bare = GOOD.replace("将于近几天与您联系，编号", "，").replace("，核实请拨打", "，")

    with pytest.raises(FileRefused, match="almost nothing of the text is fixed"):
        load(tmp_path, bare)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "   ",
        "\u202e\u200b",
        "县残联",
        "民政局救助科",
        "see http://x.example",
        "张三 13800138000",
        "领取5000元",
        "【官方】" * 5 + "立即",
    ],
)
def test_a_value_that_would_hurt_gives_way_to_its_stand_in(tmp_path: Path, value: str) -> None:
    assert "：工作人员将于近几天" in fill(load(tmp_path, GOOD), who=value)


def test_a_missing_value_without_stand_in_is_refused(tmp_path: Path) -> None:
    bare = GOOD.replace("    otherwise: {zh: 工作人员, en: a colleague}\n", "")

    with pytest.raises(Refused) as refused:
        fill(load(tmp_path, bare))

    assert refused.value.code == "bad_params"


def test_an_unknown_template_is_refused_by_name(shipped: Templates) -> None:
    with pytest.raises(Refused, match="someone_wil_come"):
        shipped.get("someone_wil_come")


def test_a_value_cannot_open_a_placeholder(tmp_path: Path) -> None:
    text = fill(load(tmp_path, GOOD), who="{check_phone}李")

    assert text.count("12345") == 1


@given(st.text(max_size=80), st.integers(1, 40))
def test_a_cleaned_value_is_short_visible_one_line_and_stays_as_it_is(
    value: str, longest: int
) -> None:
    clean = clean_value(value, longest=longest)

    assert len(clean) <= longest
    assert all(unicodedata.category(sign)[0] != "C" for sign in clean)
    assert not set("\r\n\t<>{}[]【】|`\\") & set(clean)
    assert not clean.startswith(("=", "+", "-", "@"))
    assert clean == clean.strip()


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ("=HYPERLINK(1)", "HYPERLINK(1)"),
        ("<script>x</script>", "scriptx/script"),
        ("王\u202e小\u2066明", "王小明"),
        ("张　三\n李四", "张 三 李四"),
        ("+-@=x", "x"),
        ("ＡＢＣ１２", "ABC12"),
    ],
)
def test_values_lose_what_could_act(value: str, clean: str) -> None:
    assert clean_value(value, longest=40) == clean


@given(st.text(max_size=60))
def test_hiding_signs_inside_a_word_does_not_hide_the_word(filler: str) -> None:
    words = {"x": ["残疾"]}
    hidden = "残\u200d" + "".join(s for s in filler if unicodedata.category(s) == "Cf") + "疾"

    assert hurts(hidden, words) == "the word '残疾'"
    assert plain("ＡB\u200b") == "ab"


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("1", Meaning.FINE),
        (" １。", Meaning.FINE),
        ("回复1", Meaning.FINE),
        ("Yes!", Meaning.FINE),
        ("2", Meaning.WRONG_PERSON),
        ("不是本人", Meaning.WRONG_PERSON),
        ("3", Meaning.CALL_ME),
        ("请回电", Meaning.CALL_ME),
        ("4", Meaning.STOP),
        ("STOP", Meaning.STOP),
        ("回Ｔ", Meaning.STOP),
        ("退订", Meaning.STOP),
        ("12", Meaning.UNKNOWN),
        ("你们是谁", Meaning.UNKNOWN),
        ("1 4", Meaning.UNKNOWN),
        ("", Meaning.UNKNOWN),
    ],
)
def test_replies_are_read_as_people_write_them(text: str, meaning: Meaning) -> None:
    assert read_reply(text) is meaning


def test_our_answers_hurt_nobody_and_exist_in_both_languages(shipped: Templates) -> None:
    for meaning in Meaning:
        for language in ("zh-CN", "en"):
            assert hurts(answer_to(meaning, language), shipped.forbidden) is None
    assert ANSWERS.keys() == set(Meaning)
