"""Accounts and grants: made, changed and ended by a named operator."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from proactive.accounts.model import LANGUAGES, TEXT_SCALES, check_grant, check_password
from proactive.accounts.passwords import DEFAULT_COST, PasswordCost, hash_password
from proactive.accounts.store import account, role_grant, web_session
from proactive.areas.queries import path_of
from proactive.areas.store import area
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.states import Role
from proactive.kernel.work import Work


def create_account(
    work: Work,
    login: str,
    name: str,
    *,
    password: str = "",
    language: str = "zh",
    cost: PasswordCost = DEFAULT_COST,
) -> str:
    """Make an account and return its id; without a password only a link signs it in.

    Raises Refused `login_taken`, `bad_account` or `weak_password`.
    """
    wanted = normal_login(login)
    if not wanted or not name.strip() or language not in LANGUAGES:
        raise Refused(
            "bad_account",
            "The account cannot be made.",
            why="It needs a login, a name, and one of the languages {languages}.",
            todo="Fill these in.",
            languages=", ".join(LANGUAGES),
        )
    if password:
        check_password(password)
    account_id = str(new_id())
    made = work.db.execute(
        insert(account)
        .values(
            id=account_id,
            login=wanted,
            name=name.strip(),
            language=language,
            password_hash=hash_password(password, cost) if password else "",
            created_at=work.now,
        )
        .on_conflict_do_nothing(index_elements=["login"])
        .returning(account.c.id)
    ).scalar_one_or_none()
    if made is None:
        raise Refused(
            "login_taken",
            "This login is taken.",
            todo="Choose another one, or change the account that has it.",
            fields={"login": "This login is taken."},
        )
    work.audit("create_account", "account", account_id)
    return account_id


def normal_login(login: str) -> str:
    """Return a login as it is kept and compared: no spaces around it, lower case."""
    return login.strip().lower()


def account_by_login(work: Work, login: str) -> str | None:
    """Return the id of the account with this login."""
    query = select(account.c.id).where(account.c.login == normal_login(login))
    return work.db.execute(query).scalar_one_or_none()


def set_password(
    work: Work, account_id: str, password: str, *, cost: PasswordCost = DEFAULT_COST
) -> None:
    """Give an account a new password; its lock and all its sessions end."""
    check_password(password)
    _change(
        work,
        account_id,
        "set_password",
        password_hash=hash_password(password, cost),
        failures=0,
        locked_until=None,
    )
    _end_sessions(work, account_id)


def unlock(work: Work, account_id: str) -> None:
    """Let an account try again at once after too many wrong passwords."""
    _change(work, account_id, "unlock_account", failures=0, locked_until=None)


def set_active(work: Work, account_id: str, active: bool) -> None:
    """Switch an account off or on; switched off, it is out at its next request."""
    _change(work, account_id, "switch_account", active=active)
    if not active:
        _end_sessions(work, account_id)


def set_preferences(work: Work, account_id: str, *, language: str, text_scale: int) -> None:
    """Keep a user's language and size of text; Refused `bad_preference` for unknown ones."""
    if language not in LANGUAGES or text_scale not in TEXT_SCALES:
        raise Refused(
            "bad_preference",
            "This language or size of text is not offered.",
            todo="Choose one of the offered ones.",
        )
    _change(work, account_id, "set_preferences", language=language, text_scale=text_scale)


def _change(work: Work, account_id: str, action: str, **values: object) -> None:
    done = work.db.execute(update(account).where(account.c.id == account_id).values(**values))
    if not done.rowcount:
        raise Refused("no_such_account", "There is no such account.", todo="Check the id.")
    work.audit(action, "account", account_id)


def _end_sessions(work: Work, account_id: str) -> None:
    work.db.execute(delete(web_session).where(web_session.c.account_id == account_id))


def grant_role(
    work: Work,
    account_id: str,
    role: Role,
    *,
    area_code: str = "",
    office_id: UUID | str | None = None,
    from_day: date | None = None,
    to_day: date | None = None,
    source: str = "manual",
) -> UUID:
    """Grant a role and return the grant's id; the same grant again is the one that stands.

    Raises Refused `bad_grant`, `unknown_area` or `no_such_account`.
    """
    office = _office(office_id)
    check_grant(role, area_code, str(office or ""))
    if from_day and to_day and to_day < from_day:
        raise Refused("bad_grant", "A grant cannot end before it begins.", todo="Check the days.")
    code, level = _place(work, area_code)
    values = {
        "account_id": account_id,
        "role": role.value,
        "area_code": code,
        "area_level": level,
        "office_id": office,
        "from_day": from_day,
        "to_day": to_day,
        "source": source,
    }
    same = [role_grant.c[name].is_not_distinct_from(value) for name, value in values.items()]
    standing: UUID | None = work.db.execute(
        select(role_grant.c.id).where(*same).limit(1)
    ).scalar_one_or_none()
    if standing is not None:
        return standing
    known = select(account.c.id).where(account.c.id == account_id)
    if work.db.execute(known).scalar_one_or_none() is None:
        raise Refused("no_such_account", "There is no such account.", todo="Check the id.")
    grant_id = new_id()
    work.db.execute(role_grant.insert().values(id=grant_id, **values))
    work.audit("grant_role", "account", account_id, role=role.value, area=code, grant=grant_id)
    return grant_id


def _office(office_id: UUID | str | None) -> UUID | None:
    try:
        return UUID(str(office_id)) if office_id else None
    except ValueError:
        raise Refused(
            "bad_grant", "This is not the id of an office.", todo="Choose an office."
        ) from None


def _place(work: Work, area_code: str) -> tuple[str, int]:
    if not area_code:
        return "", 0
    path = path_of(work.db, area_code, on=work.today)
    if path is None:
        raise Refused(
            "unknown_area",
            "The area {area_code} is not known.",
            todo="Load its file with 'proactive area load', or correct the code.",
            area_code=area_code,
        )
    code = next(part for part in reversed(path) if part)
    level = work.db.execute(select(area.c.level).where(area.c.code == code)).scalar_one()
    return code, level


def end_grants(work: Work, grant_ids: Sequence[UUID], last_day: date) -> None:
    """Let grants end with `last_day`; at the next request after it they count no more."""
    if not grant_ids:
        return
    ended = work.db.execute(
        update(role_grant)
        .where(role_grant.c.id.in_(grant_ids))
        .values(to_day=last_day)
        .returning(role_grant.c.id, role_grant.c.account_id)
    )
    for row in ended.all():
        work.audit("end_grant", "account", row.account_id, grant=row.id)
