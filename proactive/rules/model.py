"""The life of a trigger version: a draft, switched on by a named person, replaced by another."""

from enum import StrEnum

from proactive.kernel.states import Role, StateTable, Transition


class TriggerState(StrEnum):
    DRAFT = "draft"
    LIVE = "live"
    RETIRED = "retired"


S = TriggerState
PEOPLE = frozenset({Role.POLICY, Role.OPERATOR})

# Only a person switches a version on. With a later date it waits as a draft; the machine then does
# on the day what was signed for, and takes the version it replaces out of use.
TRIGGER_TABLE = StateTable(
    "trigger version",
    TriggerState,
    start=S.DRAFT,
    finals=[],
    transitions=[
        Transition(S.DRAFT, "activate", S.LIVE, PEOPLE, "Switch on", "启用"),
        Transition(S.DRAFT, "schedule", S.DRAFT, PEOPLE, "Switch on from a day", "定期启用"),
        Transition(
            S.DRAFT,
            "start",
            S.LIVE,
            frozenset({Role.MACHINE}),
            "Start on the day signed for",
            "到期启用",
            "prepare",
        ),
        Transition(
            S.LIVE,
            "replace",
            S.RETIRED,
            PEOPLE | {Role.MACHINE},
            "Replaced by another version",
            "被新版本替换",
            "prepare",
        ),
        Transition(S.LIVE, "retire", S.RETIRED, PEOPLE, "Switch off", "停用"),
        Transition(S.RETIRED, "activate", S.LIVE, PEOPLE, "Switch on again", "重新启用"),
        Transition(S.RETIRED, "schedule", S.DRAFT, PEOPLE, "Switch on from a day", "定期启用"),
    ],
)
