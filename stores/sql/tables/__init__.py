"""The schema as it is now; migrations/ says how it came to be. Instants are ms UTC."""

from stores.sql.tables.accounts import audit, login_failures, sessions, tokens, users
from stores.sql.tables.alarms import (
    alarm_revisions,
    alarms,
    energy_hours,
    engine_snapshots,
    notifications,
    routes,
    transitions,
)
from stores.sql.tables.facility_states import facility_states
from stores.sql.tables.findings import dead_letters, screening_entries, screenings
from stores.sql.tables.late import late_readings
from stores.sql.tables.measures import filing_steps, order_steps, presets, response_orders, responses
from stores.sql.tables.metadata import metadata
from stores.sql.tables.registry import enterprises, facilities, filings, imports, lines, meters, orders, thresholds
from stores.sql.tables.screening import screening_findings, screening_periods
from stores.sql.tables.versions import versions

__all__ = [
    "alarm_revisions",
    "alarms",
    "audit",
    "dead_letters",
    "energy_hours",
    "engine_snapshots",
    "enterprises",
    "facilities",
    "facility_states",
    "filing_steps",
    "filings",
    "imports",
    "late_readings",
    "lines",
    "login_failures",
    "metadata",
    "meters",
    "notifications",
    "order_steps",
    "orders",
    "presets",
    "response_orders",
    "responses",
    "routes",
    "screening_entries",
    "screening_findings",
    "screening_periods",
    "screenings",
    "sessions",
    "thresholds",
    "tokens",
    "transitions",
    "users",
    "versions",
]
