"""One InfluxDB over HTTP: writes of line protocol, queries in InfluxQL. Connections are kept and shared by threads."""

import logging
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import urllib3

from core.errors import NightwattError, StoreAway
from stores.influx.address import InfluxAddress
from stores.influx.answers import Series, series_of
from stores.influx.faults import fault, too_old

log = logging.getLogger(__name__)

CONNECT_WITHIN_S = 3.0
QUERY_TIMES = 6
"""A query may take as many times as long as a write: it can have much to read before it answers."""

CONNECTIONS = 8
PIECE_BYTES = 1 << 18
_MOST_OF_A_REASON = 10_000

Post = Callable[..., tuple[int, str]]


class Influx:
    """All calls raise StoreAway where the server does not do what it is asked in time, Refused where it never will."""

    def __init__(self, address: InfluxAddress) -> None:
        self.address = address
        self._pool = urllib3.PoolManager(
            maxsize=CONNECTIONS,
            retries=False,
            timeout=urllib3.Timeout(connect=min(CONNECT_WITHIN_S, address.timeout_s), read=address.timeout_s),
            headers=_headers(address),
            ca_certs=str(address.ca) if address.ca else None,
        )
        self._write: Post = self._write_v1
        self._close_writes: Callable[[], None] = lambda: None
        if address.version == 2:
            from stores.influx.client_v2 import WriteV2  # the client library takes long to load

            second = WriteV2(address)
            self._write, self._close_writes = second.write, second.close

    def write(self, body: bytes, *, hourly: bool = False, precision: str = "ms") -> int:
        """Durable once it returns: how many points were left out because they are older than what is kept."""
        with self._guarded():
            status, said = self._write(body, hourly=hourly, precision=precision)
            left_out = too_old(status, said)
        if left_out:
            log.warning("InfluxDB keeps nothing as old as %d of the points written", left_out)
        return left_out

    def ask(self, query: str, *, database: bool = True) -> Iterator[Series]:
        """The series that answer a query, as they arrive."""
        fields = {"q": query, "epoch": "ms", "chunked": "true"} | ({"db": self.address.database} if database else {})
        with self._guarded():
            response = self._pool.request(
                "POST",
                f"{self.address.url}/query",
                fields=fields,
                encode_multipart=False,
                preload_content=False,
                redirect=False,
                timeout=urllib3.Timeout(connect=CONNECT_WITHIN_S, read=QUERY_TIMES * self.address.timeout_s),
            )
            finished = False
            try:
                if response.status != 200:
                    raise _query_fault(response.status, response.read(_MOST_OF_A_REASON).decode("utf-8", "replace"))
                yield from series_of(response.stream(PIECE_BYTES))
                finished = True
            finally:
                # A connection with an answer half read can't be used again.
                response.release_conn() if finished else response.close()

    def call(self, method: str, path: str, body: object = None, **fields: str) -> tuple[int, Any]:
        """One call of the server's HTTP API with JSON both ways: status and answer."""
        with self._guarded():
            extra = {"fields": fields} if fields else {"json": body} if body is not None else {}
            response = self._pool.request(method, self.address.url + path, redirect=False, **extra)
            try:
                return response.status, response.json() if response.data else None
            except ValueError:
                return response.status, None

    def close(self) -> None:
        self._close_writes()
        self._pool.clear()

    def _write_v1(self, body: bytes, *, hourly: bool, precision: str) -> tuple[int, str]:
        where = {"db": self.address.database, "precision": precision} | ({"rp": "hourly"} if hourly else {})
        url = f"{self.address.url}/write?{urlencode(where)}"
        response = self._pool.request("POST", url, body=body, redirect=False)
        return response.status, response.data[:_MOST_OF_A_REASON].decode("utf-8", "replace")

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Errors of the network as StoreAway, and no secret in any text."""
        try:
            yield
        except NightwattError as error:
            raise type(error)(self.address.hide(str(error))) from None
        except (urllib3.exceptions.HTTPError, OSError) as error:
            reason = self.address.hide(_reason(error))
            raise StoreAway(f"InfluxDB at {self.address.url} does not answer: {reason}") from None


def _headers(address: InfluxAddress) -> dict[str, str]:
    if address.token:
        return {"Authorization": f"Token {address.token}"}
    if address.username:
        # As UTF-8, which urllib3's own way can't: passwords may hold any character.
        return {"Authorization": f"Basic {b64encode(f'{address.username}:{address.password}'.encode()).decode()}"}
    return {}


def _query_fault(status: int, said: str) -> NightwattError:
    """A query that is refused tells nothing about data: the server may be of another kind, or be mended."""
    found = fault(status, said)
    return found if isinstance(found, StoreAway) else StoreAway(str(found))


def _reason(error: Exception) -> str:
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return "not in time"
    cause = error.__cause__ or error.__context__
    return (str(error) or type(cause or error).__name__)[:300]
