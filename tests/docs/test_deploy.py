"""What deploy/ and the guide for a first county name exists: settings, commands, files, limits."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from proactive.cli import build
from proactive.config import Settings
from tests.journeys.walking import commands_of, parts_of
from web.command import serving
from web.uploads import MIB

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
GUIDES = (ROOT / "docs" / "first-county.md", ROOT / "docs" / "first-county.zh.md")
FILES = sorted(file for file in DEPLOY.rglob("*") if file.is_file())
CALL = re.compile(r"(?:^|bin/|`)proactive (?P<words>[^`\n]+)", re.MULTILINE)


def calls() -> Iterator[tuple[Path, str]]:
    """Yield every call of the command line: in units and scripts, blocks and sentences."""
    for file in FILES:
        for line in file.read_text("utf-8").splitlines():
            if "bin/proactive " in line and not line.startswith("#") and '"$@"' not in line:
                yield file, line.partition("bin/proactive ")[2]
    for guide in GUIDES:
        for part in parts_of(guide):
            if part.kind.startswith("sh"):
                for command in commands_of(part.text):
                    if command.startswith("proactive "):
                        yield guide, command.removeprefix("proactive ").removesuffix(" || true")
        for said in re.findall(r"`proactive ([^`]+)`", guide.read_text("utf-8")):
            yield guide, said


def test_every_command_that_is_named_exists_with_its_options() -> None:
    found = list(calls())
    for file, words in found:
        command: click.Command = build()
        context = click.Context(command)
        rest = shlex.split(words)
        while isinstance(command, click.Group) and rest:
            inner = command.get_command(context, rest.pop(0))
            assert inner is not None, f"{file.name}: {words}"
            command = inner
        known = {name for option in command.params for name in option.opts}
        wrong = [word for word in rest if word.startswith("--") and word not in known]
        assert not wrong, f"{file.name}: {words}"
    assert len(found) > 60


def test_every_setting_that_is_named_exists_and_the_example_can_be_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for file in (*FILES, *GUIDES):
        for name in re.findall(r"\bPROACTIVE_([A-Z_]+)\b", file.read_text("utf-8")):
            assert name.lower() in Settings.model_fields, f"{file.name}: PROACTIVE_{name}"
    for line in (DEPLOY / "env.example").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            [pair] = shlex.split(line)
            monkeypatch.setenv(*pair.split("=", 1))
    settings = Settings()  # type: ignore[call-arg]
    assert settings.trusted_proxies == 1
    assert settings.host == "127.0.0.1"
    assert settings.channel in settings.channels
    for proxy in ("nginx.conf", "Caddyfile"):
        text = (DEPLOY / proxy).read_text("utf-8")
        room = re.search(r"(?:client_max_body_size|max_size) (\d+)(?:m;|MiB)", text)
        assert room is not None
        assert int(room[1]) == settings.upload_mb + 1
        # What the proxy lets through reaches the page, which says in words what is too large.
        assert serving(settings)["max_request_body_size"] > int(room[1]) * MIB
        assert f"127.0.0.1:{settings.port}" in text
        assert settings.public_url.removeprefix("https://") in text


def test_every_file_and_unit_of_the_guide_is_there() -> None:
    blocks = "\n".join(part.text for part in parts_of(GUIDES[0]) if part.kind == "sh server")
    for name in re.findall(r"deploy/[\w./@-]+", blocks):
        assert (ROOT / name.rstrip("/")).exists(), name
    enabled = re.search(r"systemctl enable --now (.+)", blocks)
    assert enabled is not None
    units = {re.sub(r"@\d", "@", one) for one in enabled[1].split()}
    there = {file.name for file in (DEPLOY / "systemd").iterdir()}
    assert all({one, f"{one}.service"} & there for one in units)
    for service in (DEPLOY / "systemd").glob("*.service"):
        assert "User=proactive" in service.read_text("utf-8")
    for script in ("proactive", "proactive-backup"):
        assert (DEPLOY / script).stat().st_mode & 0o111


def test_both_guides_have_the_same_blocks() -> None:
    english, chinese = (parts_of(guide) for guide in GUIDES)

    assert english == chinese
