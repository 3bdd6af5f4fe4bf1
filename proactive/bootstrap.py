"""The one composition root: build(settings) returns the Platform that everything is handed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import Engine

from proactive.config import Settings
from proactive.connectors.parcels import OfficeLines
from proactive.feeds.contracts import Contracts, load_contracts
from proactive.feeds.lake import Lake
from proactive.kernel.clock import Clock, SystemClock
from proactive.kernel.crypto import Keyring
from proactive.kernel.db import open_engine
from proactive.kernel.errors import Refused
from proactive.kernel.movable import DatabaseClock
from proactive.kernel.queue import RedisDoorbell, connect, silent
from proactive.kernel.work import Actor, Doorbell, Work, open_work
from proactive.notices.desk import Limits, NoticeDesk
from proactive.notices.templates import Voice, load_templates
from proactive.plugins.loader import load_connector, load_notifiers
from proactive.plugins.notifier import Notifier, SetUpError


@dataclass
class Platform:
    """Everything real, in one place; one per process. What reads files is read when first used."""

    settings: Settings
    engine: Engine
    clock: Clock
    keys: Keyring
    ring: Doorbell

    @cached_property
    def contracts(self) -> Contracts:
        return load_contracts(self.settings.definitions / "feeds")

    @cached_property
    def lake(self) -> Lake:
        return Lake(self.settings.lake_path)

    @cached_property
    def notifiers(self) -> dict[str, Notifier]:
        """The ways out that are set up, by name; the chosen one is always among them."""
        wanted = {self.settings.channel: {}, **self.settings.channels}
        try:
            return load_notifiers(wanted)
        except SetUpError as error:
            raise Refused(
                "bad_channel",
                "The way out for messages cannot be set up: {reason}",
                todo="Correct PROACTIVE_CHANNEL and the settings of that channel.",
                reason=str(error),
            ) from None

    @cached_property
    def office_lines(self) -> OfficeLines:
        """The lines to offices that work in a system of their own."""
        try:
            connectors = {
                code: load_connector(code, given)
                for code, given in self.settings.office_systems.items()
            }
        except SetUpError as error:
            raise Refused(
                "bad_office_system",
                "An office's system cannot be set up: {reason}",
                todo="Correct PROACTIVE_OFFICE_SYSTEMS; docs/settings.md shows how.",
                reason=str(error),
            ) from None
        return OfficeLines(
            connectors=connectors,
            answer_to=f"{self.settings.public_url.rstrip('/')}/hooks/offices/",
            language=self.settings.language,
        )

    @cached_property
    def desk(self) -> NoticeDesk:
        """What telling people needs."""
        sender = self.settings.sender_name
        return NoticeDesk(
            templates=load_templates(self.settings.definitions / "notices"),
            voice=Voice(
                sender={"zh": sender, "en": self.settings.sender_name_en or sender},
                check_phone=self.settings.check_phone,
            ),
            notifiers=self.notifiers,
            channel=self.settings.channel,
            language=self.settings.language,
            limits=Limits(guest_list=self.settings.guest_list),
        )

    @contextmanager
    def work(self, actor: Actor, *, now: datetime | None = None) -> Iterator[Work]:
        """Yield a unit of work: one transaction in the name of `actor`."""
        with open_work(
            self.engine,
            actor,
            now=now or self.clock.now(),
            zone=self.settings.zone,
            keys=self.keys,
            calendar=self.settings.calendar,
            region=self.settings.region,
            ring=self.ring,
        ) as work:
            yield work

    def close(self) -> None:
        self.engine.dispose()


def build(
    settings: Settings, *, clock: Clock | None = None, ring: Doorbell | None = None
) -> Platform:
    """Return the Platform of `settings`; the database URL must be set (see `processes`)."""
    engine = open_engine(settings.database_url)
    if ring is None:
        ring = (
            RedisDoorbell(connect(settings.redis_url, patience=2)) if settings.redis_url else silent
        )
    if clock is None:
        clock = DatabaseClock(engine) if settings.movable_clock else SystemClock()
    return Platform(
        settings=settings,
        engine=engine,
        clock=clock,
        keys=Keyring.read(settings.keys_path),
        ring=ring,
    )
