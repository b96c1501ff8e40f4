"""Commands that run the service and what it stands on: run, check, import."""

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from nightwatt.cli.grouped import SERVICE

app = typer.Typer()


@app.command(rich_help_panel=SERVICE, short_help="Run everything in one process.")
def run(
    demo: Annotated[
        bool, typer.Option("--demo", help="Bring a simulated city whose meters publish over MQTT.")
    ] = False,
    speed: Annotated[
        float, typer.Option(help="How much faster than real time the demo's city lives.", min=0.1, max=600)
    ] = 1,
) -> None:
    """Run everything in one process: broker, stores, rules, notification, API and pages."""
    from nightwatt.commands.run import run as act
    from nightwatt.settings import load_settings

    if speed != 1 and not demo:
        raise typer.BadParameter("--speed goes with --demo: real meters keep their own time")
    raise typer.Exit(act(load_settings(), demo=demo, speed=speed))


@app.command(rich_help_panel=SERVICE, short_help="Try the whole configuration out; changes nothing.")
def check(
    publish: Annotated[
        bool, typer.Option(help="Also send a message to the broker, to nightwatt/check/…, and wait for it.")
    ] = True,
) -> None:
    """Try the whole configuration out against the running parts, one JSON line a part. Nothing is changed."""
    from nightwatt.commands.check import check as act
    from nightwatt.settings import load_settings

    raise typer.Exit(act(load_settings, publish=publish, now=time.time_ns() // 1_000_000, out=sys.stdout))


@app.command("import", rich_help_panel=SERVICE, short_help="Import a registry into the database.")
def import_(registry: Annotated[Path, typer.Argument(help="Folder of CSV files, or one .xlsx.")]) -> None:
    """Import a registry into the database; a running service takes it up within seconds."""
    from nightwatt.commands.accounts import import_registry
    from nightwatt.settings import load_settings

    raise typer.Exit(import_registry(load_settings(), registry))
