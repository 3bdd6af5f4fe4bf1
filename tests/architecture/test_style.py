"""The one style sheet: no dead rule, and colours come from its tokens."""

import re

from proactive.config import PACKAGES

WEB = PACKAGES / "web"
SHEET = (WEB / "static" / "main.css").read_text(encoding="utf-8")
WRITERS = ("*.html", "*.py", "*.js")  # who writes class names
# Put together while a page is drawn: `s` and `step-` with a number (charts).
MADE = re.compile(r"^(s[123]|step-[0-4])$")


def rules() -> str:
    """Return the sheet without comments."""
    return re.sub(r"/\*.*?\*/", "", SHEET, flags=re.DOTALL)


def test_every_class_of_the_sheet_is_used_somewhere() -> None:
    selectors = re.sub(r"\{[^{}]*\}", " ", rules())
    names = set(re.findall(r"\.([a-z][a-z0-9-]*)", selectors))
    written = "\n".join(
        file.read_text(encoding="utf-8") for kind in WRITERS for file in WEB.rglob(kind)
    )
    used = set(re.findall(r"[a-z][a-z0-9-]*", written))

    assert sorted(name for name in names - used if not MADE.match(name)) == []


def test_every_colour_is_a_token() -> None:
    outside = re.sub(r":root \{[^}]*\}", "", rules())
    tokens = set(re.findall(r"(--[a-z-]+):", rules()))

    assert re.findall(r"#[0-9a-fA-F]{3,8}\b", outside) == []
    assert set(re.findall(r"var\((--[a-z-]+)\)", rules())) == tokens


def test_every_token_has_a_value_of_its_own_and_is_used() -> None:
    given = re.findall(r"(--[a-z-]+):\s*([^;]+);", rules())
    used = set(re.findall(r"var\((--[a-z-]+)\)", rules()))

    assert [name for name, value in given if "var(" in value] == []
    assert used == {name for name, _ in given}
