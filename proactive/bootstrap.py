"""The one composition root: build(settings) returns the Platform that everything is handed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from proactive.config import Settings
from proactive.kernel.clock import Clock, SystemClock
from proactive.kernel.crypto import Keyring
from proactive.kernel.db import open_engine
from proactive.kernel.queue import RedisDoorbell, connect, silent
from proactive.kernel.work import Actor, Doorbell, Work, open_work


@dataclass
class Platform:
    """Everything real, in one place; one per process."""

    settings: Settings
    engine: Engine
    clock: Clock
    keys: Keyring
    ring: Doorbell

    @contextmanager
    def work(self, actor: Actor, *, now: datetime | None = None) -> Iterator[Work]:
        """Yield a unit of work: one transaction in the name of `actor`."""
        with open_work(
            self.engine,
            actor,
            now=now or self.clock.now(),
            zone=self.settings.zone,
            keys=self.keys,
            ring=self.ring,
        ) as work:
            yield work

    def close(self) -> None:
        self.engine.dispose()


def build(
    settings: Settings, *, clock: Clock | None = None, ring: Doorbell | None = None
) -> Platform:
    """Return the Platform of `settings`; both URLs must be set (see `embedded`)."""
    engine = open_engine(settings.database_url)
    if ring is None:
        ring = RedisDoorbell(connect(settings.redis_url)) if settings.redis_url else silent
    return Platform(
        settings=settings,
        engine=engine,
        clock=clock or SystemClock(),
        keys=Keyring.read(settings.keys_path),
        ring=ring,
    )
