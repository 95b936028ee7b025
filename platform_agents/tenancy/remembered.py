"""API keys that were good a moment ago, in this process's memory. Called by `authentication`.

So that `POST /execute` asks the database once and not twice. What is remembered proves nothing, for
the key may be revoked since: it comes back unproved, and whoever lets it in must ask again before
anything is answered, in the statement that does the work or by `authentication.prove`. Only digests
are kept.
"""

import threading
import time
from collections import OrderedDict
from hashlib import sha256

from platform_agents.tenancy.models import ApiKey

_MOST = 10_000
_FOR_S = 60.0
"""After that the row is read again, which also records that the key is in use."""


class RememberedKeys:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: OrderedDict[bytes, tuple[float, str, str, str]] = OrderedDict()

    def learn(self, key: ApiKey) -> None:
        until = time.monotonic() + _FOR_S
        with self._lock:
            self._seen[_digest(key.key)] = (until, key.id, key.org_id, key.name)
            if len(self._seen) > _MOST:
                self._seen.popitem(last=False)

    def recall(self, given: str) -> ApiKey | None:
        """The key as it was, unproved; None for one that was not seen lately."""
        seen = self._seen.get(_digest(given))
        if seen is None or seen[0] < time.monotonic():
            return None
        _, key_id, org_id, name = seen
        key = ApiKey(id=key_id, org_id=org_id, name=name, key=given)
        key.proved = False
        return key

    def forget(self, given: str) -> None:
        with self._lock:
            self._seen.pop(_digest(given), None)


def _digest(given: str) -> bytes:
    return sha256(given.encode("utf-8", "surrogateescape")).digest()


remembered = RememberedKeys()
