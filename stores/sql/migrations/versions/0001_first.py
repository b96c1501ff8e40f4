"""The first schema: registry, alarms with their outbox, screenings, dead letters, accounts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _text(name: str, *, null: bool = False) -> SchemaItem:
    return sa.Column(name, sa.Text(), nullable=null)


def _count(name: str) -> SchemaItem:
    return sa.Column(name, sa.Integer(), nullable=False)


def _instant(name: str, *, null: bool = False) -> SchemaItem:
    return sa.Column(name, sa.BigInteger(), nullable=null)


def _number(name: str, *, null: bool = True) -> SchemaItem:
    return sa.Column(name, sa.Float(), nullable=null)


def _flag(name: str) -> SchemaItem:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _json(name: str) -> SchemaItem:
    return sa.Column(name, sa.JSON(), nullable=False)


def _row(name: str) -> SchemaItem:
    return sa.Column(name, ROW_ID, nullable=False)


def _key(table: str, *columns: str) -> SchemaItem:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def _unique(table: str, *columns: str) -> SchemaItem:
    return sa.UniqueConstraint(*columns, name=f"uq_{table}_{'_'.join(columns)}")


def _refers(table: str, column: str, target: str, *, ondelete: str | None = None) -> SchemaItem:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}", ondelete=ondelete)


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def upgrade() -> None:
    _registry()
    _registry_rules()
    _alarms()
    _telling()
    _screenings()
    _dead_letters()
    _accounts()
    _signing_in()


def _registry() -> None:
    op.create_table(
        "imports", _row("version"), _instant("at"), _text("actor"), _count("changed_rows"), _key("imports", "version")
    )
    op.create_table(
        "enterprises",
        *[_text("id"), _count("position"), _text("name"), _text("district")],
        *[_text(name, null=True) for name in ("township", "grid", "industry", "credit_code")],
        *[_number("lon"), _number("lat"), _text("timezone"), _text("shift", null=True), _flag("valley_tariff")],
        *[_text(name, null=True) for name in ("pollutants", "permit", "contact", "phone", "officer")],
        *[_key("enterprises", "id"), _unique("enterprises", "position")],
    )
    _index("enterprises", "district")
    op.create_table(
        "lines",
        *[_text("id"), _count("position"), _text("enterprise"), _text("name")],
        *[_key("lines", "id"), _unique("lines", "position"), _refers("lines", "enterprise", "enterprises.id")],
    )
    _index("lines", "enterprise")
    op.create_table(
        "facilities",
        *[_text("id"), _count("position"), _text("enterprise"), _text("kind"), _text("line", null=True)],
        *[_text("name", null=True), _text("stage", null=True), _text("duty")],
        *[_number("rated_kw"), _number("on_kw"), _number("off_kw")],
        *[_key("facilities", "id"), _unique("facilities", "position")],
        *[_refers("facilities", "enterprise", "enterprises.id"), _refers("facilities", "line", "lines.id")],
    )
    _index("facilities", "enterprise")
    op.create_table(
        "meters",
        *[_text("id"), _count("number"), _text("facility"), _count("interval_s")],
        *[_number("ct", null=False), _number("pt", null=False), _text("values")],
        *[_text("timezone", null=True), _text("address", null=True)],
        *[_key("meters", "id"), _unique("meters", "number"), _refers("meters", "facility", "facilities.id")],
    )
    _index("meters", "facility")


def _registry_rules() -> None:
    op.create_table(
        "thresholds",
        *[_text("meter"), _text("quantity"), _text("side"), _count("severity"), _count("position")],
        *[_number("value", null=False), _count("on_delay_s"), _count("off_delay_s"), _number("deadband", null=False)],
        *[_text("window", null=True), _json("weekdays")],
        *[_key("thresholds", "meter", "quantity", "side", "severity"), _unique("thresholds", "position")],
        _refers("thresholds", "meter", "meters.id"),
    )
    op.create_table(
        "filings",
        *[_text("id"), _count("position"), _text("enterprise"), _text("kind"), _instant("from_at"), _instant("to_at")],
        *[_json("facilities"), _json("announces"), _text("status")],
        *[_key("filings", "id"), _unique("filings", "position"), _refers("filings", "enterprise", "enterprises.id")],
    )
    _index("filings", "enterprise")
    op.create_table(
        "orders",
        *[_text("id"), _count("position"), _text("scope"), _text("kind"), _instant("from_at"), _instant("to_at")],
        *[_number("value"), _text("window", null=True), _text("level", null=True)],
        *[_key("orders", "id"), _unique("orders", "position")],
    )


def _alarms() -> None:
    op.create_table(
        "alarms",
        *[_row("id"), _text("rule"), _text("subject"), _text("enterprise"), _count("severity"), _text("state")],
        *[_instant("since"), _instant("raised_at"), _instant("cleared_at", null=True)],
        *[_instant("acknowledged_at", null=True), _text("acknowledged_by", null=True)],
        *[_text("reason"), _json("evidence"), _text("open_key", null=True), _key("alarms", "id")],
        *[_unique("alarms", "open_key"), _unique("alarms", "rule", "subject", "since")],
    )
    for columns in (("enterprise",), ("state",), ("raised_at", "id")):
        _index("alarms", *columns)
    op.create_table(
        "transitions",
        *[_row("id"), _row("alarm"), _instant("at"), _instant("since"), _instant("recorded_at")],
        *[_text("rule"), _text("subject"), _text("enterprise"), _count("severity"), _text("state")],
        *[_text("reason"), _json("evidence"), _instant("processed_at", null=True), _text("notify_outcome")],
        *[_instant("claimed_until", null=True), _instant("next_try_at")],
        *[_key("transitions", "id"), _refers("transitions", "alarm", "alarms.id")],
    )
    _index("transitions", "alarm")
    _index("transitions", "enterprise")
    waiting = sa.text("processed_at IS NULL")
    op.create_index("ix_transitions_waiting", "transitions", ["id"], sqlite_where=waiting, postgresql_where=waiting)
    op.create_table(
        "engine_snapshots",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        *[_instant("saved_at"), sa.Column("snapshot", sa.LargeBinary(), nullable=False)],
        _key("engine_snapshots", "id"),
    )


def _telling() -> None:
    op.create_table(
        "routes",
        *[_row("id"), _text("name"), _text("family"), _text("address"), _text("district", null=True)],
        *[_count("min_severity"), _text("language"), _flag("switched_on")],
        *[_key("routes", "id"), _unique("routes", "name")],
    )
    op.create_table(
        "notifications",
        *[_row("id"), _row("transition"), _row("alarm"), _row("route"), _text("channel"), _text("family")],
        *[_instant("attempted_at"), _text("outcome"), _instant("outcome_at", null=True), _text("answer")],
        *[_flag("repeat"), _key("notifications", "id")],
        _refers("notifications", "transition", "transitions.id"),
        _refers("notifications", "alarm", "alarms.id"),
        _refers("notifications", "route", "routes.id"),
    )
    for columns in (("transition",), ("alarm",), ("family", "outcome")):
        _index("notifications", *columns)


def _screenings() -> None:
    op.create_table(
        "screenings", _row("id"), _instant("screened_at"), _key("screenings", "id"), sqlite_autoincrement=True
    )
    op.create_table(
        "screening_entries",
        *[_row("screening"), _text("enterprise"), _instant("from_at"), _instant("to_at")],
        *[_number("night_kw"), _number("day_kw"), _number("ratio"), _count("valid_days"), _text("load_class")],
        *[_flag("flagged"), _text("remark"), _number("coverage", null=False)],
        *[_text("night_window"), _text("day_window")],
        *[_json("profile_kw"), _json("days"), _json("excluded_days"), _text("source")],
        _key("screening_entries", "screening", "enterprise"),
        _refers("screening_entries", "screening", "screenings.id", ondelete="CASCADE"),
        _refers("screening_entries", "enterprise", "enterprises.id"),
    )


def _dead_letters() -> None:
    op.create_table(
        "dead_letters",
        *[_row("id"), _instant("received_at"), _text("topic")],
        *[sa.Column("payload", sa.LargeBinary(), nullable=False), _count("size"), _text("reason")],
        _key("dead_letters", "id"),
        sqlite_autoincrement=True,
    )
    _index("dead_letters", "id", "size")
    _index("dead_letters", "reason", "id")


def _accounts() -> None:
    op.create_table(
        "users",
        *[_row("id"), _text("username"), _text("name"), _text("role"), _text("district", null=True)],
        *[_text("password_hash"), _instant("created_at"), _key("users", "id"), _unique("users", "username")],
    )
    op.create_table(
        "audit",
        *[_row("id"), _instant("at"), _text("actor"), _text("action"), _text("subject"), _text("address")],
        *[_text("detail"), _key("audit", "id")],
    )


def _signing_in() -> None:
    op.create_table(
        "sessions",
        *[_text("secret_hash"), _row("user"), _instant("created_at"), _instant("expires_at")],
        *[_key("sessions", "secret_hash"), _refers("sessions", "user", "users.id")],
    )
    _index("sessions", "user")
    _index("sessions", "expires_at")
    op.create_table(
        "tokens",
        *[_row("id"), _row("user"), _text("name"), _text("secret_hash")],
        *[_instant("created_at"), _instant("last_used_at", null=True)],
        *[_key("tokens", "id"), _unique("tokens", "secret_hash"), _refers("tokens", "user", "users.id")],
    )
    _index("tokens", "user")
    op.create_table("login_failures", _row("id"), _text("key"), _instant("at"), _key("login_failures", "id"))
    _index("login_failures", "at")
    _index("login_failures", "key", "at")
