"""Many at once: the preview says exactly what will be hit, and nothing else is."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from executions.admin_list import bulk_view
from executions.models import ModuleExecution, Run
from platform_agents.tenancy.audit import AuditEntry
from tests.executions.admin_list.conftest import PATH, add
from tests.tenancy.conftest import Shop, staff

pytestmark = pytest.mark.django_db

BULK = f"{PATH}bulk/"


def preview(client: Client, deed: str, *ids: str, **fields: Any) -> str:
    response = client.post(BULK, {"deed": deed, "execution": list(ids), **fields})
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def hidden(text: str) -> dict[str, str]:
    """The fields of the preview's own form."""
    form = text[text.index('class="pa-preview"') :]
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))


def confirm(client: Client, text: str, **fields: str) -> str:
    """What the list says afterwards."""
    response = client.post(BULK, {**hidden(text), **fields}, follow=True)
    assert response.redirect_chain[-1][1] == 302
    return response.content.decode()


def state(execution_id: str) -> tuple[str, str | None]:
    runs = Run.objects.unscoped("the test looks at rows of both organizations")
    run = runs.get(execution_id=execution_id)
    return run.state, run.outcome


def retries(execution_id: str) -> list[Run]:
    runs = Run.objects.unscoped("the test looks at rows of both organizations")
    return list(runs.filter(retry_of=execution_id))


def test_the_preview_hits_nothing_and_says_what_it_would(
    operator: Client, acme: Shop, module: str
) -> None:
    queued = [add(acme.org, module, outcome="queued", minute=n) for n in range(2)]
    running = add(acme.org, module, outcome="running")
    done = add(acme.org, module)
    text = preview(operator, "cancel", *queued, running, done, acme.execution)
    assert set(hidden(text)["ids"].split(",")) == {*queued, running}
    assert "<strong>2</strong> queued" in text
    assert "<strong>1</strong> running" in text
    assert "1 left out: it has ended already" in text
    assert "1 left out: it was never sent to run here" in text
    assert [state(one)[0] for one in (*queued, running)] == ["queued", "queued", "running"]


def test_what_was_previewed_is_cancelled_and_recorded(
    operator: Client, acme: Shop, globex: Shop, module: str, foreign: str
) -> None:
    queued = [add(acme.org, module, outcome="queued", minute=n) for n in range(3)]
    text = preview(operator, "cancel", *queued[:2])
    said = confirm(operator, text)
    assert "2 cancelled." in said
    assert [state(one) for one in queued] == [("done", "cancelled")] * 2 + [("queued", None)]
    entries = AuditEntry.objects.for_org(acme.org.id).filter(verb="execution.cancelled")
    assert {(one.object_id, one.by) for one in entries} == {(one, "ann") for one in queued[:2]}


def test_what_ended_meanwhile_is_said(operator: Client, acme: Shop, module: str) -> None:
    one, other = (add(acme.org, module, outcome="queued", minute=n) for n in range(2))
    text = preview(operator, "cancel", one, other)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE executions_run SET state = 'done', outcome = 'completed', finished_at = now() "
            "WHERE execution_id = %s",
            [one],
        )
    said = confirm(operator, text)
    assert "1 cancelled." in said
    assert "1 not cancelled: it has ended already" in said
    assert state(one) == ("done", "completed")


def test_retries_run_once_however_often_the_button_is_pressed(
    operator: Client, acme: Shop, module: str
) -> None:
    failed = [add(acme.org, module, outcome="failed", minute=n) for n in range(2)]
    going = add(acme.org, module, outcome="running")
    text = preview(operator, "retry", *failed, going)
    assert "1 left out: it has not ended yet" in text
    assert "2 started again." in confirm(operator, text, config="current")
    confirm(operator, text, config="current")
    for one in failed:
        [again] = retries(one)
        assert (again.origin, again.requested_by, again.state) == ("retry", "user:ann", "queued")


