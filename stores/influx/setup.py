"""What an InfluxDB must have before readings go in: readings for 13 months, hourly values for ever."""

from typing import Any

from core.errors import SetupError
from stores.influx import influxql
from stores.influx.address import InfluxAddress
from stores.influx.client import Influx

RAW_DAYS = 395
"""13 months: a year and the month in which it is looked back upon."""

RAW, HOURLY = "raw", "hourly"


def prepare(address: InfluxAddress) -> list[str]:
    """Make what is missing and return what was made, a line each; of what is there nothing is changed.

    SetupError where a person must decide, StoreAway where the server does not answer.
    """
    influx = Influx(address)
    try:
        return _prepare_v1(influx) if address.version == 1 else _prepare_v2(influx)
    finally:
        influx.close()


def _prepare_v1(influx: Influx) -> list[str]:
    database = influx.address.database
    named, made = influxql.name(database), []
    if database not in _column(influx, "SHOW DATABASES", "name", database=False):
        _do(influx, f"CREATE DATABASE {named} WITH DURATION {RAW_DAYS}d REPLICATION 1 SHARD DURATION 7d NAME {RAW}")
        made.append(f"database {database}, which keeps readings for {RAW_DAYS} days")
    policies = _policies(influx, named)
    if RAW not in policies:
        _check_empty(influx, policies)
        _do(influx, f"CREATE RETENTION POLICY {RAW} ON {named} DURATION {RAW_DAYS}d REPLICATION 1 DEFAULT")
        made.append(f"retention policy {RAW} of {RAW_DAYS} days")
    elif not policies[RAW]:
        _do(influx, f"ALTER RETENTION POLICY {RAW} ON {named} DEFAULT")
        made.append(f"retention policy {RAW} as the default")
    if HOURLY not in policies:
        _do(influx, f"CREATE RETENTION POLICY {HOURLY} ON {named} DURATION INF REPLICATION 1 SHARD DURATION 52w")
        made.append(f"retention policy {HOURLY}, which keeps hourly values for ever")
    return made


def _policies(influx: Influx, named: str) -> dict[str, bool]:
    """Name and whether it is the default."""
    query = f"SHOW RETENTION POLICIES ON {named}"
    rows = [series.by_name() for series in influx.ask(query) if series.values]
    return {name: chosen for row in rows for name, chosen in zip(row["name"], row["default"], strict=True)}


def _check_empty(influx: Influx, policies: dict[str, bool]) -> None:
    """Readings under another default policy would be out of sight once `raw` is the default."""
    if any(series.values for series in influx.ask("SHOW MEASUREMENTS LIMIT 1")):
        default = next((name for name, chosen in policies.items() if chosen), "?")
        raise SetupError(
            f"database {influx.address.database!r} has data under its policy {default!r}, which a new default would"
            f" hide: copy it to a policy {RAW!r} (SELECT … INTO), or name another database"
        )


def _prepare_v2(influx: Influx) -> list[str]:
    address = influx.address
    org = _ids(influx, "/api/v2/orgs", "orgs", org=address.org).get(address.org)
    if org is None:
        raise SetupError(f"the server has no organisation {address.org!r} that this token may see")
    made = []
    for bucket, policy, seconds in ((address.database, RAW, RAW_DAYS * 86_400), (address.hourly, HOURLY, 0)):
        id = _ids(influx, "/api/v2/buckets", "buckets", orgID=org, name=bucket).get(bucket)
        if id is None:
            rules = [{"type": "expire", "everySeconds": seconds}] if seconds else []
            id = _post(influx, "/api/v2/buckets", {"orgID": org, "name": bucket, "retentionRules": rules})["id"]
            made.append(f"bucket {bucket}, which keeps its data " + (f"for {RAW_DAYS} days" if seconds else "for ever"))
        if _map(influx, org=org, bucket=id, policy=policy):
            made.append(f"bucket {bucket} as database {address.database}, policy {policy}")
    return made


def _map(influx: Influx, *, org: str, bucket: str, policy: str) -> bool:
    """InfluxQL knows databases and policies, of which version 2 must be told (DBRP)."""
    database = influx.address.database
    rows = _get(influx, "/api/v2/dbrps", orgID=org, db=database).get("content") or []
    if any(row.get("bucketID") == bucket and row.get("retention_policy") == policy for row in rows):
        return False
    mapping = {"orgID": org, "bucketID": bucket, "database": database, "retention_policy": policy}
    _post(influx, "/api/v2/dbrps", mapping | {"default": policy == RAW})
    return True


def _ids(influx: Influx, path: str, of: str, **wanted: str) -> dict[str, str]:
    return {row["name"]: row["id"] for row in _get(influx, path, **wanted).get(of) or []}


def _get(influx: Influx, path: str, **wanted: str) -> dict[str, Any]:
    return _said(path, *influx.call("GET", path, **wanted))


def _post(influx: Influx, path: str, body: dict[str, Any]) -> dict[str, Any]:
    return _said(path, *influx.call("POST", path, body))


def _said(path: str, status: int, answer: Any) -> dict[str, Any]:
    if 200 <= status < 300 and isinstance(answer, dict):
        return answer
    reason = str(answer.get("message", ""))[:200] if isinstance(answer, dict) else ""
    hint = " (make the databases by the server's own tools)" if status == 404 else ""
    raise SetupError(f"InfluxDB answers {status} to {path}{hint}: {reason}")


def _column(influx: Influx, query: str, column: str, *, database: bool = True) -> list[Any]:
    found = influx.ask(query, database=database)
    return [value for series in found for value in series.by_name().get(column, ())]


def _do(influx: Influx, statement: str) -> None:
    for _ in influx.ask(statement, database=False):
        pass
