"""After every deploy of the gateway's, all of ours is there and works on, whatever happened to the
shared tables."""

from collections.abc import Iterator

import pytest

from platform_agents.shared_schema.indexes import SHARED_INDEXES
from tests import factories
from tests.coexistence.drizzle import NO, QUESTION, YES, Push, push, push_in_terminal
from tests.coexistence.holdings import holdings, lost
from tests.coexistence.traffic import Tenant
from tests.gateway_package import needs_packages
from tests.live import Live
from tests.processes import wait_until

pytestmark = needs_packages

NAMES = {index.name for index in SHARED_INDEXES}


def our_indexes(live: Live) -> set[str]:
    found = live.db.execute(
        "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND indexname = ANY (%s)",
        [list(NAMES)],
    )
    return {name for (name,) in found.fetchall()}


def says_nothing_of_ours(pushed: Push, live: Live) -> bool:
    tables = holdings(live.db)
    return "platform_agents" not in pushed.said and not any(
        f'"{table}"' in statement for table in tables for statement in pushed.statements
    )


@pytest.mark.parametrize("flags", [(), ("--force",)], ids=["plain", "force"])
def test_a_deploy_that_does_not_know_us_takes_the_indexes_and_nothing_else(
    installation: Live, acme: Tenant, globex: Tenant, flags: tuple[str, ...]
) -> None:
    installation.manage("ensure_shared_indexes")
    assert our_indexes(installation) == NAMES
    runs = [(tenant, tenant.start_runs(5, sleep_s=3)) for tenant in (acme, globex)]
    before = holdings(installation.db)
    assert {"executions_run", "executions_event", "modules_policy", "tenancy_secret"} <= {
        table for table, keys in before.items() if keys
    }
    with acme.calling():
        pushed = push(installation.params, "plain", *flags)
    assert pushed.said.endswith("Changes applied\n"), pushed.said
    assert says_nothing_of_ours(pushed, installation)
    assert set(pushed.statements) == {f'DROP INDEX "{name}";' for name in NAMES}
    assert lost(before, holdings(installation.db)) == {}
    assert our_indexes(installation) == set()
    for tenant, ids in runs:
        for execution_id in ids:
            assert installation.finished(tenant.org, execution_id)["status"] == "completed"
    with acme.calling():
        installation.manage("ensure_shared_indexes")
    assert our_indexes(installation) == NAMES


def test_a_deploy_that_takes_the_indexes_over_keeps_them(installation: Live, acme: Tenant) -> None:
    """gateway/src/schema.ts and ensure_shared_indexes mean the same, whoever comes first."""
    installation.manage("ensure_shared_indexes")
    before = holdings(installation.db)
    assert "No changes detected" in push(installation.params, "indexed").said
    push(installation.params, "plain")
    assert our_indexes(installation) == set()
    with acme.calling():
        pushed = push(installation.params, "indexed")
    assert len(pushed.statements) == len(NAMES), pushed.said
    assert all(said.startswith("CREATE INDEX ") for said in pushed.statements)
    done = installation.manage("ensure_shared_indexes")
    assert done.splitlines() == [f"{index.name}: is there" for index in SHARED_INDEXES]
    assert "No changes detected" in push(installation.params, "indexed", "--force").said
    assert lost(before, holdings(installation.db)) == {}


def test_what_stands_in_public_does_not_survive(installation: Live) -> None:
    """Why none of our tables does; and that the tests here would notice."""
    installation.db.execute("CREATE TABLE public.ours (id int PRIMARY KEY)")
    pushed = push(installation.params, "plain", "--force")
    assert 'DROP TABLE "ours" CASCADE;' in pushed.statements
    assert not says_nothing_of_ours(
        Push(exit_status=0, said='DROP TABLE "executions_run" CASCADE;'), installation
    )


@pytest.fixture
def follows_suit(installation: Live) -> Iterator[None]:
    yield
    installation.db.execute("ALTER TABLE public.modules DROP COLUMN IF EXISTS owner")


@pytest.mark.usefixtures("follows_suit")
class TestNewColumnThatEveryInsertMustFill:
    """drizzle-kit empties a filled table for it, with everything that has a foreign key to it."""

    def test_without_a_terminal_push_stops_at_its_question(
        self, installation: Live, acme: Tenant
    ) -> None:
        before = holdings(installation.db)
        pushed = push(installation.params, "changed")
        assert 'truncate table "modules" cascade;' in pushed.statements
        assert "Interactive prompts require a TTY" in pushed.said
        assert pushed.exit_status == 0  # so whoever deploys must read what it says
        assert installation.execute(acme.org, acme.echo).status_code == 200
        assert lost(before, holdings(installation.db)) == {}

    def test_a_no_changes_nothing(self, installation: Live, acme: Tenant) -> None:
        pushed = push_in_terminal(installation.params, "changed", answer=NO)
        assert QUESTION in pushed.said
        assert "All changes were aborted" in pushed.said
        assert installation.execute(acme.org, acme.echo).status_code == 200

    @pytest.mark.parametrize("forced", [True, False], ids=["force", "yes in a terminal"])
    def test_it_is_reported_and_nothing_of_ours_is_emptied(
        self, installation: Live, acme: Tenant, globex: Tenant, forced: bool
    ) -> None:
        under_way = globex.start_runs(3, sleep_s=2)
        before = holdings(installation.db)
        if forced:
            pushed = push(installation.params, "changed", "--force")
        else:
            pushed = push_in_terminal(installation.params, "changed", answer=YES)
        assert "Changes applied" in pushed.said
        assert says_nothing_of_ours(pushed, installation)
        assert installation.db.execute("SELECT count(*) FROM public.modules").fetchone() == (0,)
        assert lost(before, holdings(installation.db)) == {}

        said = installation.manage("check_shared_schema", status=1)
        assert "Column modules.owner: expected no new column that every insert must fill" in said
        wait_until(lambda: not self.ready(installation), what="/health/ready says so")
        wait_until(lambda: self.over(installation, under_way), what="what ran has an end")

        module = self.new_module(installation, acme)
        answer = installation.execute(acme.org, module, {"n": 1}).json()
        assert (answer["status"], answer["output"]) == ("completed", {"n": 1})

    def ready(self, live: Live) -> bool:
        schema = live.http.get("/health/ready").json()["checks"]["schema"]
        assert schema["ok"] or "modules.owner" in schema["differences"][0]
        return bool(schema["ok"])

    def over(self, live: Live, ids: list[str]) -> bool:
        left = live.db.execute(
            "SELECT count(*) FROM executions_run WHERE execution_id = ANY (%s) AND state <> 'done'",
            [ids],
        ).fetchone()
        return left == (0,)

    def new_module(self, live: Live, tenant: Tenant) -> str:
        live.db.execute("ALTER TABLE public.modules ALTER COLUMN owner SET DEFAULT 'somebody'")
        return factories.module(live.db, org=tenant.org)
