"""The command line. Results go to stdout, errors to stderr; exit 0 good, 1 some input refused, 2 wrong use."""

import sys
from io import TextIOWrapper
from typing import NoReturn

import typer

from core.errors import NightwattError, RegistryErrors
from nightwatt.cli import accounts, analysis, learning, service, wire
from nightwatt.cli.grouped import STORES, Grouped

app = typer.Typer(
    name="nightwatt",
    cls=Grouped,
    help="nightwatt (电哨): supervises polluting enterprises through their electricity.",
    epilog="Settings: the TOML file named by NIGHTWATT_CONFIG, and NIGHTWATT_… variables. See docs/settings.md.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for part in (service, wire, analysis, learning):
    app.add_typer(part.app)
app.add_typer(accounts.user, name="user", help="People who may sign in.", rich_help_panel=STORES)
app.add_typer(accounts.token, name="token", help="API tokens for programs.", rich_help_panel=STORES)
app.add_typer(accounts.store, name="store", help="The series store.", rich_help_panel=STORES)


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
