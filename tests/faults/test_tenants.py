"""What organizations do in the middle of things: they go, change their modules, revoke keys and
flood the queue. Nobody else notices."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.factories import Org
from tests.faults.site import Site
from tests.processes import wait_until

_FLOOD = 10_000
_MAY_PASS = 1_000
"""Runs of a flood that may finish while another tenant's single run is under way: those that were
claimed before it came (100 per worker), and as many again and again for a slow machine."""

_FLOOD_SQL = """
WITH ids AS (SELECT gen_random_uuid()::text AS id FROM generate_series(1, %(count)s)),
shared AS (
  INSERT INTO public.module_executions (id, module_id, org_id, input, status)
  SELECT id, %(module)s, %(org)s, %(input)s, 'pending' FROM ids)
INSERT INTO executions_run (execution_id, org_id, module_id, agent, lane, max_attempts)
SELECT id, %(org)s, %(module)s, 'witness', 'io', 10 FROM ids
"""


@contextmanager
def held(site: Site, org: Org) -> Iterator[None]:
    """Between accept and claim: runs of the organization are accepted and stay in the queue."""
    site.live.db.execute("INSERT INTO tenancy_policy (org_id, paused) VALUES (%s, true)", [org.id])
    yield
    site.live.db.execute("DELETE FROM tenancy_policy WHERE org_id = %s", [org.id])


def _module(site: Site, agent: str = "witness") -> str:
    found = site.live.db.execute(
        "SELECT id FROM public.modules WHERE org_id = %s AND python_module = %s",
        [site.acme.id, agent],
    ).fetchone()
    assert found is not None
    return str(found[0])


def test_an_organization_that_is_deleted_leaves_nothing_unfinished(site: Site) -> None:
    """Its rows are gone by cascade. Ours end all the same: those in the queue are lost."""
    workers = {p.pid for p in site.family.workers()}
    running = site.journal.submit(site.acme, 3, sleep_s=1)
    wait_until(lambda: len(site.journal.starts()) == 3, what="they run")
    with held(site, site.acme):
        queued = site.journal.submit(site.acme, 3)
        site.live.db.execute("DELETE FROM public.organizations WHERE id = %s", [site.acme.id])
    recovery_s = site.recover()
    ids = {*running, *queued}
    site.check("organization deleted mid-run", recovery_s=recovery_s, may_fail=ids)
    fates = site.journal.fates()
    assert {fates[id_].outcome for id_ in queued} == {"lost"}
    assert {fates[id_].status for id_ in ids} == {None}
    assert not site.journal.starts().keys() & set(queued)
    assert {p.pid for p in site.family.workers()} == workers, "no worker was harmed"


def test_a_module_that_is_deleted_between_accept_and_claim_does_not_run(site: Site) -> None:
    with held(site, site.acme):
        queued = site.journal.submit(site.acme, 3)
        site.live.db.execute("DELETE FROM public.modules WHERE id = %s", [_module(site)])
    recovery_s = site.recover()
    site.check(
        "module deleted between accept and claim", recovery_s=recovery_s, may_fail=set(queued)
    )
    assert {site.journal.fates()[id_].outcome for id_ in queued} == {"lost"}
    assert not site.journal.starts().keys() & set(queued)


@pytest.mark.parametrize("status", ["inactive", "error"])
def test_a_module_that_is_deactivated_between_accept_and_claim_does_not_run(
    site: Site, status: str
) -> None:
    with held(site, site.acme):
        queued = site.journal.submit(site.acme, 3)
        site.live.db.execute(
            "UPDATE public.modules SET status = %s WHERE id = %s", [status, _module(site)]
        )
    site.journal.settle(seconds=20)
    fates = [site.journal.fates()[id_] for id_ in queued]
    assert {(fate.outcome, fate.status) for fate in fates} == {("failed", "failed")}
    assert all("not active any more" in (fate.error or "") for fate in fates)
    assert not site.journal.starts().keys() & set(queued)
    site.check(
        f"module {status} between accept and claim",
        recovery_s=site.recover(),
        may_fail=set(queued),
    )


def test_a_key_that_is_revoked_while_its_caller_waits_costs_the_next_call_not_this_one(
    site: Site,
) -> None:
    answers: list[httpx.Response] = []
    caller = threading.Thread(
        target=lambda: answers.append(site.journal.call(site.acme, 7, sleep_s=1.5))
    )
    caller.start()
    wait_until(site.journal.starts, what="its run has started")
    site.live.db.execute("DELETE FROM public.api_keys WHERE id = %s", [site.acme.key_id])
    assert site.journal.call(site.acme, 8).status_code == 401
    caller.join(30)
    [answer] = answers
    assert (answer.status_code, answer.json()["output"]) == (200, {"n": 7})
    site.check("key revoked mid-wait", recovery_s=site.recover())


def test_a_flood_of_one_tenant_does_not_hold_up_another(site: Site) -> None:
    site.recover()
    site.live.db.execute(
        _FLOOD_SQL,
        {
            "count": _FLOOD, "org": site.acme.id, "module": _module(site),
            "input": f'{{"journal": "{site.folder / "flood.journal"}", "sleep_s": 0.2}}',
        },
    )  # fmt: skip
    wait_until(lambda: _finished(site) > 0, what="the flood runs")
    before = _finished(site)
    answer = site.journal.call(site.globex, 5)
    passed = _finished(site) - before
    site.live.db.execute(
        "WITH mine AS (DELETE FROM executions_run WHERE org_id = %s AND state = 'queued' "
        "RETURNING execution_id) DELETE FROM public.module_executions e USING mine "
        "WHERE e.id = mine.execution_id",
        [site.acme.id],
    )
    assert (answer.status_code, answer.json()["output"]) == (200, {"n": 5})
    assert before + passed < _FLOOD, "there was a flood all the time"
    assert passed <= _MAY_PASS
    wait_until(lambda: site.running() == 0, what="the flood is over")
    site.check("flood of 10,000 by one tenant", recovery_s=site.recover())


def _finished(site: Site) -> int:
    found = site.live.db.execute(
        "SELECT count(*) FROM executions_run WHERE org_id = %s AND state = 'done'", [site.acme.id]
    ).fetchone()
    return int((found or [0])[0])
