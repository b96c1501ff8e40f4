"""The channels of the configuration file, put into the database that the notifier reads."""

from collections.abc import Mapping, Sequence

from core.errors import ChannelError, SetupError
from core.notification import Route
from core.ports import Channel, RouteBook
from nightwatt.settings import ChannelSettings, channel_address


def routes_of(channels: Sequence[ChannelSettings]) -> list[Route]:
    """The routes that the file describes; SetupError where a secret address can't be read."""
    return [
        Route(
            id=0,
            name=channel.name,
            family="apprise",
            address=channel_address(channel),
            district=channel.district,
            min_severity=channel.min_severity,
            language=channel.language,
        )
        for channel in channels
    ]


def apply_routes(book: RouteBook, routes: Sequence[Route], families: Mapping[str, Channel]) -> None:
    """Switch on these routes and no others; SetupError names one whose address can't work."""
    for route in routes:
        try:
            families[route.family].check(route.address)
        except ChannelError as error:
            raise SetupError(f"channel {route.name!r}: {error}") from error
    for route in routes:
        book.save_route(route)
    book.keep_only(frozenset(route.name for route in routes))
