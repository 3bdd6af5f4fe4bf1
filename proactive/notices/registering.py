"""What a template gateway wants to have registered: each text with its variables, and its faults.

There only registered texts go out, under a registered signature that the network puts in front as
【signature】. So our name and the number to check with are fixed words of the text, never
variables (no variable may hold a phone number), and the rest become ${variables}.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from proactive.notices.lint import PLACEHOLDER, holds_opt_out, hurts
from proactive.notices.parts import count_parts
from proactive.notices.templates import GIVEN, LANGUAGES, Channel, Template, Templates, Voice

LONGEST_TEXT = 500
LONGEST_VALUE = 35
LONGEST_REFERENCE = GIVEN["reference"]


@dataclass(frozen=True, slots=True)
class Registration:
    """One text to register: `code_name` is its name in the setting `templates` of the channel.

    `parts` is its largest size with the signature, at 70 signs whole and 67 a part.
    """

    code_name: str
    text: str
    parts: int
    mistakes: tuple[str, ...]


def registrations(templates: Templates, voice: Voice, *, signature: str) -> Iterator[Registration]:
    """Yield every text that goes by SMS, in each language."""
    for name in templates:
        template = templates.get(name)
        if template.channel is Channel.SMS:
            for language in LANGUAGES:
                yield _registration(templates, template, voice, language, signature)


def _registration(
    templates: Templates, template: Template, voice: Voice, language: str, signature: str
) -> Registration:
    fixed = voice.values(language, "")
    text = re.sub(r"^\{sender\}\s*[:：]\s*", "", template.text(language).strip())
    for name in ("sender", "check_phone"):
        text = text.replace(f"{{{name}}}", fixed[name])
    longest = {name: one.longest for name, one in template.placeholders.items()}
    longest["reference"] = LONGEST_REFERENCE
    largest = PLACEHOLDER.sub(lambda found: "人" * longest.get(found[1], 0), text)
    parts = count_parts(f"【{signature}】{largest}").parts
    mistakes = [*_mistakes(templates, text, longest)]
    limit = template.max_parts.zh if language == "zh" else template.max_parts.en
    if parts > limit:
        mistakes.append(f"may need {parts} parts with its signature, allowed are {limit}")
    if len(largest) > LONGEST_TEXT:
        mistakes.append(f"may be {len(largest)} signs long, allowed are {LONGEST_TEXT}")
    return Registration(
        f"{template.notice}.{language}", PLACEHOLDER.sub(r"${\1}", text), parts, tuple(mistakes)
    )


def _mistakes(templates: Templates, text: str, longest: dict[str, int]) -> Iterator[str]:
    wrong = hurts(PLACEHOLDER.sub("", text), templates.forbidden)
    if wrong:
        yield f"it holds {wrong}"
    if holds_opt_out(text):
        yield "a notice may not offer opting out by reply"
    for name, length in longest.items():
        if length > LONGEST_VALUE:
            yield f"the variable ${{{name}}} may be {length} signs, allowed are {LONGEST_VALUE}"
