"""The HJ 212 server of the settings."""

from collections.abc import Callable

from ingest.hj212.server import Hj212Server
from ingest.hj212.station import Gate
from ingest.intake import Intake
from nightwatt.metrics import Metrics
from nightwatt.settings import Settings, secrets_of


def open_stations(settings: Settings, intake: Intake, *, clock: Callable[[], int], observer: Metrics) -> Hj212Server:
    """Not started yet. SetupError where the passwords can't be read."""
    wanted = settings.hj212
    passwords = secrets_of(wanted.passwords_file, named_by="hj212.passwords_file")
    return Hj212Server(
        settings.hj212_host,
        settings.hj212_port,
        intake=intake,
        clock=clock,
        gate=Gate(passwords, required=wanted.require_password, limits=wanted.limits),
        limits=wanted.limits,
        observer=observer,
    )
