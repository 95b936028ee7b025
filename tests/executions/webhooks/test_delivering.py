"""The real cluster delivers to real servers: signed, again until it is heard, and guarded."""

import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from standardwebhooks import WebhookVerificationError

from modules.webhook_signing import new_secret
from platform_agents.tenancy.secrets_sealing import Sealed, unseal
from tests import factories
from tests.executions.webhooks.receiver import delivered, deliveries, verified
from tests.factories import Org
from tests.http_server import Answer, HttpServer, Received
from tests.live import Live
from tests.processes import wait_until


class Receiver(HttpServer):
    """Answers with `answers` in turn, then 200."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        super().__init__(lambda _: self.answers.pop(0) if self.answers else Answer(204))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        yield server


@pytest.fixture
def org(live: Live) -> Org:
    return factories.organization(live.db)


def delivery(live: Live, execution_id: str) -> dict[str, Any]:
    row = live.db.execute(
        "SELECT to_jsonb(d) - 'lease' FROM executions_delivery d WHERE execution_id = %s",
        [execution_id],
    ).fetchone()
    assert row is not None
    found: dict[str, Any] = row[0]
    return found


def settled(live: Live, execution_id: str) -> dict[str, Any]:
    wait_until(
        lambda: delivery(live, execution_id)["state"] != "pending",
        seconds=40, what=f"the delivery of {execution_id} is over",
    )  # fmt: skip
    return delivery(live, execution_id)


def hooked(live: Live, org: Org, url: str, **columns: Any) -> str:
    """The id of an echo module with a webhook."""
    module = factories.module(live.db, org=org)
    factories.webhook(live.db, org=org, module_id=module, url=url, **columns)
    return module


def signing_secret(live: Live, org: Org) -> str:
    row = live.db.execute(
        "SELECT key_id, box FROM executions_signing_secret WHERE org_id = %s", [org.id]
    ).fetchone()
    assert row is not None
    return unseal(Sealed(key_id=row[0], box=row[1]), org_id=org.id, name="webhook signing")


def test_a_modules_webhook_hears_the_end_of_its_executions(
    live: Live, org: Org, receiver: Receiver
) -> None:
    secret = new_secret()
    module = hooked(live, org, f"{receiver.url}/done", signed_with=secret)
    task = factories.task(live.db, org=org)
    answer = live.execute(org, module, {"text": "hello"}, task_id=task).json()
    [request] = delivered(receiver.received, answer["execution_id"])
    said = verified(request, secret)
    detail = live.get(org, f"/executions/{answer['execution_id']}").json()
    assert request.path == "/done"
    assert said["type"] == "execution.completed"
    assert said["data"] == {
        "execution_id": answer["execution_id"], "org_id": org.id, "module_id": module,
        "task_id": task, "status": "completed", "outcome": "completed", "error": None,
        "output": answer["output"], "output_omitted": False,
        "started_at": detail["started_at"], "completed_at": detail["completed_at"],
    }  # fmt: skip
    assert settled(live, answer["execution_id"])["last_status"] == 204
    with pytest.raises(WebhookVerificationError):
        verified(request, new_secret())


def test_a_call_names_where_its_end_is_announced(live: Live, org: Org, receiver: Receiver) -> None:
    """Signed with the organization's signing secret, which is made when it is first needed."""
    module = factories.module(live.db, org=org)
    answer = live.execute(org, module, {"fail": "no"}, webhook_url=receiver.url).json()
    [request] = delivered(receiver.received, answer["execution_id"])
    verified(request, signing_secret(live, org))


def test_a_call_may_name_a_secret_of_the_organization(
    live: Live, org: Org, receiver: Receiver
) -> None:
    secret = new_secret()
    factories.secret(live.db, org=org, name="HOOK_SECRET", value=secret)
    module = factories.module(live.db, org=org)
    answer = live.execute(
        org, module, webhook_url=receiver.url, webhook_secret_name="HOOK_SECRET"
    ).json()
    [request] = delivered(receiver.received, answer["execution_id"])
    verified(request, secret)


