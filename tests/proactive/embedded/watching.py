"""What the tests of the embedded servers look at from outside."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import redis
from sqlalchemy.engine import make_url

from proactive.embedded import Servers

ROOT = Path(__file__).resolve().parents[3]


def connect(url: str) -> psycopg.Connection:
    parts = make_url(url)
    return psycopg.connect(
        host=str(parts.query["host"]), user=parts.username, dbname=parts.database, autocommit=True
    )


def ask(servers: Servers, statement: LiteralString) -> Any:
    with connect(servers.database_url) as connection:
        row = connection.execute(statement).fetchone()
    assert row is not None
    return row[0]


def tell(servers: Servers, statement: LiteralString) -> None:
    with connect(servers.database_url) as connection:
        connection.execute(statement)


def valkey(servers: Servers) -> Any:
    return redis.Redis.from_url(servers.redis_url, decode_responses=True)


@contextlib.contextmanager
def parent_process(argument: object) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Start servers in another process; gives it and the words it says when they run."""
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("parent.py")), str(argument)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        yield process, process.stdout.readline().split()
        process.kill()


def is_alive(pid: int) -> bool:
    """A zombie that waits for its new parent counts as ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def eventually(done: Callable[[], object], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if done():
                return True
        except (psycopg.Error, redis.RedisError, OSError):
            pass
        time.sleep(0.05)
    return False
