"""Feeds end when the right to watch ends, and there is a most of them."""

from contextlib import ExitStack

import pytest

from tests import factories
from tests.executions.feeds import clients
from tests.executions.feeds.clients import closing, message, refused, socket, watching
from tests.executions.feeds.operators import operator
from tests.factories import Org
from tests.live import Live
from tests.processes import wait_until


@pytest.fixture
def org(wary: Live) -> Org:
    org = factories.organization(wary.db)
    factories.module(wary.db, org=org)
    return org


def test_a_deleted_key_ends_its_feeds_and_no_others(wary: Live, org: Org) -> None:
    other = factories.organization(wary.db)
    execution_id = clients.submitted(wary, org, "echo", {"sleep_s": 30})
    with (
        watching(wary, org, f"/ws/executions/{execution_id}") as one,
        watching(wary, org, "/ws/executions") as all_of_them,
        watching(wary, other, "/ws/executions") as others,
        clients.stream(wary, org, execution_id) as stream,
    ):
        assert message(one)["type"] == "state"
        frames = clients.frames(stream)
        assert next(frames).event == "state"
        wary.db.execute("DELETE FROM public.api_keys WHERE id = %s", [org.key_id])
        assert closing(one)[0] == 4401
        assert closing(all_of_them)[0] == 4401
        last = [frame for frame in frames if frame.event != "state"]
        assert [(frame.event, frame.data["code"]) for frame in last] == [("close", 4401)]
        others.send('{"type": "ping"}')
        assert {"type": "pong"} in [message(others), message(others)]


@pytest.mark.parametrize(
    "how",
    [
        "DELETE FROM tenancy_membership WHERE user_id = %s",
        "UPDATE auth_user SET is_active = false WHERE id = %s",
        "UPDATE auth_user SET is_staff = false WHERE id = %s",
        "UPDATE auth_user SET password = 'changed' WHERE id = %s",
        "DELETE FROM django_session WHERE %s > 0",
    ],
)
def test_an_operators_feed_ends_with_their_right_to_see_it(wary: Live, org: Org, how: str) -> None:
    someone = operator(wary, f"operator of {org.id}", operator=org)
    execution_id = clients.submitted(wary, org, "echo", {"sleep_s": 30})
    with (
        socket(wary, f"/ws/executions/{execution_id}", **someone.headers) as one,
        socket(wary, f"/ws/executions?org_id={org.id}", **someone.headers) as all_of_them,
    ):
        assert message(one)["type"] == "state"
        assert message(all_of_them)["type"] == "state"
        wary.db.execute(how, [someone.id])
        assert closing(one)[0] == 4401
        assert closing(all_of_them)[0] == 4401


def test_too_many_subscribers_are_refused_until_one_leaves(wary: Live, org: Org) -> None:
    execution_id = clients.submitted(wary, org, "echo", {"sleep_s": 30})
    with ExitStack() as stack:
        for _ in range(4):
            opened = stack.enter_context(watching(wary, org, "/ws/executions"))
            assert message(opened)["type"] == "state"
        with watching(wary, org, "/ws/executions") as fifth:
            assert message(fifth)["type"] == "state"
            assert refused(wary, "/ws/executions", X_API_Key=org.key)[0] == 4429
            with clients.stream(wary, org, execution_id) as stream:
                assert stream.status_code == 429
                assert stream.headers["Retry-After"] == "10"
                stream.read()
                assert stream.json()["code"] == "too_many_subscribers"
            other = factories.organization(wary.db)
            with watching(wary, other, "/ws/executions") as theirs:
                assert message(theirs) == {"type": "ready"}, "there is room for others"

        def there_is_room() -> bool:
            with watching(wary, org, "/ws/executions") as opened:
                return message(opened)["type"] == "state"

        wait_until(there_is_room, what="there is room again")


def test_a_quiet_stream_is_kept_alive_by_comments(wary: Live, org: Org) -> None:
    execution_id = clients.submitted(wary, org, "echo", {"sleep_s": 30})
    with clients.stream(wary, org, execution_id) as stream:
        assert stream.headers["Content-Type"] == "text/event-stream"
        assert stream.headers["Cache-Control"] == "no-store"
        assert stream.headers["X-Accel-Buffering"] == "no"
        assert "content-length" not in stream.headers
        comments = 0
        for line in stream.iter_lines():
            comments += line.startswith(":")
            if comments == 3:
                break