def test_it_is_tried_again_with_the_same_id_and_body(
    live: Live, org: Org, receiver: Receiver
) -> None:
    secret = new_secret()
    receiver.answers = [Answer(500, {"why": "starting"}), Answer(429, headers={"Retry-After": "1"})]
    module = hooked(live, org, receiver.url, signed_with=secret)
    execution_id = live.execute(org, module).json()["execution_id"]
    requests = delivered(receiver.received, execution_id, times=3)
    assert len({r.headers["webhook-id"] for r in requests}) == 1
    assert len({r.body for r in requests}) == 1
    for request in requests:
        verified(request, secret)
    over = settled(live, execution_id)
    assert (over["state"], over["attempts"], over["last_status"]) == ("delivered", 3, 204)


def test_a_cancelled_run_is_announced_at_once(live: Live, org: Org, receiver: Receiver) -> None:
    module = hooked(live, org, receiver.url)
    execution_id = live.execute(org, module, {"sleep_s": 60}, prefer="respond-async").json()[
        "execution_id"
    ]
    live.http.post(f"/executions/{execution_id}/cancel", headers={"X-API-Key": org.key})
    [request] = delivered(receiver.received, execution_id)
    assert request.json()["type"] == "execution.cancelled"
    assert request.json()["data"]["status"] == "failed"


def test_a_long_output_is_left_out(live: Live, org: Org, receiver: Receiver) -> None:
    module = hooked(live, org, receiver.url)
    execution_id = live.execute(org, module, {"text": "x" * 300_000}).json()["execution_id"]
    [request] = delivered(receiver.received, execution_id)
    assert request.json()["data"]["output"] is None
    assert request.json()["data"]["output_omitted"] is True
    assert len(request.body) < 2000


def test_gone_switches_the_webhook_off(live: Live, org: Org, receiver: Receiver) -> None:
    receiver.answers = [Answer(410, {"bye": True})]
    module = hooked(live, org, receiver.url)
    execution_id = live.execute(org, module).json()["execution_id"]
    over = settled(live, execution_id)
    assert (over["state"], over["attempts"], over["last_body"]) == ("failed", 1, '{"bye": true}')
    off = live.db.execute(
        "SELECT enabled, disabled_because FROM modules_webhook WHERE module_id = %s", [module]
    ).fetchone()
    assert off is not None
    assert off[0] is False
    assert "410" in off[1]
    again = live.execute(org, module).json()["execution_id"]
    assert live.finished(org, again)["status"] == "completed"
    count = live.db.execute(
        "SELECT count(*) FROM executions_delivery WHERE execution_id = %s", [again]
    ).fetchone()
    assert count == (0,)


def test_a_redirect_is_not_followed(live: Live, org: Org, receiver: Receiver) -> None:
    with HttpServer(lambda _: Answer(302, headers={"Location": f"{receiver.url}/x"})) as moved:
        module = hooked(live, org, moved.url)
        execution_id = live.execute(org, module).json()["execution_id"]
        delivered(moved.received, execution_id, times=2)
    assert deliveries(receiver.received, execution_id) == []
    assert "302" in delivery(live, execution_id)["last_error"]


def test_a_private_address_is_not_reached(live: Live, org: Org) -> None:
    """The tests allow 127.0.0.0/8 and ::1, nothing else."""
    module = hooked(live, org, "http://10.0.0.1/hook")
    execution_id = live.execute(org, module).json()["execution_id"]
    over = settled(live, execution_id)
    assert (over["state"], over["attempts"], over["last_status"]) == ("failed", 1, None)
    assert "10.0.0.1" in over["last_error"]


def test_a_path_goes_to_the_gateway_with_the_organizations_own_key(live: Live, org: Org) -> None:
    secret = new_secret()
    module = hooked(live, org, "/api/hooks/executions", signed_with=secret)
    execution_id = live.execute(org, module).json()["execution_id"]
    [request] = delivered(live.gateway.received, execution_id)
    assert request.path == "/api/hooks/executions"
    assert request.headers["x-api-key"] == org.key
    verified(request, secret)


