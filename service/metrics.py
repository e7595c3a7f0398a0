"""Figures for Prometheus. Counters of the hot path are plain numbers, read when somebody looks."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from service.hub import Hub
from service.outbox import Counters

_BUCKETS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)


class Metrics:
    """One registry per server, so that two servers in one process do not mix."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter("grpc_requests", "gRPC calls that ended", ["method", "status"], registry=self.registry)
        self._duration = Histogram(
            "grpc_request_duration_seconds",
            "Time from the headers of a unary call to its status",
            ["method"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._connected = Gauge(
            "exchange_stream_connected", "1 while the venue can be traded on", ["exchange"], registry=self.registry
        )
        self._lost = Counter(
            "exchange_connections_lost", "Sockets to the venue that ended", ["exchange"], registry=self.registry
        )
        self._gaps = Counter(
            "exchange_sequence_gaps",
            "Times that messages of a topic were lost though its socket stood",
            ["exchange"],
            registry=self.registry,
        )
        self._unreadable = Counter(
            "exchange_unreadable", "Messages of the venue that could not be read", ["exchange"], registry=self.registry
        )

    def call_ended(self, method: str, status: str, seconds: float | None) -> None:
        """`seconds` is None for streams, whose duration says nothing."""
        name = method.rpartition("/")[2]
        self._requests.labels(name, status).inc()
        if seconds is not None:
            self._duration.labels(name).observe(seconds)

    def connected(self, exchange: str, *, is_live: bool) -> None:
        self._connected.labels(exchange).set(is_live)

    def connection_lost(self, exchange: str) -> None:
        self._lost.labels(exchange).inc()

    def sequence_gap(self, exchange: str) -> None:
        self._gaps.labels(exchange).inc()

    def unreadable(self, exchange: str) -> None:
        self._unreadable.labels(exchange).inc()

    def watch(self, hub: Hub) -> None:
        """Report what `hub` counts."""
        self.registry.register(_HubCollector(hub))

    def watch_calls(self, in_flight: Callable[[], int]) -> None:
        """Report how many calls are under way, among them those that wait for room within the venue's limits."""
        gauge = Gauge(
            "grpc_requests_in_flight", "gRPC calls that have not ended, streams among them", registry=self.registry
        )
        gauge.set_function(in_flight)

    def watch_tasks(self) -> None:
        """Report how many tasks the running event loop has: a number that only grows is a leak."""
        self.registry.register(_TaskCollector(asyncio.get_running_loop()))


class _HubCollector(Collector):
    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def collect(self) -> Iterator[Metric]:
        counters = self._hub.counters
        yield _family("exchange_stream_messages", "Messages sent to client streams", counters, "sent")
        yield _family("exchange_stream_conflated", "Messages replaced by newer ones", counters, "conflated")
        yield _family("exchange_stream_slow_clients", "Streams ended for slowness", counters, "overflowed")
        yield GaugeMetricFamily("exchange_client_streams", "Client streams open now", value=self._hub.streams())


class _TaskCollector(Collector):
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def collect(self) -> Iterator[Metric]:
        tasks = asyncio.all_tasks(self._loop)  # may be asked from the thread that serves the figures
        yield GaugeMetricFamily("exchange_tasks", "Tasks of the event loop that are not done", value=len(tasks))


def _family(name: str, text: str, counters: Mapping[str, Counters], attribute: str) -> CounterMetricFamily:
    family = CounterMetricFamily(name, text, labels=["stream_type"])
    for kind, each in counters.items():
        family.add_metric([kind], getattr(each, attribute))
    return family


@contextmanager
def served(metrics: Metrics, host: str, port: int) -> Iterator[int]:
    """Serve /metrics at `host`:`port` while the block runs; gives the port. Raises OSError where it is in use."""
    server, thread = start_http_server(port, host, registry=metrics.registry)
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
