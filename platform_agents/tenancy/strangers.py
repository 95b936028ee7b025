"""Callers without a valid key, per address, in this process's memory only. Called by
`authentication`.

Whoever sends too many wrong keys is not looked up any more for a while. Keys that were good
recently are: a wrong caller behind the same proxy must not shut out the gateway.
"""

import threading
import time
from collections import OrderedDict

from django.conf import settings

from platform_agents.tenancy.errors import RateLimited
from platform_agents.tenancy.rates import Rate

_MOST_ADDRESSES = 10_000
_MOST_KEYS = 10_000
_MESSAGE = "Too many calls without a valid API key from this address."


class Strangers:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._good: OrderedDict[str, None] = OrderedDict()
        self.refusals = 0

    def look(self, address: str, key: str) -> None:
        """Before the key is looked up. Raises RateLimited."""
        if key in self._good or (rate := settings.RATE_LIMIT_ANONYMOUS) is None:
            return
        with self._lock:
            left = self._left(rate, address, time.monotonic())
            if left < 1:
                self.refusals += 1
                wait_s = (1 - left) / rate.per_s
                raise RateLimited(_MESSAGE, wait_s=wait_s, part="X-API-Key")

    def was_wrong(self, address: str) -> None:
        if (rate := settings.RATE_LIMIT_ANONYMOUS) is None:
            return
        now = time.monotonic()
        with self._lock:
            self._tokens[address] = (self._left(rate, address, now) - 1, now)
            self._tokens.move_to_end(address)
            if len(self._tokens) > _MOST_ADDRESSES:
                self._tokens.popitem(last=False)

    def was_good(self, key: str) -> None:
        if key in self._good:
            return
        with self._lock:
            self._good[key] = None
            if len(self._good) > _MOST_KEYS:
                self._good.popitem(last=False)

    def _left(self, rate: Rate, address: str, now: float) -> float:
        tokens, at = self._tokens.get(address, (rate.burst, now))
        return min(rate.burst, tokens + rate.per_s * (now - at))


strangers = Strangers()