def test_the_platforms_key_is_shown_for_its_own_organization_only(live: Live, org: Org) -> None:
    newer = f"abw_{secrets.token_hex(32)}"
    live.db.execute(
        "INSERT INTO public.api_keys (org_id, name, key, created_at) "
        "VALUES (%s, 'newer', %s, now() + interval '1 day')", [live.platform.id, newer],
    )  # fmt: skip
    for whose in (live.platform, org):
        module = hooked(live, whose, "/api/hooks/executions")
        execution_id = live.execute(whose, module).json()["execution_id"]
        [request] = delivered(live.gateway.received, execution_id)
        assert request.headers["x-api-key"] == whose.key


def test_an_organization_without_a_key_is_told_so(live: Live, org: Org) -> None:
    module = hooked(live, org, "/api/hooks/executions")
    settled(live, live.execute(org, module).json()["execution_id"])
    live.db.execute("DELETE FROM public.api_keys WHERE org_id = %s", [org.id])
    live.db.execute("UPDATE executions_delivery SET state = 'pending', settled_at = NULL,"
                    " due_at = now() WHERE org_id = %s", [org.id])  # fmt: skip
    wait_until(
        lambda: live.db.execute(
            "SELECT 1 FROM executions_delivery "
            "WHERE org_id = %s AND last_error LIKE '%%no API key%%'",
            [org.id],
        ).fetchone(),
        what="the log says that there is no key",
    )


def test_a_deleted_webhook_and_a_deleted_organization_hear_nothing(
    live: Live, receiver: Receiver
) -> None:
    """What waits for its next attempt ends with a reason."""
    receiver.answers = [Answer(503, headers={"Retry-After": "3600"})] * 2
    reasons = {}
    for statement in (
        "DELETE FROM modules_webhook WHERE org_id = %s",
        "DELETE FROM public.organizations WHERE id = %s",
    ):
        org = factories.organization(live.db)
        module = hooked(live, org, receiver.url)
        execution_id = live.execute(org, module).json()["execution_id"]
        wait_until(
            lambda which=execution_id: delivery(live, which)["last_status"] == 503,
            what="its first attempt failed",
        )
        live.db.execute(statement, [org.id])
        live.db.execute(
            "UPDATE executions_delivery SET due_at = now() WHERE execution_id = %s", [execution_id]
        )
        reasons[statement.split()[2]] = settled(live, execution_id)["last_error"]
        assert len(deliveries(receiver.received, execution_id)) == 1
    assert reasons == {
        "modules_webhook": "The webhook was deleted.",
        "public.organizations": "The organization was deleted.",
    }


def test_a_deleted_execution_is_still_announced(live: Live, org: Org, receiver: Receiver) -> None:
    """The call that wanted to know is told, though its row went with its module."""
    module = factories.module(live.db, org=org)
    factories.policy(live.db, org=org, module_id=module, paused=True)
    answer = live.execute(org, module, prefer="respond-async", webhook_url=receiver.url).json()
    live.db.execute("DELETE FROM public.modules WHERE id = %s", [module])
    live.db.execute("DELETE FROM modules_policy WHERE module_id = %s", [module])
    [request] = delivered(receiver.received, answer["execution_id"])
    assert request.json()["type"] == "execution.lost"
    assert request.json()["data"]["error"] == "The execution was deleted."


def test_a_receiver_that_hangs_is_left_after_the_time_limit(live: Live, org: Org) -> None:
    def hang(request: Received) -> Answer:
        wait_until(lambda: len(server.received) >= 2, seconds=60)  # until the second attempt came
        return Answer(200)

    with HttpServer(hang) as server:
        module = hooked(live, org, server.url)
        execution_id = live.execute(org, module).json()["execution_id"]
        over = settled(live, execution_id)
    assert (over["state"], over["attempts"]) == ("delivered", 2)
