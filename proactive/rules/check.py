"""The gate for trigger files: text in, a checked rule out, or every mistake at once."""

from collections.abc import Mapping

from proactive.feeds.contracts import Contract
from proactive.rules.grammar import TriggerRule
from proactive.rules.parsing import parse
from proactive.rules.plan import plan_rule
from proactive.rules.reading import read_source


def check_rule(
    text: str, contracts: Mapping[str, Contract], *, file: str = "trigger.yaml"
) -> TriggerRule:
    """Return the rule of `text`; RuleRefused names every mistake: file, line, path, what."""
    source = read_source(text, file=file)
    rule = parse(source, TriggerRule)
    plan_rule(rule, contracts, source=source)
    return rule
