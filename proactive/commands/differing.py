"""`trigger diff`: what differs between two versions of a trigger, in words."""

import click

from proactive.areas.queries import names
from proactive.commands.frame import Frame, explained, pass_frame, with_json
from proactive.rules.differing import by_topic, differences
from proactive.rules.grammar import TriggerRule
from proactive.rules.service import export_trigger, stored_rule


@click.command()
@click.argument("name")
@click.argument("old", type=int, metavar="V1")
@click.argument("new", type=int, metavar="V2")
@click.option("--language", type=click.Choice(["zh", "en"]), default="en", show_default=True)
@with_json
@pass_frame
@explained
def diff(frame: Frame, name: str, old: int, new: int, language: str) -> None:
    """Say in words what changed from version V1 to version V2."""
    with frame.work() as (platform, work):
        one, two = (stored_rule(export_trigger(work, name, number)) for number in (old, new))
        places = names(work.db, areas_of(one) | areas_of(two))
        found = differences(one, two, language, platform.contracts, places)
    lines = []
    for heading, changes in by_topic(found, language):
        lines += [heading, *(f"  {change.words}" for change in changes)]
    nothing = "两个版本的规则内容相同。" if language == "zh" else "The two versions say the same."
    data = {
        "trigger": name,
        "from": old,
        "to": new,
        "changes": [change.as_json() for change in found],
    }
    frame.show(data, "\n".join(lines) or nothing)


def areas_of(rule: TriggerRule) -> set[str]:
    """Return the codes of the areas that have values of their own."""
    values = (value for each in rule.parameters.values() for value in each.values)
    return {value.area for value in values if value.area}
