"""The house rules: which room may import which, and which library may be seen from where."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("core", "ingest", "analytics", "notify", "api", "stores", "registry", "nightwatt")

MAY_IMPORT = {
    "core": set(),
    "analytics": {"core"},
    "ingest": {"core"},
    "notify": {"core"},
    "registry": {"core"},
    "stores": {"core"},
    "api": {"core", "analytics"},
    "nightwatt": set(ROOMS),
}

ONLY_IN = {
    "paho": ("ingest/mqtt/",),
    "sqlalchemy": ("stores/",),
    "alembic": ("stores/",),
    "duckdb": ("stores/",),
    "influxdb_client": ("stores/influx/",),
    "urllib3": ("stores/influx/",),
    "psycopg": ("stores/",),
    "cryptography": ("ingest/hj212/",),
    "fastapi": ("api/",),
    "starlette": ("api/",),
    "jinja2": ("api/web/",),
    "argon2": ("api/passwords.py",),
    "apprise": ("notify/channels/",),
    "openpyxl": ("registry/",),
    "amqtt": ("nightwatt/broker.py",),
    "aiosmtpd": ("nightwatt/",),
    "typer": ("nightwatt/",),
    "rich": ("nightwatt/",),
    "uvicorn": ("nightwatt/",),
    "pydantic_settings": ("nightwatt/settings/",),
    "prometheus_client": ("nightwatt/metrics.py",),
}

IMPURE = {"time", "socket", "os", "pathlib", "io", "subprocess", "threading", "asyncio", "urllib", "random", "logging"}


def files(room):
    return sorted((ROOT / room).rglob("*.py"))


def imports(path):
    """Every module that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively; what you see is what you import"
            yield node.module, node.lineno


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_the_rooms_that_it_may(room):
    assert files(room), f"room {room} is empty"
    allowed = MAY_IMPORT[room] | {room}
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {module}"
        for path in files(room)
        for module, line in imports(path)
        if module.split(".")[0] in ROOMS and module.split(".")[0] not in allowed
    ]
    assert wrong == []


def test_a_library_is_seen_only_from_its_edge():
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {module}"
        for room in ROOMS
        for path in files(room)
        for module, line in imports(path)
        for edge in (ONLY_IN.get(module.split(".")[0]),)
        if edge and not str(path.relative_to(ROOT)).startswith(edge)
    ]
    assert wrong == []


def test_the_domain_is_pure():
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {module}"
        for path in files("core")
        for module, line in imports(path)
        if module.split(".")[0] in IMPURE
    ]
    assert wrong == []


def test_nobody_reads_the_clock_in_the_domain_or_in_analytics():
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for room in ("core", "analytics")
        for path in files(room)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr in ("now", "utcnow", "today")
        and isinstance(node.value, ast.Name)
        and node.value.id in ("datetime", "date")
    ]
    assert wrong == []


def test_files_stay_small_enough_to_read_in_one_go():
    long = {
        str(path.relative_to(ROOT)): lines
        for room in ROOMS
        for path in files(room)
        if (lines := len(path.read_text("utf-8").splitlines())) > 300
    }
    assert long == {}
