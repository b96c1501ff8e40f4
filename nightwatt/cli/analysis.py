"""Commands that judge files of readings and the record: imbalance, screen, backtest, evaluate, recompute."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from nightwatt.cli.grouped import ANALYSIS

app = typer.Typer()

RegistryPath = Annotated[Path, typer.Option("--registry", help="Folder of CSV files, or one .xlsx.")]
ReadingsPaths = Annotated[list[Path], typer.Option("--readings", help="CSV, CSV.gz or Parquet; may be given again.")]
To = Annotated[str | None, typer.Option("--to", help="RFC 3339 or local date, exclusive.")]


@app.command(rich_help_panel=ANALYSIS, short_help="Day/night load imbalance of every enterprise.")
def imbalance(
    registry: RegistryPath,
    readings: ReadingsPaths,
    from_: Annotated[
        str | None, typer.Option("--from", help="RFC 3339 or local date; default: start of the file.")
    ] = None,
    to: To = None,
) -> None:
    """Day/night load imbalance of every enterprise, one JSON line each."""
    from nightwatt.commands.imbalance import imbalance as act
    from nightwatt.settings import load_settings

    windows = load_settings().screening.windows()
    raise typer.Exit(act(registry, readings, from_=from_, to=to, out=sys.stdout, err=sys.stderr, settings=windows))


@app.command(rich_help_panel=ANALYSIS, short_help="All five lists of the screening.")
def screen(
    registry: RegistryPath,
    readings: ReadingsPaths,
    from_: Annotated[
        str | None, typer.Option("--from", help="RFC 3339 or local date; default: the last 30 days of the file.")
    ] = None,
    to: To = None,
    xlsx: Annotated[Path | None, typer.Option(help="Also write the lists to this workbook.")] = None,
    language: Annotated[str, typer.Option(help="Of the workbook: zh or en.")] = "zh",
) -> None:
    """All five lists of the screening, one JSON line a finding; earlier months of the file are the history."""
    from nightwatt.commands.screen import screen as act
    from nightwatt.settings import load_settings

    if language not in ("zh", "en"):
        raise typer.BadParameter("--language is zh or en")
    raise typer.Exit(
        act(
            registry,
            readings,
            from_=from_,
            to=to,
            xlsx=xlsx,
            language=language,
            out=sys.stdout,
            err=sys.stderr,
            settings=load_settings().screening.windows(),
        )
    )


@app.command(rich_help_panel=ANALYSIS, short_help="Run the live engine over history.")
def backtest(
    registry: RegistryPath,
    readings: ReadingsPaths,
    from_: Annotated[
        str | None,
        typer.Option("--from", help="RFC 3339 or local date; readings before it are the run-up."),
    ] = None,
    to: To = None,
    rules: Annotated[
        Path | None, typer.Option("--rules", help="TOML or JSON: rules that are off, and their parameters; see docs.")
    ] = None,
) -> None:
    """Run the live engine over history, one transition a JSON line."""
    from nightwatt.commands.backtest import backtest as act

    raise typer.Exit(act(registry, readings, from_=from_, to=to, rules=rules, out=sys.stdout, err=sys.stderr))


@app.command(rich_help_panel=ANALYSIS, short_help="How well the rules find what is planted in a city.")
def evaluate(
    seed: Annotated[int, typer.Option(help="Which city: the same number is the same city.", min=0)] = 1,
    days: Annotated[int, typer.Option(help="How long it is watched.", min=1, max=400)] = 30,
    enterprises: Annotated[int, typer.Option(help="How many enterprises it has.", min=1, max=2000)] = 88,
    rules: Annotated[str | None, typer.Option(help="Only these, with commas between.")] = None,
    shape: Annotated[
        Path | None, typer.Option(help="Interval-energy archive (CSV) that one enterprise's load follows.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Instead of the table one line for every miss and every false alarm.")
    ] = False,
    write: Annotated[
        Path | None, typer.Option(help="Judge nothing: write the city's registry, readings and truth to this folder.")
    ] = None,
) -> None:
    """How well the rules find what is planted in a simulated city, rule by rule."""
    from nightwatt.commands.evaluate import evaluate as act

    asked = [id.strip() for id in rules.split(",")] if rules else []
    raise typer.Exit(
        act(
            seed=seed,
            days=days,
            enterprises=enterprises,
            rules=asked,
            shape=shape,
            as_json=as_json,
            write=write,
            out=sys.stdout,
        )
    )


@app.command(rich_help_panel=ANALYSIS, short_help="Judge an alarm again from the stored readings.")
def recompute(alarm: Annotated[int, typer.Argument(metavar="ALARM_ID", help="Number of the alarm.", min=1)]) -> None:
    """Judge an alarm again from the stored readings: prints what was recorded and what comes out; exit 1 if other."""
    from nightwatt.commands.recompute import recompute_alarm
    from nightwatt.settings import load_settings

    raise typer.Exit(recompute_alarm(load_settings(), alarm, out=sys.stdout))
