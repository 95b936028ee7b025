"""An installation that asks often whether its subscribers may still watch, for all tests of it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.live import Live


@pytest.fixture(scope="module")
def wary(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Live]:
    settings = {
        "FEED_REAUTH_SECONDS": "0.2",
        "FEED_HEARTBEAT_SECONDS": "0.2",
        "FEED_SUBSCRIBERS": "7",
        "FEED_SUBSCRIBERS_PER_ORG": "5",
    }
    with Live.on_a_copy("wary", django_db_blocker, tmp_path_factory, **settings) as system:
        yield system
