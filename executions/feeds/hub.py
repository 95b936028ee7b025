"""Who watches what in this process, and the way from the reader's thread to them.

Everything here runs on the event loop, but for `count`, `crowded_for` and `stop`, which anybody
may call.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from django.conf import settings

from executions.feeds.closing import CROWDED, SERVER_STOPS, Closed
from executions.feeds.reader import Reader
from executions.feeds.subscription import Subscription
from executions.feeds.watched import Parcel, Topic


class Hub:
    def __init__(self) -> None:
        self._reader = Reader(self._from_reader)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._everybody: dict[Topic, set[Subscription]] = {}
        self._live: dict[Topic, set[Subscription]] = {}
        self._stopping = False
        self.count = 0
        self._of_org: Counter[str] = Counter()

    @contextmanager
    def subscribed(self, new: Subscription) -> Iterator[Subscription]:
        """Raises Closed when there are too many, or the process ends."""
        if self._stopping:
            raise Closed(SERVER_STOPS)
        if self.crowded_for(new.org_id):
            raise Closed(CROWDED)
        self._loop = asyncio.get_running_loop()
        self._everybody.setdefault(new.topic, set()).add(new)
        self._add(new, 1)
        try:
            yield new
        finally:
            self._add(new, -1)
            self._forget(new)

    def _add(self, subscription: Subscription, n: int) -> None:
        self.count += n
        self._of_org[subscription.org_id] += n
        if not self._of_org[subscription.org_id]:
            del self._of_org[subscription.org_id]

    def crowded_for(self, org_id: str) -> bool:
        """No more may watch, or no more of this organization: it cannot take all places."""
        most, most_of_org = settings.FEED_SUBSCRIBERS, settings.FEED_SUBSCRIBERS_PER_ORG
        return bool(self.count >= most or self._of_org[org_id] >= most_of_org)

    def join(self, subscription: Subscription) -> None:
        """From here on it gets what the reader reads: what is now, then what happens."""
        self._reader.join(subscription.joining)

    def stop(self) -> None:
        """The process ends, and so do all subscriptions. Called in a signal handler of the main
        thread, which is the loop's."""
        self._stopping = True
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended already
                self._loop.call_soon_threadsafe(self._close_all)

    def _close_all(self) -> None:
        for subscription in [s for those in self._everybody.values() for s in those]:
            subscription.close(SERVER_STOPS)

    def _forget(self, subscription: Subscription) -> None:
        topic = subscription.topic
        self._live.get(topic, set()).discard(subscription)
        self._everybody[topic].discard(subscription)
        if not self._everybody[topic]:
            del self._everybody[topic]
            self._live.pop(topic, None)
            self._reader.leave(topic)

    # --- what was read ----------------------------------------------------------------------------

    def _from_reader(self, parcels: Sequence[Parcel]) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._hand_out, parcels)

    def _hand_out(self, parcels: Sequence[Parcel]) -> None:
        """Of an execution everybody gets everything, and skips what they have. What those hear who
        join the feed of an organization is for them alone."""
        for topic, messages, joining in parcels:
            new = self._everybody.get(topic, set()).intersection(joining)
            if new:
                self._live.setdefault(topic, set()).update(new)
            alone = joining and topic.kind == "organization"
            for subscription in new if alone else self._live.get(topic, ()):
                subscription.push(messages)


hub = Hub()
