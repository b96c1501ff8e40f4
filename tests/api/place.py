"""A service under test: the app over a real SQLite file, with clocks that are set by hand."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from api.app import create_app
from api.auth import COOKIE, SESSION_MS, csrf_of
from api.passwords import hash_password, hash_secret, new_secret
from api.services import Services
from core.jurisdiction import Role, User
from registry.export import workbook
from stores.memory import MemorySeries
from stores.sql.accounts import SqlAccounts
from stores.sql.alarms import SqlAlarmBook
from stores.sql.audit import SqlAudit
from stores.sql.dead_letters import SqlDeadLetters
from stores.sql.dossiers import SqlDossierBook
from stores.sql.engine import Database, open_database
from stores.sql.facility_states import SqlStateBook
from stores.sql.filings import SqlFilingBook
from stores.sql.focus import SqlFocusBook
from stores.sql.orders import SqlOrderBook
from stores.sql.outbox import SqlRouteBook
from stores.sql.presets import SqlPresetBook
from stores.sql.registry import SqlRegistryBook
from stores.sql.responses import SqlResponseBook
from stores.sql.screenings import SqlScreeningBook
from stores.sql.transitions import SqlTransitionLog
from tests.cases import LUSONG, NOON, TIANYUAN, city, imbalance, transition

PASSWORDS = {"monitor": "a city at night", "tian": "district one", "lu": "district two"}

DATABASE = "nightwatt.db"


@dataclass
class Clocks:
    """The city's time and real time, both ms UTC."""

    city: int = NOON
    wall: int = NOON


@dataclass
class Place:
    """Stores, clocks and the app over them."""

    app: FastAPI
    services: Services
    db: Database
    log: SqlTransitionLog
    clocks: Clocks
    readiness: dict[str, str]
    users: dict[str, User] = field(default_factory=dict)

    def client(self, **options: Any) -> TestClient:
        """Nobody's browser."""
        return TestClient(self.app, follow_redirects=False, **options)

    def browser_of(self, username: str) -> TestClient:
        """A browser with a session of that user, whose requests carry the CSRF token."""
        secret, client = new_secret(), self.client()
        self.services.accounts.open_session(
            self.users[username], hash_secret(secret), now=self.clocks.wall, expires_at=self.clocks.wall + SESSION_MS
        )
        client.cookies.set(COOKIE, secret)
        client.headers["X-CSRF-Token"] = csrf_of(secret)
        return client

    def program_of(self, username: str) -> TestClient:
        """A program with an API token of that user."""
        secret, client = new_secret(), self.client()
        self.services.accounts.add_token(username, "script", hash_secret(secret), now=self.clocks.wall)
        client.headers["Authorization"] = f"Bearer {secret}"
        return client

    def record(self, **overrides: Any) -> int:
        """Record a transition; its id."""
        self.log.record([transition(**overrides)], snapshot=None, now=NOON)
        return self.services.alarms.last_transition()


def build(folder: Path) -> Place:
    """The app over the database in that folder, which is made and filled where there is none."""
    new = not (folder / DATABASE).exists()
    db, clocks, readiness = open_database(f"sqlite:///{folder / DATABASE}"), Clocks(), {"stores": "ok"}
    services = Services(
        series=MemorySeries(),
        registry=SqlRegistryBook(db),
        dossiers=SqlDossierBook(db),
        alarms=SqlAlarmBook(db),
        focus=SqlFocusBook(db),
        screenings=SqlScreeningBook(db),
        workbook=workbook,
        accounts=SqlAccounts(db),
        audit=SqlAudit(db),
        dead_letters=SqlDeadLetters(db),
        routes=SqlRouteBook(db),
        states=SqlStateBook(db),
        filings=SqlFilingBook(db),
        orders=SqlOrderBook(db),
        responses=SqlResponseBook(db),
        presets=SqlPresetBook(db),
        clock=lambda: clocks.city,
        wall=lambda: clocks.wall,
        readiness=lambda: readiness,
        metrics=lambda: "nightwatt_readings_stored_total 3\n",
    )
    place = Place(create_app(services), services, db, SqlTransitionLog(db), clocks, readiness)
    if new:
        _fill(place)
    place.users |= {user.username: user for user in services.accounts.users()}
    return place


def _fill(place: Place) -> None:
    """The small city of tests/cases.py with an alarm and a screening result in each of its districts."""
    services = place.services
    services.registry.save(city(), by="test", now=NOON)
    for username, role, district in (
        ("monitor", Role.CITY_MONITOR, None),
        ("tian", Role.INSPECTOR, TIANYUAN),
        ("lu", Role.INSPECTOR, LUSONG),
    ):
        password_hash = hash_password(PASSWORDS[username])
        services.accounts.add_user(username, password_hash, name=username, role=role, district=district, now=NOON)
    for enterprise in ("foundry", "paint"):
        place.record(enterprise=enterprise, subject=f"{enterprise}-L1")
    services.focus.save([imbalance("foundry"), imbalance("paint", ratio=2.0)], now=NOON)
    services.dead_letters.put("nightwatt/v1/x/y/telemetry", b"\xff{", "not JSON", now=NOON)
