"""What this web process knows of itself."""

from collections.abc import Iterable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from executions.events import waiters
from executions.feeds.hub import hub
from platform_agents.tenancy.limits import refusals


class WebProcess(Collector):
    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(
            "platform_agents_callers_waiting", "Calls that wait for a run.", value=waiters.count
        )
        yield GaugeMetricFamily(
            "platform_agents_feed_subscribers", "WebSockets and event streams.", value=hub.count
        )
        limited = CounterMetricFamily(
            "platform_agents_calls_limited", "Calls refused with 429, by limit.", labels=["limit"]
        )
        for limit in ("key", "org", "reads", "anonymous"):
            limited.add_metric([limit], refusals()[limit])
        yield limited
