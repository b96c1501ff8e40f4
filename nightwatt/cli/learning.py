"""`nightwatt learn`."""

import time
from pathlib import Path
from typing import Annotated

import typer

from nightwatt.cli.grouped import ANALYSIS

app = typer.Typer()


@app.command(rich_help_panel=ANALYSIS, short_help="Propose on/off thresholds from the power drawn.")
def learn(
    registry: Annotated[Path | None, typer.Option(help="Registry of the meters; default: the database.")] = None,
    readings: Annotated[
        list[Path] | None, typer.Option("--readings", help="CSV, CSV.gz or Parquet, with --registry; may be repeated.")
    ] = None,
    meter: Annotated[list[str] | None, typer.Option(help="Only the facility of this meter; may be repeated.")] = None,
    facility: Annotated[list[str] | None, typer.Option(help="Only this facility; may be repeated.")] = None,
    enterprise: Annotated[list[str] | None, typer.Option(help="Only this enterprise; may be repeated.")] = None,
    days: Annotated[int, typer.Option(help="How many days, up to the last reading or now.", min=1, max=400)] = 30,
    apply: Annotated[bool, typer.Option("--apply", help="Write the clear proposals into the database.")] = False,
    by: Annotated[str | None, typer.Option(help="With --apply: who says so.")] = None,
    reason: Annotated[str | None, typer.Option(help="With --apply: why.")] = None,
    effective: Annotated[
        str | None, typer.Option(help="With --apply: from when on, RFC 3339 or local time; default: now.")
    ] = None,
) -> None:
    """Propose on/off thresholds from the power that facilities drew, one JSON line each."""
    from nightwatt.commands import learn as command
    from nightwatt.settings import load_settings

    if (registry is None) != (not readings):
        raise typer.BadParameter("--registry and --readings go together; without both the database and store are read")
    if apply != bool(by and reason) or (not apply and (by or reason or effective)):
        raise typer.BadParameter("--apply needs --by NAME and --reason TEXT, and they and --effective go with it alone")
    asked = command.Asked(meters=meter or (), facilities=facility or (), enterprises=enterprise or (), days=days)
    applied = command.Apply(by=by or "", reason=reason or "", effective=effective) if apply else None
    now = time.time_ns() // 1_000_000
    if registry is not None:
        code = command.learn_from_files(load_settings(), registry, readings or [], asked=asked, apply=applied, now=now)
    else:
        code = command.learn_from_store(load_settings(), asked=asked, apply=applied, now=now)
    raise typer.Exit(code)
