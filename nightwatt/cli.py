"""The command line. Results go to stdout, errors to stderr; exit 0 good, 1 some input refused, 2 wrong use."""

import sys
import time
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from core.errors import NightwattError, RegistryErrors

app = typer.Typer(
    name="nightwatt",
    help="nightwatt (电哨): supervises polluting enterprises through their electricity.",
    epilog="Settings: the TOML file named by NIGHTWATT_CONFIG, and NIGHTWATT_… variables. See docs/settings.md.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
user_app = typer.Typer(help="People who may sign in.", no_args_is_help=True)
token_app = typer.Typer(help="API tokens for programs.", no_args_is_help=True)
app.add_typer(user_app, name="user")
app.add_typer(token_app, name="token")
store_app = typer.Typer(help="The series store.", no_args_is_help=True)
app.add_typer(store_app, name="store")

RegistryPath = Annotated[Path, typer.Option("--registry", help="Folder of CSV files, or one .xlsx.")]
Username = Annotated[str, typer.Argument(help="What somebody signs in with.")]


@app.command()
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


@app.command()
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


@app.command("import")
def import_(registry: Annotated[Path, typer.Argument(help="Folder of CSV files, or one .xlsx.")]) -> None:
    """Import a registry into the database; a running service takes it up within seconds."""
    from nightwatt.commands.accounts import import_registry
    from nightwatt.settings import load_settings

    raise typer.Exit(import_registry(load_settings(), registry))


@app.command()
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


@app.command()
def imbalance(
    registry: RegistryPath,
    readings: Annotated[list[Path], typer.Option("--readings", help="CSV, CSV.gz or Parquet; may be given again.")],
    from_: Annotated[
        str | None, typer.Option("--from", help="RFC 3339 or local date; default: start of the file.")
    ] = None,
    to: Annotated[str | None, typer.Option("--to", help="RFC 3339 or local date, exclusive.")] = None,
) -> None:
    """Day/night load imbalance of every enterprise, one JSON line each."""
    from nightwatt.commands.imbalance import imbalance as act
    from nightwatt.settings import load_settings

    windows = load_settings().screening.windows()
    raise typer.Exit(act(registry, readings, from_=from_, to=to, out=sys.stdout, err=sys.stderr, settings=windows))


@app.command()
def check(
    publish: Annotated[
        bool, typer.Option(help="Also send a message to the broker, to nightwatt/check/…, and wait for it.")
    ] = True,
) -> None:
    """Try the whole configuration out against the running parts, one JSON line a part. Nothing is changed."""
    from nightwatt.commands.check import check as act
    from nightwatt.settings import load_settings

    raise typer.Exit(act(load_settings, publish=publish, now=time.time_ns() // 1_000_000, out=sys.stdout))


@user_app.command("add")
def user_add(
    username: Username,
    role: Annotated[str, typer.Option(help="city-monitor or inspector")],
    district: Annotated[str | None, typer.Option(help="The inspector's district.")] = None,
    name: Annotated[str | None, typer.Option(help="Name shown to others.")] = None,
    password_file: Annotated[
        str | None, typer.Option(help="File with the password, - for stdin; else it is asked for.")
    ] = None,
) -> None:
    """Add a person who may sign in."""
    from nightwatt.commands.accounts import add_user
    from nightwatt.settings import load_settings

    raise typer.Exit(
        add_user(load_settings(), username, role=role, district=district, name=name, password_file=password_file)
    )


@token_app.command("add")
def token_add(username: Username, name: Annotated[str, typer.Option(help="What it is for.")] = "cli") -> None:
    """Make an API token for a user; it is shown this once."""
    from nightwatt.commands.accounts import add_token
    from nightwatt.settings import load_settings

    raise typer.Exit(add_token(load_settings(), username, name=name))


@store_app.command("setup")
def store_setup() -> None:
    """Make what InfluxDB must have: database, retention (13 months of readings), room for hourly values for ever."""
    from nightwatt.commands.store import setup
    from nightwatt.series import influx_address
    from nightwatt.settings import load_settings

    raise typer.Exit(setup(influx_address(load_settings())))


@store_app.command("roll-up")
def store_roll_up(
    from_: Annotated[str, typer.Option("--from", help="RFC 3339; a time or date without offset is UTC.")],
    to: Annotated[str | None, typer.Option("--to", help="The same, exclusive; default: the last hour's end.")] = None,
) -> None:
    """Make InfluxDB's hourly values of a span anew, for readings that came later than the service looks back."""
    from nightwatt.commands.store import roll_up
    from nightwatt.series import influx_address
    from nightwatt.settings import load_settings

    raise typer.Exit(roll_up(influx_address(load_settings()), from_=from_, to=to, now=time.time_ns() // 1_000_000))


def main() -> None:
    """Errors made on purpose are one line; anything else is a bug and shows where."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # Names and topics come from outside: no locale may keep them from being printed.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        sys.exit(app(prog_name="nightwatt", standalone_mode=False))
    except typer.TyperException as error:
        _refuse(error)
    except typer.Abort:
        sys.exit(1)
    except RegistryErrors as error:
        for fault in error.faults:
            print(fault, file=sys.stderr)
        print(f"nightwatt: {error}", file=sys.stderr)
        sys.exit(1)
    except NightwattError as error:
        print(f"nightwatt: {error}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)


def _refuse(error: typer.TyperException) -> NoReturn:
    """One line that says what is wrong and where to read on; a command without arguments shows its help."""
    message, context = error.format_message(), getattr(error, "ctx", None)
    if "\n" not in message:
        path = context.command_path if context else "nightwatt"
        message = f"nightwatt: {message[:1].lower()}{message[1:].rstrip('.')} (see {path} --help)"
    print(message, file=sys.stderr)
    sys.exit(2)
