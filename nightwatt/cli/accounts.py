"""Commands about who may come in and where readings lie: user, token, store."""

import time
from typing import Annotated

import typer

user = typer.Typer(no_args_is_help=True)
token = typer.Typer(no_args_is_help=True)
store = typer.Typer(no_args_is_help=True)

Username = Annotated[str, typer.Argument(help="What somebody signs in with.")]


@user.command("add")
def user_add(
    username: Username,
    role: Annotated[str, typer.Option(help="city-administrator, city-monitor, district-leader or inspector")],
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


@token.command("add")
def token_add(username: Username, name: Annotated[str, typer.Option(help="What it is for.")] = "cli") -> None:
    """Make an API token for a user; it is shown this once."""
    from nightwatt.commands.accounts import add_token
    from nightwatt.settings import load_settings

    raise typer.Exit(add_token(load_settings(), username, name=name))


@store.command("setup")
def store_setup() -> None:
    """Make what InfluxDB must have: database, retention (13 months of readings), room for hourly values for ever."""
    from nightwatt.commands.store import setup
    from nightwatt.series import influx_address
    from nightwatt.settings import load_settings

    raise typer.Exit(setup(influx_address(load_settings())))


@store.command("roll-up")
def store_roll_up(
    from_: Annotated[str, typer.Option("--from", help="RFC 3339; a time or date without offset is UTC.")],
    to: Annotated[str | None, typer.Option("--to", help="The same, exclusive; default: the last hour's end.")] = None,
) -> None:
    """Make InfluxDB's hourly values of a span anew, for readings that came later than the service looks back."""
    from nightwatt.commands.store import roll_up
    from nightwatt.series import influx_address
    from nightwatt.settings import load_settings

    raise typer.Exit(roll_up(influx_address(load_settings()), from_=from_, to=to, now=time.time_ns() // 1_000_000))
