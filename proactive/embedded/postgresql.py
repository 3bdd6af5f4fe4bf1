"""The embedded PostgreSQL: its data, its settings, and how it is started and ended."""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from proactive.embedded.folder import POSTGRESQL_SOCKET, StateFolder
from proactive.embedded.processes import as_account, end_processes, living_in
from proactive.embedded.server import Steps
from proactive.kernel.errors import Failed

OWNER, DATABASE, ADMIN = "proactive", "proactive", "postgres"
# Safe against kill -9, not against a power cut: commits reach the system, not the disk.
FAST = """
fsync = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 256MB
shared_buffers = 64MB
"""
SAFE = "shared_buffers = 128MB\n"


@dataclass(frozen=True, slots=True)
class PostgreSQL:
    """PostgreSQL on a unix socket. Peer authentication: the caller's account, no password."""

    folder: StateFolder
    programs: Path
    sockets: Path
    fast: bool = False
    name: str = "postgresql"
    program: str = "postgres"
    ending: Steps = (
        (signal.SIGINT, 20.0),  # fast shutdown: clients are cut, everything is written
        (signal.SIGQUIT, 5.0),
        (signal.SIGKILL, 5.0),
    )

    @property
    def home(self) -> Path:
        return self.folder.cluster

    @property
    def log(self) -> Path:
        return self.folder.log / "postgresql.log"

    def url(self, *, user: str = OWNER, database: str = DATABASE) -> str:
        """Return the address for SQLAlchemy."""
        return f"postgresql+psycopg://{user}@/{database}?host={quote(str(self.sockets), safe='')}"

    def command(self) -> list[str]:
        settings = self.folder.conf / "postgresql.conf"
        return [str(self.programs / self.program), f"--config-file={settings}"]

    def end_orphans(self) -> None:
        """End processes of this cluster that an earlier parent left behind."""
        if not end_processes(self._living, self._postmaster, self.ending):
            raise Failed(
                "orphan_stays", "An earlier PostgreSQL in {path} does not end.", path=self.home
            )

    def prepare(self) -> None:
        """Make the cluster once, end what still works in it, and write its settings anew."""
        self.end_orphans()
        if not (self.home / "PG_VERSION").exists():
            self._make_cluster()
        # Nobody works in this cluster, so these are stale. PostgreSQL itself would believe them
        # when the process number in them meanwhile belongs to something else of ours.
        (self.home / "postmaster.pid").unlink(missing_ok=True)
        for name in (POSTGRESQL_SOCKET, f"{POSTGRESQL_SOCKET}.lock"):
            (self.sockets / name).unlink(missing_ok=True)
        conf = self.folder.conf
        self.folder.write(conf / "pg_hba.conf", "local all all peer map=proactive\n")
        self.folder.write(conf / "pg_ident.conf", _ident())
        self.folder.write(conf / "postgresql.conf", self._settings())

    def is_ready(self) -> bool:
        """Ask the file in which the postmaster notes that it takes connections."""
        try:
            lines = (self.home / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[7].strip() == "ready"

    def first_steps(self) -> None:
        """Make the role that owns everything, and its database.

        The owner is no superuser, so that row policies hold for it here as in production.
        """
        with psycopg.connect(
            host=str(self.sockets), user=ADMIN, dbname=ADMIN, autocommit=True, connect_timeout=10
        ) as connection:
            if not connection.execute(
                "SELECT 1 FROM pg_roles WHERE rolname = %s", [OWNER]
            ).fetchone():
                role = sql.SQL("CREATE ROLE {} LOGIN CREATEDB CREATEROLE")
                connection.execute(role.format(sql.Identifier(OWNER)))
            exists = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if not exists.fetchone():
                database = sql.SQL("CREATE DATABASE {} OWNER {}")
                connection.execute(database.format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))

    def _living(self) -> list[int]:
        return living_in(self.home, self.program)

    def _postmaster(self) -> list[int]:
        living = self._living()
        try:
            noted = (self.home / "postmaster.pid").read_text().partition("\n")[0]
        except OSError:
            return []
        return [pid for pid in living if str(pid) == noted]

    def _make_cluster(self) -> None:
        """Run initdb beside the final place; the rename makes half a cluster impossible."""
        workshop = self.folder.workshop
        for half_made in workshop.iterdir():  # by an initdb that was killed
            shutil.rmtree(half_made, ignore_errors=True)
        new = workshop / secrets.token_hex(4)
        made = subprocess.run(  # noqa: S603 - program of the wheel, no shell
            [
                str(self.programs / "initdb"),
                f"--pgdata={new}",
                "--encoding=UTF8",
                "--no-locale",
                f"--username={ADMIN}",
                "--auth=peer",
                "--no-instructions",
                *(["--no-sync"] if self.fast else []),
            ],
            cwd=workshop,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            capture_output=True,
            text=True,
            check=False,
            **as_account(self.folder.account),
        )
        if made.returncode:
            raise Failed(
                "no_cluster",
                "PostgreSQL could not make its data folder: {reason}",
                reason=made.stderr.strip().splitlines()[-1:] or made.returncode,
            )
        new.rename(self.home)

    def _settings(self) -> str:
        conf = self.folder.conf
        return (
            "# Written at every start; put changes into local.conf beside it.\n"
            f"data_directory = {_quoted(self.home)}\n"
            f"hba_file = {_quoted(conf / 'pg_hba.conf')}\n"
            f"ident_file = {_quoted(conf / 'pg_ident.conf')}\n"
            "listen_addresses = ''\n"
            f"unix_socket_directories = {_quoted(self.sockets)}\n"
            "unix_socket_permissions = 0700\n"
            "max_connections = 100\n"
            "timezone = 'UTC'\n"
            "log_timezone = 'UTC'\n"
            # Statements and details hold personal data; the application logs what matters.
            "log_error_verbosity = terse\n"
            "log_min_error_statement = panic\n"
            "log_parameter_max_length_on_error = 0\n"
            # A role that the owner creates is one it may also become.
            "createrole_self_grant = 'set, inherit'\n"
            f"{FAST if self.fast else SAFE}"
            f"{_include(conf / 'local.conf')}"
        )


def _include(file: Path) -> str:
    return f"include {_quoted(file)}\n" if file.exists() else ""


def _ident() -> str:
    """Let the caller's account, and only it, be any role; others run programs as nobody too."""
    return f'proactive "{pwd.getpwuid(os.geteuid()).pw_name}" all\n'


def _quoted(value: object) -> str:
    return "'" + str(value).replace("\\", "\\\\").replace("'", "''") + "'"
