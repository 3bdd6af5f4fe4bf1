"""Commands that make a county and tell its story."""

from datetime import date, datetime
from pathlib import Path

import click

from proactive.commands.frame import Frame, explained, pass_frame, with_json
from proactive.demo.run import run_demo
from proactive.kernel.clock import SystemClock, local_date
from proactive.simulate.county import simulate_county
from proactive.simulate.trees import read_tree


@click.group()
def simulate() -> None:
    """Invented data to try things on."""


@simulate.command()
@click.option("--people", default=20_000, show_default=True, type=click.IntRange(500, 20_000_000))
@click.option("--seed", default=7, show_default=True)
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--areas",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Place the county into this file of areas instead of invented villages.",
)
@click.option("--mapping", default="cn_stats_long", show_default=True, help="How to read --areas.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Last day; default: today.")
@click.option("--language", type=click.Choice(["zh", "en"]), default="en")
@with_json
@pass_frame
@explained
def county(
    frame: Frame,
    people: int,
    seed: int,
    out: Path,
    areas: Path | None,
    mapping: str,
    as_of: datetime | None,
    language: str,
) -> None:
    """Write the deliveries of an invented county with everybody's true needs."""
    zone = frame.settings().zone
    day: date = as_of.date() if as_of else local_date(SystemClock().now(), zone)
    tree = read_tree(areas, mapping) if areas else None
    summary = simulate_county(out, people, seed, areas=tree, as_of=day)
    frame.show(summary.as_json(), summary.as_text(language))


@click.command()
@click.option("--once", is_flag=True, help="Tell it and end; pages stay closed.")
@click.option("--people", default=20_000, show_default=True, type=click.IntRange(2_000, 500_000))
@click.option("--seed", default=7, show_default=True)
@click.option("--language", type=click.Choice(["zh", "en"]), default="en", show_default=True)
@click.option("--port", default=8080, show_default=True, help="Where the pages are.")
@click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False), help="Default: var/demo."
)
@pass_frame
@explained
def demo(
    frame: Frame, once: bool, people: int, seed: int, language: str, port: int, folder: Path | None
) -> None:
    """Tell the central story on an invented county; every step is seen in the database."""
    code = run_demo(
        folder or frame.settings().var / "demo",
        people=people,
        seed=seed,
        language=language,
        port=0 if once else port,
        once=once,
    )
    raise SystemExit(code)
