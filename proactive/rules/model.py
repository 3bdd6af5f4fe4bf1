"""The life of a trigger version: kept, proposed, approved by another, switched on in steps."""

from enum import StrEnum

from proactive.kernel.states import MACHINE, POLICY_DESK, StateTable, Transition


class TriggerState(StrEnum):
    DRAFT = "draft"
    PROPOSED = "proposed"
    APPROVED = "approved"
    PILOT = "pilot"
    LIVE = "live"
    RETIRED = "retired"


S = TriggerState
IN_USE = (S.PILOT, S.LIVE)


def _by_people(source: S, action: str, target: S, en: str, zh: str) -> Transition:
    return Transition(source, action, target, POLICY_DESK, en, zh)


def _by_machine_too(source: S, action: str, target: S, en: str, zh: str) -> Transition:
    return Transition(source, action, target, POLICY_DESK | MACHINE, en, zh, "prepare")


def _by_machine(source: S, action: str, target: S, en: str, zh: str) -> Transition:
    return Transition(source, action, target, MACHINE, en, zh, "prepare")


# Only people decide, and two of them: who wrote or proposed a version does not approve it. With a
# later day an approved version waits; the machine then does on that day what was signed for, and
# takes what it replaces out of use. It can do nothing else here.
TRIGGER_TABLE = StateTable(
    "trigger version",
    TriggerState,
    start=S.DRAFT,
    finals=[],
    transitions=[
        _by_people(S.DRAFT, "propose", S.PROPOSED, "Propose", "提请启用"),
        _by_people(S.PROPOSED, "approve", S.APPROVED, "Approve", "批准"),
        _by_people(S.PROPOSED, "send_back", S.DRAFT, "Send back", "退回修改"),
        _by_people(S.APPROVED, "withdraw", S.DRAFT, "Withdraw", "撤回"),
        _by_people(S.APPROVED, "activate", S.LIVE, "Switch on everywhere", "全面启用"),
        _by_people(S.APPROVED, "pilot", S.PILOT, "Switch on in chosen areas", "在所选地区试行"),
        _by_people(S.APPROVED, "schedule", S.APPROVED, "Switch on from a day", "定期启用"),
        _by_machine(S.APPROVED, "start", S.LIVE, "Start on the day signed for", "到期启用"),
        _by_machine(
            S.APPROVED, "start_pilot", S.PILOT, "Start the pilot on the day signed for", "到期试行"
        ),
        _by_people(
            S.PILOT, "activate", S.LIVE, "From chosen areas to everywhere", "由试行转全面启用"
        ),
        _by_people(S.PILOT, "pilot", S.PILOT, "Choose the areas anew", "调整试行地区"),
        _by_people(S.PILOT, "roll_back", S.RETIRED, "Stop the pilot", "停止试行"),
        _by_people(S.PILOT, "retire", S.RETIRED, "Switch off", "停用"),
        _by_machine_too(
            S.PILOT, "replace", S.RETIRED, "Replaced by another version", "被新版本替换"
        ),
        _by_people(S.LIVE, "roll_back", S.RETIRED, "Roll back", "回退"),
        _by_people(S.LIVE, "retire", S.RETIRED, "Switch off", "停用"),
        _by_machine_too(
            S.LIVE, "replace", S.RETIRED, "Replaced by another version", "被新版本替换"
        ),
        _by_people(S.RETIRED, "restore", S.LIVE, "Back in use by a roll-back", "回退后恢复使用"),
        _by_people(S.RETIRED, "activate", S.LIVE, "Switch on again", "重新启用"),
        _by_people(S.RETIRED, "pilot", S.PILOT, "Switch on again in chosen areas", "重新试行"),
        _by_people(S.RETIRED, "schedule", S.APPROVED, "Switch on again from a day", "定期重新启用"),
    ],
)
