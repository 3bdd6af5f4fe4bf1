"""Reads a guide's blocks in order and runs its commands, as somebody at a console would."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass, field
from pathlib import Path

from click import Group
from click.testing import CliRunner

from proactive.cli import build

BLOCK = re.compile(
    r"^```(?P<kind>[^\n]*)\n(?P<text>.*?)^```$|^<!-- walk: (?P<walk>[^>]+) -->$", re.M | re.S
)
HEREDOC = re.compile(r"<<'(\w+)'$")


@dataclass(frozen=True)
class Part:
    """A block to run (`sh`), its answer (`text`), one that is only read, or a walk elsewhere."""

    kind: str
    text: str


def parts_of(page: Path) -> list[Part]:
    found = BLOCK.finditer(page.read_text(encoding="utf-8"))
    return [Part("walk", m["walk"]) if m["walk"] else Part(m["kind"], m["text"]) for m in found]


def commands_of(block: str) -> Iterator[str]:
    """Yield each command of a block; one with a text inside (<<'END') is one command."""
    lines = iter(block.splitlines())
    for line in lines:
        inside = HEREDOC.search(line)
        if not inside:
            yield line
            continue
        whole = [line]
        for more in lines:
            whole.append(more)
            if more == inside[1]:
                break
        yield "\n".join(whole)


@dataclass
class Console:
    """A console: the product's own commands run in this process, everything else in a shell."""

    folder: Path
    variables: dict[str, str]
    said: str = ""
    cli: Group = field(default_factory=build)

    def run(self, block: str) -> None:
        """Run the commands of a block; what they printed is kept for `expect`."""
        self.said = ""
        for command in commands_of(block):
            self._run_one(command)

    def _run_one(self, command: str) -> None:
        may_fail = command.endswith(" || true")
        command = command.removesuffix(" || true")
        name, is_value, value = command.partition("=")
        if is_value and name.isidentifier():
            self.variables[name] = value
        elif command.startswith("cd "):
            self.folder /= command[3:]
        elif command.startswith("proactive "):
            self._proactive(command, may_fail=may_fail)
        else:
            self.said += self._shell(command)

    def _proactive(self, command: str, *, may_fail: bool) -> None:
        words = self._shell(f"printf '%s\\0' {command}").split("\0")[1:-1]
        with chdir(self.folder):
            done = CliRunner(env=self.variables).invoke(self.cli, words, catch_exceptions=False)
        self.said += done.output
        assert done.exit_code == 0 or may_fail, f"{command}\n{done.output}"

    def _shell(self, command: str) -> str:
        done = subprocess.run(
            ["sh", "-euc", command],
            cwd=self.folder,
            env={"PATH": "/usr/bin:/bin", **self.variables},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def expect(self, answer: str) -> None:
        """See that every line of an answer was printed; `…` stands for anything."""
        for line in answer.splitlines():
            wanted = ".*".join(re.escape(piece) for piece in line.split("…"))
            assert re.search(wanted, self.said), f"not seen: {line}\nin:\n{self.said}"
