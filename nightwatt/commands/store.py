"""Commands on the series store."""

import json

from stores.influx.address import InfluxAddress
from stores.influx.setup import prepare


def setup(address: InfluxAddress) -> int:
    """Make what InfluxDB must have (databases, retention, hourly values); one JSON line says what was made.

    SetupError where a person must decide, StoreAway where the server does not answer.
    """
    made = prepare(address)
    print(json.dumps({"url": address.url, "database": address.database, "made": made}, ensure_ascii=False))
    return 0
