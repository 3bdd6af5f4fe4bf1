"""The one command line, put together from the commands of each part and of plug-ins."""

from importlib.metadata import EntryPoints, entry_points

import click

from proactive.commands import (
    backups,
    cases,
    definitions,
    differing,
    feeds,
    learning,
    measuring,
    notices,
    offices,
    places,
    serving,
    staffing,
    stories,
    system,
    triggers,
    trying,
)

GROUP = "proactive.commands"


class _Commands(click.Group):
    """Ours, and those of installed plug-ins: such a one is imported when it is asked for."""

    @property
    def plugins(self) -> EntryPoints:
        return entry_points(group=GROUP)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *self.plugins.names})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.commands and cmd_name in self.plugins.names:
            self.add_command(self.plugins[cmd_name].load(), cmd_name)
        return super().get_command(ctx, cmd_name)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="proactive-benefits")
def root() -> None:
    """Proactive benefits (免申即享): triggers raise cases, people decide, the person is told.

    Exit codes: 0 done, 1 refused (the message says what to do), 2 failed.
    """


def build() -> click.Group:
    """Return the command line with our commands and those of installed plug-ins."""
    for command in (
        system.up,
        serving.servers,
        system.worker,
        system.scheduler,
        system.doctor,
        system.migrate_command,
        system.keys,
        backups.backup,
        backups.restore,
        system.steps,
        stories.demo,
        stories.simulate,
        feeds.feed,
        triggers.trigger,
        places.area,
        offices.office,
        offices.post,
        offices.user,
        definitions.bundle,
        measuring.takeup,
        cases.case,
        cases.notice,
        notices.county,
        learning.outcome,
        learning.correction,
    ):
        root.add_command(command)
    triggers.trigger.add_command(differing.diff)
    for command in staffing.COMMANDS:
        offices.user.add_command(command)
    for command in trying.COMMANDS:
        triggers.trigger.add_command(command)
    return root


def main() -> None:
    """Run the command line."""
    build()(prog_name="proactive")