def test_a_module_that_is_off_is_said_and_the_rest_runs(
    operator: Client, acme: Shop, module: str
) -> None:
    good, off = add(acme.org, module, outcome="failed"), add(acme.org, acme.module, outcome="lost")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE public.modules SET status='inactive' WHERE id=%s", [acme.module])
    said = confirm(operator, preview(operator, "retry", good, off), config="current")
    assert "1 started again." in said
    assert "1 not started again: " in said
    assert retries(off) == []
    assert len(retries(good)) == 1


def test_all_that_match_are_those_of_the_filters(
    operator: Client, acme: Shop, module: str, foreign: str
) -> None:
    failed = {add(acme.org, module, outcome="failed", minute=n) for n in range(60)}
    add(acme.org, module)
    text = preview(operator, "retry", filters="outcome=failed", all="1")
    assert set(hidden(text)["ids"].split(",")) == failed
    assert "More match" not in text


def test_one_go_is_bounded_and_says_so(
    operator: Client, acme: Shop, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_view, "MOST", 3)
    made = [add(acme.org, module, outcome="failed", minute=n) for n in range(5)]
    text = preview(operator, "retry", filters="outcome=failed", all="1")
    assert hidden(text)["ids"].split(",") == made[:1:-1]
    assert "More match than the 3" in text
    forged = {**hidden(text), "ids": ",".join(made)}
    operator.post(BULK, {**forged, "config": "current"})
    assert sum(len(retries(one)) for one in made) == 3


@pytest.mark.parametrize("deed", ["cancel", "retry"])
def test_foreign_executions_are_as_if_they_were_not_there(
    operator: Client, acme: Shop, globex: Shop, module: str, deed: str
) -> None:
    mine = add(acme.org, module, outcome="queued" if deed == "cancel" else "failed")
    theirs = add(globex.org, globex.module, outcome="queued" if deed == "cancel" else "failed")
    text = preview(operator, deed, mine, theirs)
    assert theirs not in text
    assert "Globex" not in text
    before = state(theirs)
    forged = {**hidden(text), "ids": f"{mine},{theirs}", "config": "current"}
    said = operator.post(BULK, forged, follow=True).content.decode()
    assert "Globex" not in said
    assert state(theirs) == before
    assert retries(theirs) == []


def test_a_viewer_changes_nothing_and_is_offered_nothing(acme: Shop, module: str) -> None:
    viewer = staff("vera", acme=(acme, "viewer"))
    queued = add(acme.org, module, outcome="queued")
    assert 'name="deed"' not in viewer.get(PATH).content.decode()
    for fields in ({}, {"confirmed": "1", "ids": queued, "token": "a" * 32}):
        given = {"deed": "cancel", "execution": [queued], **fields}
        assert viewer.post(BULK, given).status_code == 403
    assert state(queued) == ("queued", None)


def test_what_somebody_may_only_look_at_is_left_out(acme: Shop, globex: Shop, module: str) -> None:
    both = staff("bea", acme=(acme, "operator"), globex=(globex, "viewer"))
    mine = add(acme.org, module, outcome="queued")
    theirs = add(globex.org, globex.module, outcome="queued")
    text = preview(both, "cancel", mine, theirs)
    assert hidden(text)["ids"] == mine
    assert "1 left out: you may only look at that organization" in text
    both.post(BULK, {**hidden(text), "ids": f"{mine},{theirs}"})
    assert state(mine) == ("done", "cancelled")
    assert state(theirs) == ("queued", None)


@pytest.mark.parametrize(
    "fields",
    [
        {"deed": "cancel"},
        {"deed": "delete", "all": "1"},
        {"deed": "cancel", "confirmed": "1", "ids": "x", "token": "short"},
        {"deed": "cancel", "execution": ["\x00", "nobody's"]},
    ],
)
def test_what_is_not_understood_leads_back(
    operator: Client, acme: Shop, fields: dict[str, Any]
) -> None:
    response = operator.post(BULK, fields)
    assert response.status_code == 302
    assert response["location"].startswith(PATH)
    assert operator.get(BULK).status_code == 302
    assert ModuleExecution.objects.for_org(acme.org.id).count() == 1
