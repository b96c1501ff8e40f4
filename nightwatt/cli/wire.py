"""Commands about what comes over the wire: decode, replay."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from nightwatt.cli.grouped import WIRE

app = typer.Typer()


@app.command(rich_help_panel=WIRE, short_help="Show what the wire gives, one reading a line.")
def decode(
    file: Annotated[str, typer.Argument(help="The payload; - reads standard input.")],
    topic: Annotated[str | None, typer.Option(help="The topic that the payload came on.")] = None,
    jsonl: Annotated[bool, typer.Option("--jsonl", help='FILE holds {"topic":…,"payload":…} lines.')] = False,
    hj212: Annotated[bool, typer.Option("--hj212", help="FILE holds HJ 212 frames as a station sends them.")] = False,
    zone: Annotated[str | None, typer.Option(help="Zone of times without offset, as a dossier would name it.")] = None,
    dialect: Annotated[str | None, typer.Option(help="Read by this dialect, whatever the topic; see docs.")] = None,
) -> None:
    """Show what the wire gives: one reading a line; refused ones on stderr with the reason.

    The topic tells the dialect. Mappings of the configuration are read too: a new one is tried out here.
    """
    from nightwatt.commands.decode import decode as act
    from nightwatt.dialects import dialects_of
    from nightwatt.settings import load_settings

    if jsonl + hj212 + (topic is not None) != 1:
        raise typer.BadParameter("give one of --topic T, --jsonl and --hj212")
    known = dialects_of(load_settings())
    raise typer.Exit(
        act(
            file,
            topic=topic,
            zone=zone,
            hj212=hj212,
            dialect=dialect,
            dialects=known,
            out=sys.stdout,
            err=sys.stderr,
        )
    )


@app.command(rich_help_panel=WIRE, short_help="Put readings from a file onto the wire.")
def replay(
    file: Annotated[
        Path,
        typer.Argument(
            help="Readings (CSV, Parquet), or an interval-energy archive (CSV); with --tcp captured HJ 212 frames"
            " (.h212, also gzipped, or .jsonl)."
        ),
    ],
    mqtt: Annotated[str | None, typer.Option(help="HOST:PORT of the broker; default: that of the settings.")] = None,
    tcp: Annotated[str | None, typer.Option(help="HOST:PORT of a platform that takes HJ 212 frames.")] = None,
    speed: Annotated[float, typer.Option(help="Times real time; 0 is as fast as they are taken.", min=0)] = 0,
    meter: Annotated[str | None, typer.Option(help="Whose readings these are, where the file does not say.")] = None,
    registry: Annotated[Path | None, typer.Option(help="Registry of the meters; default: the database.")] = None,
    connections: Annotated[
        int, typer.Option(help="With --tcp: connections to spread the stations over.", min=1, max=1000)
    ] = 1,
) -> None:
    """Put readings from a file onto the wire, as their meters would have sent them."""
    from nightwatt.commands.replay import replay as act
    from nightwatt.commands.replay_tcp import replay_tcp
    from nightwatt.settings import load_settings

    if tcp is not None:
        if mqtt is not None or meter is not None or registry is not None:
            raise typer.BadParameter("--tcp sends frames as they are: it goes without --mqtt, --meter and --registry")
        raise typer.Exit(replay_tcp(file, tcp=tcp, speed=speed, connections=connections))
    if connections != 1:
        raise typer.BadParameter("--connections goes with --tcp")
    raise typer.Exit(act(load_settings(), file, mqtt=mqtt, speed=speed, meter=meter, registry=registry))
