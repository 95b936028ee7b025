"""How many threads of this process are in one place. Used by `dispatch`: a lone submission may
announce itself in its own commit, many at once may not."""

import threading
from types import TracebackType


class Crowd:
    """`with crowd as alone:` alone says whether no other thread was inside."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0

    def __enter__(self) -> bool:
        with self._lock:
            self._inside += 1
            return self._inside == 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:  # fmt: skip
        with self._lock:
            self._inside -= 1
