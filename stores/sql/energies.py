"""Energies by the hour, one row an hour with the sums of all meters."""

import zlib
from collections.abc import Sequence

import numpy as np
from sqlalchemy import delete, insert, select

from core.records import EnergyHour
from stores.sql.engine import Database
from stores.sql.tables import energy_hours


class SqlEnergyBook:
    """core.ports.EnergyBook."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def save(self, hours: Sequence[EnergyHour], *, forget_before: int) -> None:
        columns = energy_hours.c
        rows = [{"hour": row.hour, "kwh": _packed(row.kwh), "seconds": _packed(row.seconds)} for row in hours]
        with self._db.write() as connection:
            numbers = [row.hour for row in hours]
            connection.execute(delete(energy_hours).where((columns.hour < forget_before) | columns.hour.in_(numbers)))
            if rows:
                connection.execute(insert(energy_hours), rows)

    def hours(self, since: int) -> list[EnergyHour]:
        query = select(energy_hours).where(energy_hours.c.hour >= since).order_by(energy_hours.c.hour)
        with self._db.read() as connection:
            rows = connection.execute(query).mappings().all()
        return [
            EnergyHour(
                row["hour"],
                np.frombuffer(zlib.decompress(row["kwh"]), dtype="<f4"),
                np.frombuffer(zlib.decompress(row["seconds"]), dtype="<u2"),
            )
            for row in rows
        ]


def _packed(sums: np.ndarray) -> bytes:
    little = sums.astype(sums.dtype.newbyteorder("<"))
    return zlib.compress(little.tobytes(), level=1)
