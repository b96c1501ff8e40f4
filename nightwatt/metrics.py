"""Figures about ourselves in Prometheus' text format."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.metrics import MetricWrapperBase

from core.ports import AlarmBook, FocusBook
from core.records import Backlog
from nightwatt.delays import Delays

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class Metrics:
    """Counters that ingest and notify write to; gauges are read from the books when asked for."""

    def __init__(self, *, alarms: AlarmBook, focus: FocusBook, spool: Callable[[], Backlog] | None = None) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._alarms, self._focus, self._spool = alarms, focus, spool

        def counter(name: str, text: str, labels: Sequence[str] = ()) -> Counter:
            return Counter(name, text, labels, registry=self._registry)

        self._stored = counter("nightwatt_readings_stored", "New readings stored")
        self._received = counter("nightwatt_readings_received", "Readings received, repeats included")
        self._dead = counter("nightwatt_dead_letters", "Messages set aside because they could not be understood")
        self._remarks = counter("nightwatt_decode_remarks", "Oddities that decoders came across", ("remark",))
        self._sent = counter("nightwatt_notifications", "Attempts to notify", ("channel", "outcome"))
        self._stages = counter("nightwatt_notify_decisions", "What the notifier decided", ("stage", "reason"))
        self._stumbles = counter("nightwatt_notify_stumbles", "Unexpected troubles of the notifier", ("where",))
        self._turned_away = counter("nightwatt_hj212_turned_away", "Connections and frames not listened to", ("why",))
        self._connections = Gauge("nightwatt_hj212_connections", "HJ 212 connections open now", registry=self._registry)
        self._seconds = Histogram(
            "nightwatt_publish_to_commit_seconds",
            "From a message's arrival to the commit of its readings and transitions",
            buckets=BUCKETS_S,
            registry=self._registry,
        )
        self._registry.register(_Gauges(self._gauges))
        self._delays = Delays()

    def text(self) -> str:
        return generate_latest(self._registry).decode()

    def figures(self) -> dict[str, float]:
        """Counts since the start, and in s what half and 99 % of the commits since the last call took at most."""
        counted = {
            "readings_received": self._received,
            "readings_stored": self._stored,
            "dead_letters": self._dead,
            "hj212_turned_away": self._turned_away,
            "hj212_connections": self._connections,
        }
        found = {name: _sum(metric) for name, metric in counted.items()}
        if self._spool is not None:
            now = self._spool()
            found |= {"spool_readings": now.rows, "spool_bytes": now.size}
        delays = self._delays.take((0.5, 0.99))
        return found | dict(zip(("commit_p50_s", "commit_p99_s"), delays, strict=False))

    # ingest.pipeline.Observer
    def stored(self, new: int, received: int) -> None:
        self._stored.inc(new)
        self._received.inc(received)

    def dead(self, count: int) -> None:
        self._dead.inc(count)

    def remarked(self, remarks: Mapping[str, int]) -> None:
        for remark, count in remarks.items():
            self._remarks.labels(remark).inc(count)

    def committed(self, seconds: Sequence[float]) -> None:
        self._delays.add(seconds)
        for value in seconds:
            self._seconds.observe(value)

    # ingest.hj212.desk.Observer
    def hj212_connections(self, count: int) -> None:
        self._connections.set(count)

    def hj212_turned_away(self, why: str) -> None:
        self._turned_away.labels(why).inc()

    # notify.observer.Observer
    def decided(self, stage: str, reason: str) -> None:
        self._stages.labels(stage, reason).inc()

    def answered(self, family: str, accepted: bool) -> None:
        self._sent.labels(family, "accepted" if accepted else "failed").inc()

    def stumbled(self, where: str) -> None:
        self._stumbles.labels(where).inc()

    def _gauges(self) -> Iterable[Metric]:
        active = GaugeMetricFamily("nightwatt_alarms_active", "Alarms active now", labels=("rule", "severity"))
        for (rule, severity), count in sorted(self._alarms.active().items()):
            active.add_metric((rule, str(severity)), count)
        yield active
        tickets = GaugeMetricFamily("nightwatt_tickets_open", "Device tickets open now", labels=("rule",))
        for rule, count in sorted(self._alarms.open_tickets().items()):
            tickets.add_metric((rule,), count)
        yield tickets
        yield GaugeMetricFamily(
            "nightwatt_focus_list_enterprises", "Enterprises on the focus list", value=self._focus.flagged()
        )
        if self._spool is not None:
            yield from _of_backlog(self._spool())


def _sum(own: MetricWrapperBase) -> float:
    """Over all labels."""
    samples = [sample for metric in own.collect() for sample in metric.samples]
    return sum(sample.value for sample in samples if not sample.name.endswith("_created"))


def _of_backlog(now: Backlog) -> Iterable[Metric]:
    gauges = {
        "nightwatt_spool_readings": ("Readings that wait on the disk for the series store", now.rows),
        "nightwatt_spool_bytes": ("Bytes of the files that they are in", now.size),
        "nightwatt_spool_most_bytes": ("Bytes that these files may have", now.most_bytes),
        "nightwatt_spool_full": (
            "1 while the spool takes nothing more and the broker keeps what comes",
            bool(now.full),
        ),
    }
    for name, (text, value) in gauges.items():
        yield GaugeMetricFamily(name, text, value=value)
    text = "Readings that went to the disk because the series store was away"
    yield CounterMetricFamily("nightwatt_spooled_readings", text, value=now.set_aside)


class _Gauges:
    def __init__(self, read: Callable[[], Iterable[Metric]]) -> None:
        self._read = read

    def collect(self) -> Iterable[Metric]:
        return self._read()

    def describe(self) -> Iterable[Metric]:
        return ()
