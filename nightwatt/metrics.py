"""Figures about ourselves in Prometheus' text format."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from core.ports import AlarmBook, FocusBook

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class Metrics:
    """Counters that ingest and notify write to; gauges are read from the books when asked for."""

    def __init__(self, *, alarms: AlarmBook, focus: FocusBook) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._alarms, self._focus = alarms, focus

        def counter(name: str, text: str, labels: Sequence[str] = ()) -> Counter:
            return Counter(name, text, labels, registry=self._registry)

        self._stored = counter("nightwatt_readings_stored", "New readings stored")
        self._received = counter("nightwatt_readings_received", "Readings received, repeats included")
        self._dead = counter("nightwatt_dead_letters", "Messages set aside because they could not be understood")
        self._remarks = counter("nightwatt_decode_remarks", "Oddities that decoders came across", ("remark",))
        self._sent = counter("nightwatt_notifications", "Attempts to notify", ("channel", "outcome"))
        self._stages = counter("nightwatt_notify_decisions", "What the notifier decided", ("stage", "reason"))
        self._stumbles = counter("nightwatt_notify_stumbles", "Unexpected troubles of the notifier", ("where",))
        self._seconds = Histogram(
            "nightwatt_publish_to_commit_seconds",
            "From a message's arrival to the commit of its readings and transitions",
            buckets=BUCKETS_S,
            registry=self._registry,
        )
        self._registry.register(_Gauges(self._gauges))

    def text(self) -> str:
        return generate_latest(self._registry).decode()

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
        for value in seconds:
            self._seconds.observe(value)

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
        yield GaugeMetricFamily(
            "nightwatt_focus_list_enterprises", "Enterprises on the focus list", value=self._focus.flagged()
        )


class _Gauges:
    def __init__(self, read: Callable[[], Iterable[Metric]]) -> None:
        self._read = read

    def collect(self) -> Iterable[Metric]:
        return self._read()

    def describe(self) -> Iterable[Metric]:
        return ()
