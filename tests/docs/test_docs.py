"""What exists is documented: settings and steps."""

from pathlib import Path

from proactive.config import Settings
from proactive.outcomes.takeup_words import DEFINITIONS
from proactive.path import STEPS

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_every_setting_is_listed() -> None:
    page = (DOCS / "settings.md").read_text(encoding="utf-8")

    assert [
        name for name in Settings.model_fields if f"PROACTIVE_{name.upper()}`" not in page
    ] == []


def test_every_step_of_the_path_is_explained() -> None:
    page = (DOCS / "path.md").read_text(encoding="utf-8")

    assert [name for name in STEPS if f"`{name}`" not in page] == []


def test_every_figure_of_take_up_is_defined() -> None:
    page = (DOCS / "measures.md").read_text(encoding="utf-8")
    names = [one.title["zh"].split("（")[0].removesuffix("合计") for one in DEFINITIONS.values()]

    assert [name for name in names if name not in page] == []
