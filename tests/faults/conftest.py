"""An installation that a test may break: its own database, web server and cluster."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests import databases
from tests.faults.family import Family
from tests.live import Live


@pytest.fixture
def breakable(
    django_db_setup: None, django_db_blocker: Any, tmp_path: Path
) -> Iterator[Callable[..., Live]]:
    """Starts an installation with the given settings; everything of it is gone afterwards."""
    with ExitStack() as stack:
        stack.enter_context(django_db_blocker.unblock())

        def start(**settings: str) -> Live:
            params = stack.enter_context(databases.copy_of_test_database("fault"))
            live = stack.enter_context(Live.running(params, tmp_path, **settings))
            Family.of(live.cluster.pid).wait_complete()
            return live

        yield start
