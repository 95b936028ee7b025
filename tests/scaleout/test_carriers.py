"""Whole installations whose wake-ups do not come from PostgreSQL."""

from collections.abc import Callable

from tests import factories
from tests.executions.test_ordinary_tasks import ASYNC_TASK, run
from tests.factories import Org
from tests.live import Live
from tests.processes import wait_until
from tests.redis_server import RedisServer

Install = Callable[..., Live]


def organizations(live: Live) -> list[Org]:
    orgs = [factories.organization(live.db, name=name) for name in ("Acme", "Globex")]
    for org in orgs:
        factories.module(live.db, org=org, python_module="echo")
    return orgs


def completes(live: Live, orgs: list[Org]) -> None:
    for org in orgs:
        answer = live.execute(org, "echo", {"org": org.id})
        assert answer.status_code == 200, answer.text
        assert answer.json()["output"] == {"org": org.id}


def an_ordinary_task_is_done(live: Live) -> None:
    before = tasks_done(live)
    run(live, ASYNC_TASK)
    wait_until(lambda: tasks_done(live) > before, seconds=14, what="the ordinary task is done")


def tasks_done(live: Live) -> int:
    row = live.db.execute("SELECT count(*) FROM django_q_task WHERE success").fetchone()
    assert row is not None
    return int(row[0])


def test_redis_carries_the_wakeups_and_its_absence_is_survived(
    installed: Install, redis: RedisServer
) -> None:
    live = installed(WAKEUP_URL=redis.url)
    orgs = organizations(live)
    completes(live, orgs)
    wait_until(lambda: redis.listeners("run_queued") == 2, what="two workers listen to Redis")
    assert redis.listeners("run_done") == 1, "one listener in the web server"
    with redis.client.pubsub(ignore_subscribe_messages=True) as heard:
        heard.subscribe("platform_agents:run_queued", "platform_agents:run_done")
        accepted = live.execute(orgs[0], "echo").json()
        said: set[str] = set()

        def both_said() -> bool:
            message = heard.get_message(timeout=0.1)
            said.update([message["data"]] if message else [])
            return said == {"io", accepted["execution_id"]}

        wait_until(both_said, what="submit and finish are announced")
    an_ordinary_task_is_done(live)

    redis.stop()
    completes(live, orgs)
    an_ordinary_task_is_done(live)
    assert live.web.output().count("announcing: Redis is away") == 1

    redis.start()
    wait_until(lambda: redis.listeners("run_queued") == 2, what="the workers listen again")
    completes(live, orgs)


def test_polling_is_enough(installed: Install) -> None:
    live = installed(WAKEUP_URL="poll", WAKEUP_POLL_SECONDS="0.1")
    completes(live, organizations(live))
    an_ordinary_task_is_done(live)
