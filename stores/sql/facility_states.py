"""What stations say of their facilities: a row for every run of one state."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import Connection, bindparam, delete, func, insert, select, tuple_, update

from core.facility_state import FacilityState, ReportedRun, Running
from core.jurisdiction import Scope
from stores.sql.engine import Database
from stores.sql.scoping import within
from stores.sql.state_runs import Run, put
from stores.sql.tables import enterprises, facilities, facility_states, meters

KEEP = 5_000_000
AT_ONCE = 400

Key = tuple[str, str]
"""(station, facility)"""

_C = facility_states.c
_RUN = (_C.station, _C.facility, _C.state, _C.since, _C.seen_at, _C.id)
_NEWEST = select(_C.station, _C.facility, func.max(_C.since)).group_by(_C.station, _C.facility)


class SqlStateBook:
    """core.ports.StateBook.

    keep  runs that stay at most; the oldest written go first
    """

    def __init__(self, db: Database, *, keep: int = KEEP) -> None:
        self._db, self._keep = db, keep

    def record(self, states: Sequence[FacilityState], *, now: int) -> int:
        """One transaction; what was known already writes nothing."""
        samples = _samples(states)
        if not samples:
            return 0
        with self._db.write() as connection:
            known = _known(connection, samples)
            for key, instants in samples.items():
                for at, state in sorted(instants.items()):
                    put(known[key], state, at)
            return self._write(connection, known, now)

    def states(self, scope: Scope, enterprise: str) -> list[ReportedRun]:
        """Ordered by station and facility; nothing where the scope has no such enterprise."""
        names = select(meters.c.id, meters.c.address).join(facilities, facilities.c.id == meters.c.facility)
        theirs = within(names.join(enterprises, enterprises.c.id == facilities.c.enterprise), scope, enterprises.c.id)
        with self._db.read() as connection:
            rows = connection.execute(theirs.where(enterprises.c.id == enterprise))
            stations = sorted({name.partition("/")[0] for row in rows for name in row if name})
            found = [run for some in _parts(stations) for run in _newest(connection, some)]
        runs = [ReportedRun(key[0], key[1], run.state, run.since, run.seen_at) for key, run in found]
        return sorted(runs, key=lambda run: (run.station, run.facility))

    def _write(self, connection: Connection, known: Mapping[Key, list[Run]], now: int) -> int:
        rows = [(key, run) for key, runs in known.items() for run in runs]
        new = [_row(key, run) | {"recorded_at": now} for key, run in rows if run.id is None]
        changed = [{"row": run.id, "begin": run.since, "end": run.seen_at} for _, run in rows if run.id and run.changed]
        if changed:
            by_id = update(facility_states).where(_C.id == bindparam("row"))
            connection.execute(by_id.values(since=bindparam("begin"), seen_at=bindparam("end")), changed)
        if new:
            connection.execute(insert(facility_states), new)
            newest = connection.execute(select(func.max(_C.id))).scalar_one()
            connection.execute(delete(facility_states).where(_C.id <= newest - self._keep))
        return len(new)


def _samples(states: Sequence[FacilityState]) -> dict[Key, dict[int, Running]]:
    """State by instant for every facility, the first one where there are two."""
    found: dict[Key, dict[int, Running]] = {}
    for one in states:
        key = (_storable(one.station), _storable(one.facility))
        found.setdefault(key, {}).setdefault(one.at, one.state)
    return found


def _known(connection: Connection, samples: Mapping[Key, Mapping[int, Running]]) -> dict[Key, list[Run]]:
    """The runs that samples may touch: the newest, or for late samples all since the one that they fall into."""
    newest: dict[Key, Run] = {}
    for stations in _parts(sorted({station for station, _ in samples})):
        newest.update((key, run) for key, run in _newest(connection, stations) if key in samples)
    known = {key: [newest[key]] if key in newest else [] for key in samples}
    for key, instants in samples.items():
        first = min(instants)
        if known[key] and first < known[key][0].since:
            known[key] = _runs_from(connection, key, first)
    return known


def _newest(connection: Connection, stations: Sequence[str]) -> Iterator[tuple[Key, Run]]:
    newest = _NEWEST.where(_C.station.in_(stations))
    query = select(*_RUN).where(tuple_(_C.station, _C.facility, _C.since).in_(newest))
    for station, facility, state, since, seen_at, id in connection.execute(query):
        yield (station, facility), Run(Running(state), since, seen_at, id)


def _runs_from(connection: Connection, key: Key, at: int) -> list[Run]:
    own = (_C.station == key[0], _C.facility == key[1])
    begin = connection.execute(select(func.max(_C.since)).where(*own, _C.since <= at)).scalar()
    query = select(*_RUN[2:]).where(*own, _C.since >= (at if begin is None else begin)).order_by(_C.since)
    return [Run(Running(state), since, seen_at, id) for state, since, seen_at, id in connection.execute(query)]


def _row(key: Key, run: Run) -> dict[str, str | int]:
    return {
        "station": key[0],
        "facility": key[1],
        "state": int(run.state),
        "since": run.since,
        "seen_at": run.seen_at,
    }


def _parts(names: Sequence[str]) -> Iterable[Sequence[str]]:
    return (names[i : i + AT_ONCE] for i in range(0, len(names), AT_ONCE))


def _storable(name: str) -> str:
    """Names come from the wire: a NUL would stop the whole batch on PostgreSQL."""
    return name.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
