"""What is amiss on the lines to offices' own systems, for who keeps the system running.

Counts by office only: no person, no case. Who looks after an item reads it on the item's page.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import text

from proactive.bundles.model import DECIDED
from proactive.connectors.model import NEW
from proactive.kernel.work import Work

LONG = timedelta(hours=1)
UNTOLD_SHOWN = timedelta(days=14)


class Amiss(StrEnum):
    VAULT_SHUT = "vault_shut"  # ours: the keys in use open nothing, so nothing can be told
    UNREADABLE = "unreadable"  # ours: something in an item cannot be read, so it cannot be told
    PAUSED = "paused"  # trouble in a row: the line is left alone for a while
    DECLINED = "declined"  # an item the office's system never takes, and nobody has begun here
    UNTOLD = "untold"  # it would not hear that an item has ended; shown for two weeks
    UNKNOWN = "unknown"  # nobody knows whether a call arrived
    WAITING = "waiting"  # a call that does not get away
    UNTAKEN = "untaken"  # an officer's answer that could not be taken over


@dataclass(frozen=True, slots=True)
class LineTrouble:
    """One thing amiss at one office; `count` is calls, items or answers, of a pause the troubles.

    `until` is the local time of day at which a paused line is tried again.
    """

    kind: Amiss
    office: str
    count: int
    until: str = ""

    def sentence(self, language: str) -> str:
        """What is the matter, `zh` or `en`."""
        said = SENTENCES[self.kind][0 if language == "zh" else 1]
        return said.format(office=self.office, n=self.count, until=self.until)

    def todo(self, language: str) -> str:
        return TODOS[self.kind][0 if language == "zh" else 1]


SENTENCES: Mapping[Amiss, tuple[str, str]] = {
    Amiss.VAULT_SHUT: (
        "密钥不对，存储的信息打不开，等着发给“{office}”自有系统的：{n} 件。不是该部门的问题。",
        "Waiting for '{office}' as the keys in use open nothing; not its fault: {n} calls.",
    ),
    Amiss.UNREADABLE: (
        "有内容读不出、还没能发给“{office}”自有系统的事项：{n} 件。不是该部门的问题。",
        "Not told to '{office}' as a part cannot be read here; not its fault: {n} items.",
    ),
    Amiss.PAUSED: (
        "“{office}”自有系统连续出错 {n} 次，暂停联系，{until} 再试。",
        "The own system of '{office}' gave trouble in a row ({n}); left alone until {until}.",
    ),
    Amiss.DECLINED: (
        "“{office}”自有系统拒收的事项：{n} 件，还没有人办理。",
        "The own system of '{office}' did not take items, and nobody has begun with them: {n}.",
    ),
    Amiss.UNTOLD: (
        "“{office}”自有系统拒收的“已办结”通知：{n} 条。",
        "The own system of '{office}' did not take the word that items have ended: {n}.",
    ),
    Amiss.UNKNOWN: (
        "发给“{office}”自有系统、超过一小时仍不知是否送到的：{n} 件。",
        "Unknown for over an hour whether they reached the own system of '{office}': {n} calls.",
    ),
    Amiss.WAITING: (
        "等了一小时以上、还没发到“{office}”自有系统的：{n} 件。",
        "Waiting for over an hour to go to the own system of '{office}': {n} calls.",
    ),
    Amiss.UNTAKEN: (
        "“{office}”自有系统的答复无法采用：{n} 条。",
        "Answers of the own system of '{office}' that could not be taken over: {n}.",
    ),
}
TODOS: Mapping[Amiss, tuple[str, str]] = {
    Amiss.VAULT_SHUT: (
        "请把原来的密钥文件放回原处（PROACTIVE_KEYS_FILE），重新启动；随后会自动发出，没有丢失。",
        "Bring the right key file back (PROACTIVE_KEYS_FILE), start again; all go out then.",
    ),
    Amiss.UNREADABLE: (
        "请该部门在事项页面重填标为“读不出”的内容，填后自动发出；或直接在本系统办理。日志中有编号。",
        "Let the office enter anew what its page marks; it goes out by itself. The log names each.",
    ),
    Amiss.PAUSED: (
        "请看该系统是否在运行、office_systems 中的地址是否正确；系统会自动再试。",
        "See whether it runs and its address in office_systems is right; it is tried by itself.",
    ),
    Amiss.DECLINED: (
        "请通知该部门在本系统的办件清单中办理，并请其技术人员查明拒收原因。",
        "Tell the office to work on them in its list here; ask its programmers why it said no.",
    ),
    Amiss.UNTOLD: (
        "请通知该部门：有的事项已经办结或撤回，它那边可能还在办。两周后不再提示。",
        "Tell the office that it may still be working on them. Shown here for two weeks.",
    ),
    Amiss.UNKNOWN: (
        "不要重发：系统会用同一编号询问。请其技术人员检查对询问的答复（docs/connector.md）。",
        "Send nothing again: it is asked by key. Its programmers see docs/connector.md.",
    ),
    Amiss.WAITING: (
        "请看该系统是否在运行、是否还在 office_systems 中，以及后台任务是否在运行。",
        "See whether it runs and still stands in office_systems, and whether the worker runs.",
    ),
    Amiss.UNTAKEN: (
        "请通知该部门重新发送，或在本系统的事项页面上办理。",
        "Tell the office to send them again, or to decide on the item's page here.",
    ),
}

PAUSED = """
SELECT 'paused' AS what, o.name AS office, l.troubles AS n, l.until
FROM office_line AS l JOIN office AS o ON o.id = l.office_id
WHERE l.until > clock_timestamp() ORDER BY o.code
"""
# Only the newest hand-in of an item counts, as on its page.
CALLS = """
WITH amiss AS (
  SELECT c.office_id, CASE
    WHEN c.state = 'queued' AND c.code = 'vault_shut' THEN 'vault_shut'
    WHEN c.state = 'queued' AND c.code = 'cannot_be_told' THEN 'unreadable'
    WHEN c.state IN ('unknown', 'sending') AND c.planned_at <= :late THEN 'unknown'
    WHEN c.state = 'queued' AND c.planned_at <= :late THEN 'waiting'
    WHEN c.problem <> '' AND i.state <> ALL (:decided) THEN 'untaken'
    WHEN c.state = 'declined' AND c.kind = 'hand_in' AND i.state = ANY (:new) THEN 'declined'
    WHEN c.state = 'declined' AND c.kind = 'ended' AND c.planned_at > :shown THEN 'untold'
  END AS what
  FROM office_call AS c JOIN item AS i ON i.id = c.item_id
  WHERE (c.state IN ('queued', 'sending', 'unknown', 'declined') OR c.problem <> '')
    AND NOT EXISTS (SELECT FROM office_call AS later WHERE later.item_id = c.item_id
      AND later.kind = c.kind AND later.round > c.round))
SELECT a.what, o.name AS office, count(*) AS n, NULL AS until
FROM amiss AS a JOIN office AS o ON o.id = a.office_id
WHERE a.what IS NOT NULL GROUP BY a.what, o.code, o.name ORDER BY o.code, a.what
"""


def line_troubles(work: Work) -> list[LineTrouble]:
    """Return what is amiss now: lines that are left alone first, then by office."""
    values = {
        "late": work.now - LONG,
        "shown": work.now - UNTOLD_SHOWN,
        "decided": sorted(DECIDED),
        "new": sorted(NEW),
    }
    rows = [*work.db.execute(text(PAUSED)), *work.db.execute(text(CALLS), values)]
    return [
        LineTrouble(
            Amiss(row.what),
            row.office,
            row.n,
            f"{row.until.astimezone(work.zone):%H:%M}" if row.until else "",
        )
        for row in rows
    ]


def count_amiss(work: Work) -> dict[str, int]:
    """Return how many of each kind, 0 included; of lines left alone how many lines."""
    counts = dict.fromkeys((str(kind) for kind in Amiss), 0)
    for trouble in line_troubles(work):
        counts[trouble.kind] += 1 if trouble.kind is Amiss.PAUSED else trouble.count
    return counts
