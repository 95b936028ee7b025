"""PostgreSQL restarts, crashes, cuts connections and has none left: the web server says 503 and
serves again within ten seconds, and no accepted run is lost. On a server of these tests' own."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import psycopg
import pytest

from tests import databases
from tests.faults.family import Family
from tests.faults.journal import Journal
from tests.faults.site import Site
from tests.faults.verdict import Verdict
from tests.live import Live
from tests.own_server import OwnServer
from tests.processes import wait_until

_SERVES_AGAIN_S = 10


@pytest.fixture(scope="module")
def server() -> Iterator[OwnServer]:
    with OwnServer.running() as server:
        yield server


@pytest.fixture(scope="module")
def server_live(server: OwnServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("site")
    settings = {"LEASE_SECONDS": "2", "RUN_MAX_ATTEMPTS": "10"}
    with Live.running(server.params, folder, **settings) as live:
        Journal(live=live, file=folder / "unused").install_audit()
        Family.of(live.cluster).wait_complete()
        yield live


@pytest.fixture
def site(server_live: Live, tmp_path: Path, recorded: Callable[[Verdict], None]) -> Site:
    site = Site.on(server_live, tmp_path, recorded)
    site.recover()  # connections of earlier faults are replaced
    return site


def _refused(site: Site) -> None:
    """Until the web server says so, and not in another way than by 503."""

    def said() -> bool:
        answer = site.journal.call(site.acme, 0, prefer="respond-async")
        assert answer.status_code in {202, 503}, answer.text
        return answer.status_code == 503

    wait_until(said, seconds=20, what="503")


def _serves_again(site: Site) -> float:
    since = time.monotonic()

    def served() -> bool:
        answer = site.journal.call(site.globex, 0, prefer="respond-async")
        assert answer.status_code in {202, 503}, answer.text
        return answer.status_code == 202

    wait_until(served, seconds=_SERVES_AGAIN_S, what="the web server serves again")
    return time.monotonic() - since + site.recover()


@pytest.mark.parametrize("how", ["fast restart", "SIGKILL of the postmaster"])
def test_postgres_goes_and_comes_back(
    server: OwnServer, site: Site, rng: random.Random, how: str
) -> None:
    family = site.family.everyone()[:4]
    site.load(rng)
    (server.stop if how == "fast restart" else server.kill)()
    _refused(site)
    server.start()
    site.live.db = databases.connect(server.params)
    recovery_s = _serves_again(site)
    site.check(f"Postgres: {how}", recovery_s=recovery_s, refunds=True)
    assert all(process.is_running() for process in family[:2]), "the cluster lives on"


def test_all_connections_are_terminated(site: Site, rng: random.Random) -> None:
    site.load(rng)
    for _ in range(3):
        site.live.db.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
        recovery_s = _serves_again(site)
    site.check("Postgres: pg_terminate_backend of all", recovery_s=recovery_s, refunds=True)


def test_no_connection_is_left(server: OwnServer, site: Site, rng: random.Random) -> None:
    """Somebody else takes them all, those of the workers and the web server too."""
    site.load(rng)
    with ExitStack() as hoarded:
        wait_until(lambda: _took_all(site, server, hoarded), what="nobody else is connected")
        _refused(site)
    recovery_s = _serves_again(site)
    site.check("Postgres: max_connections exhausted", recovery_s=recovery_s, refunds=True)


def _took_all(site: Site, server: OwnServer, hoarded: ExitStack) -> bool:
    """Cut the others' connections, and take every place before they come back."""
    others = (
        "FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database() "
        "AND application_name <> 'hoard'"
    )
    site.live.db.execute(f"SELECT pg_terminate_backend(pid) {others}")
    with suppress(psycopg.OperationalError):
        while True:
            hoarded.enter_context(psycopg.connect(**server.params, application_name="hoard"))
    return site.live.db.execute(f"SELECT count(*) {others}").fetchone() == (0,)
