"""What the database knows of the whole installation, read when it is asked for. Every web process
says the same of it: take the largest, never the sum."""

import logging
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db import Error
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from executions import gauges

logger = logging.getLogger(__name__)

_PREFIX = "platform_agents_"


class Installation(Collector):
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until: datetime | None = None
        self._finished: Counter[tuple[str, str]] = Counter()

    def describe(self) -> Iterable[Metric]:
        """So that registering it asks no database."""
        return []

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily(f"{_PREFIX}database_up", "1 when the database answered in time.")
        try:
            found = [*self._lanes(), self._workers(), self._ends()]
        except Error as error:
            logger.warning("no figures: %s", str(error).partition("\n")[0])
            found = []
        up.add_metric([], 1.0 if found else 0.0)
        yield up
        yield from found

    def _lanes(self) -> list[Metric]:
        queued = GaugeMetricFamily(
            f"{_PREFIX}runs_queued",
            f"Runs in the queue; {gauges.COUNTED_AT_MOST} means so many or more.",
            labels=["lane"],
        )
        running = GaugeMetricFamily(f"{_PREFIX}runs_running", "Runs in flight.", labels=["lane"])
        oldest = GaugeMetricFamily(
            f"{_PREFIX}oldest_run_wait_seconds",
            "Wait of the oldest run that is due and not paused.",
            labels=["lane"],
        )
        for lane in gauges.by_lane():
            queued.add_metric([lane.lane], lane.queued)
            running.add_metric([lane.lane], lane.running)
            oldest.add_metric([lane.lane], lane.oldest_s)
        return [queued, running, oldest]

    def _workers(self) -> Metric:
        return GaugeMetricFamily(
            f"{_PREFIX}workers_alive",
            "Worker processes that reported within 30 seconds.",
            value=gauges.workers_alive(),
        )

    def _ends(self) -> Metric:
        """Counted since this process was first asked."""
        with self._lock:
            ends = gauges.finished_since(self._until)
            self._until = ends.until
            self._finished.update(ends.runs)
            counted = dict(self._finished)
        metric = CounterMetricFamily(
            f"{_PREFIX}runs_finished", "Runs that ended.", labels=["agent", "outcome"]
        )
        for (agent, outcome), runs in counted.items():
            metric.add_metric([agent, outcome], runs)
        return metric
