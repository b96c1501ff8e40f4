"""Everything with a lifecycle: the SQL database and its books."""

from dataclasses import dataclass

from core.interval import DAY_MS
from nightwatt.settings import Settings
from stores.sql.accounts import SqlAccounts
from stores.sql.alarms import SqlAlarmBook
from stores.sql.audit import SqlAudit
from stores.sql.dead_letters import SqlDeadLetters
from stores.sql.dossiers import SqlDossierBook
from stores.sql.energies import SqlEnergyBook
from stores.sql.engine import Database, open_database
from stores.sql.facility_states import SqlStateBook
from stores.sql.filings import SqlFilingBook
from stores.sql.focus import SqlFocusBook
from stores.sql.late import SqlLateBook
from stores.sql.orders import SqlOrderBook
from stores.sql.outbox import SqlOutbox, SqlRouteBook
from stores.sql.presets import SqlPresetBook
from stores.sql.registry import SqlRegistryBook
from stores.sql.responses import SqlResponseBook
from stores.sql.screenings import SqlScreeningBook
from stores.sql.transitions import SqlTransitionLog


@dataclass(frozen=True, slots=True)
class Books:
    """One adapter per port, over one database."""

    database: Database
    registry: SqlRegistryBook
    dossiers: SqlDossierBook
    alarms: SqlAlarmBook
    transitions: SqlTransitionLog
    outbox: SqlOutbox
    routes: SqlRouteBook
    focus: SqlFocusBook
    screenings: SqlScreeningBook
    accounts: SqlAccounts
    audit: SqlAudit
    dead_letters: SqlDeadLetters
    states: SqlStateBook
    energies: SqlEnergyBook
    filings: SqlFilingBook
    orders: SqlOrderBook
    responses: SqlResponseBook
    presets: SqlPresetBook
    late: SqlLateBook


def open_books(settings: Settings) -> Books:
    """Open the database of the settings, by default SQLite in the data folder, and bring it up to date."""
    database = open_database(database_address(settings))
    return Books(
        database=database,
        registry=SqlRegistryBook(database),
        dossiers=SqlDossierBook(database),
        alarms=SqlAlarmBook(database),
        transitions=SqlTransitionLog(database),
        outbox=SqlOutbox(database),
        routes=SqlRouteBook(database),
        focus=SqlFocusBook(database),
        screenings=SqlScreeningBook(database),
        accounts=SqlAccounts(database),
        audit=SqlAudit(database),
        dead_letters=SqlDeadLetters(
            database,
            keep=settings.dead_letters.keep,
            keep_bytes=settings.dead_letters.keep_bytes,
            keep_for=settings.dead_letters.keep_days * DAY_MS,
        ),
        states=SqlStateBook(database),
        energies=SqlEnergyBook(database),
        filings=SqlFilingBook(database),
        orders=SqlOrderBook(database),
        responses=SqlResponseBook(database),
        presets=SqlPresetBook(database),
        late=SqlLateBook(database),
    )


def database_address(settings: Settings) -> str:
    """With its password: not to be shown."""
    url = settings.database_url
    return url.get_secret_value() if url else f"sqlite:///{(settings.data / 'nightwatt.db').absolute()}"
