"""Writes through /api/v2/write, by the synchronous call of the InfluxDB client library.

Not by its batching writer: that one drops what it could not write after some tries, and can't tell when
everything is written.
"""

from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.rest import ApiException

from stores.influx.address import InfluxAddress


class WriteV2:
    """InfluxDB 2.x and 3.x, and others that take their writes."""

    def __init__(self, address: InfluxAddress) -> None:
        self._address = address
        self._client = InfluxDBClient(
            url=address.url,
            # The library wants one of each, also where the server asks for none.
            token=address.token or "-",
            org=address.org or "-",
            timeout=round(address.timeout_s * 1000),
            ssl_ca_cert=str(address.ca) if address.ca else None,
            retries=False,
        )
        self._api = self._client.write_api(write_options=SYNCHRONOUS)

    def write(self, body: bytes, *, hourly: bool, precision: str) -> tuple[int, str]:
        """Status and reason; what the network does wrong comes as urllib3's errors."""
        bucket = self._address.hourly if hourly else self._address.database
        try:
            self._api.write(bucket=bucket, record=body, write_precision=precision)  # type: ignore[arg-type]
        except ApiException as error:
            return error.status or 503, str(error.body or error.reason or "")
        except UnicodeDecodeError:  # the library reads every answer as text
            return 503, "an answer that is no text"
        answer = self._client.api_client.last_response
        return int(answer.status), str(answer.data or "")

    def close(self) -> None:
        self._client.close()  # type: ignore[no-untyped-call]
