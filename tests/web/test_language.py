"""Every sentence that people read stands in both languages."""

import re

from web.catalogue import read_chinese, sentences, untranslated

PLACES = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


def test_every_sentence_of_the_code_has_chinese_words() -> None:
    known = {message.id for message in read_chinese() if message.id}
    wanted = {message.id for message in sentences() if message.id}

    assert wanted - known == set(), "run: python -m web.catalogue"
    assert untranslated(read_chinese()) == []


def test_no_translation_is_left_of_a_sentence_that_is_gone() -> None:
    known = {message.id for message in read_chinese() if message.id}
    wanted = {message.id for message in sentences() if message.id}

    assert known - wanted == set(), "run: python -m web.catalogue"


def test_a_translation_names_the_same_facts_as_its_sentence() -> None:
    for message in read_chinese():
        if not message.id:
            continue
        english = message.id[-1] if message.pluralizable else message.id
        chinese = message.string[0] if message.pluralizable else message.string

        assert sorted(PLACES.findall(chinese)) == sorted(PLACES.findall(english)), english
