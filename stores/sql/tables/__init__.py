"""The schema as it is now; migrations/ says how it came to be. Instants are ms UTC."""

from stores.sql.tables.accounts import audit, login_failures, sessions, tokens, users
from stores.sql.tables.alarms import alarms, engine_snapshots, notifications, routes, transitions
from stores.sql.tables.facility_states import facility_states
from stores.sql.tables.findings import dead_letters, screening_entries, screenings
from stores.sql.tables.metadata import metadata
from stores.sql.tables.registry import enterprises, facilities, filings, imports, lines, meters, orders, thresholds

__all__ = [
    "alarms",
    "audit",
    "dead_letters",
    "engine_snapshots",
    "enterprises",
    "facilities",
    "facility_states",
    "filings",
    "imports",
    "lines",
    "login_failures",
    "metadata",
    "meters",
    "notifications",
    "orders",
    "routes",
    "screening_entries",
    "screenings",
    "sessions",
    "thresholds",
    "tokens",
    "transitions",
    "users",
]
