"""Subscribers, while what they are connected to, or what that asks, stops, dies or is stopped."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from agents.testing.openai_streams import hanging_stream
from tests import databases, factories
from tests.executions.feeds import clients
from tests.executions.feeds.clients import closing, message, watching
from tests.factories import Org
from tests.live import Live
from tests.own_server import OwnServer
from tests.processes import Web, wait_until


def organization(live: Live) -> Org:
    org = factories.organization(live.db)
    for name in ("echo", "counter"):
        factories.module(live.db, org=org, python_module=name, name=f"my {name}")
    return org


def path(execution_id: str, after: int = 0) -> str:
    return f"/ws/executions/{execution_id}?after_seq={after}"


def stored_seqs(live: Live, execution_id: str) -> list[int]:
    rows = live.db.execute(
        "SELECT seq FROM executions_event WHERE execution_id = %s ORDER BY seq", [execution_id]
    )
    return [row[0] for row in rows]


def seqs(opened: ClientConnection, *, most: int = 1_000_000) -> Iterator[int]:
    """Of events, until the connection ends, however it does."""
    while most:
        try:
            told = message(opened)
        except ConnectionClosed:
            return
        if told["type"] == "event":
            most -= 1
            yield told["seq"]


def test_sigterm_ends_feeds_with_1012_and_the_server_exits(
    breakable: Callable[..., Live],
) -> None:
    live = breakable(STOP_GRACE_SECONDS="0.5")
    org = organization(live)
    execution_id = clients.submitted(live, org, "echo", {"sleep_s": 300})
    with (
        watching(live, org, path(execution_id)) as one,
        watching(live, org, "/ws/executions") as all_of_them,
        clients.stream(live, org, execution_id) as stream,
    ):
        assert message(one)["type"] == message(all_of_them)["type"] == "state"
        frames = clients.frames(stream)
        assert next(frames).event == "state"
        os.kill(live.web.pid, signal.SIGTERM)
        assert closing(one)[0] == 1012
        assert closing(all_of_them)[0] == 1012
        *_, last = frames
        assert (last.event, last.data["code"]) == ("close", 1012)
    live.web.popen.wait(timeout=20)
    assert "Traceback" not in live.web.output()


def test_when_a_server_is_killed_another_one_goes_on(
    breakable: Callable[..., Live], tmp_path: Path
) -> None:
    live = breakable()
    org = organization(live)
    execution_id = clients.submitted(live, org, "counter", {"up_to": 200, "pause_s": 0.02})
    with watching(live, org, path(execution_id)) as opened:
        seen = list(seqs(opened, most=30))
        live.web.popen.kill()
        seen += list(seqs(opened))
    live.web.popen.wait(timeout=20)
    live.web = Web(env=live.env, log=tmp_path / "second-web.log")
    live.web.wait_ready()
    with watching(live, org, path(execution_id, seen[-1])) as opened:
        seen += list(seqs(opened))
        assert opened.close_code == 1000
    assert seen == stored_seqs(live, execution_id)
    assert len(seen) == 200


def test_a_slow_consumer_is_dropped_and_the_others_go_on(breakable: Callable[..., Live]) -> None:
    """Held back in the queue, so that its events are ours to write, at the pace of one reader."""
    live = breakable()
    org = organization(live)
    held = factories.module(live.db, org=org, python_module="reporter")
    factories.policy(live.db, org=org, module_id=held, paused=True)
    execution_id = clients.submitted(live, org, held)
    given = {"id": execution_id, "org": org.id, "text": "x" * 10_000}
    rounds, each = 40, 100
    with (
        watching(live, org, path(execution_id), most_unread=16) as slow,
        watching(live, org, path(execution_id)) as quick,
    ):
        assert message(slow)["type"] == message(quick)["type"] == "state"
        seen: list[int] = []
        for _ in range(rounds):
            live.db.execute(
                "INSERT INTO executions_event (execution_id, org_id, attempt, kind, message)"
                f" SELECT %(id)s, %(org)s, 1, 'log', %(text)s FROM generate_series(1, {each})",
                given,
            )
            live.db.execute("SELECT pg_notify('run_changed', %s)", [f"{org.id} {execution_id}"])
            seen += list(seqs(quick, most=each))
        assert seen == stored_seqs(live, execution_id)
        read = list(seqs(slow))
        assert (slow.close_code, "slow" in (slow.close_reason or "")) == (4408, True)
        assert 0 < len(read) < rounds * each
        with watching(live, org, path(execution_id, read[-1])) as again:
            read += list(seqs(again, most=rounds * each - len(read)))
        assert read == seen


def test_tokens_arrive_while_the_model_is_still_writing(breakable: Callable[..., Live]) -> None:
    live = breakable()
    org = organization(live)
    config = {"base_url": live.openai.base_url, "model": "m", "stream": True}
    module_id = factories.module(live.db, org=org, python_module="nlp", config=config)
    live.openai.script(hanging_stream("Once ", "upon ", "a time"))
    execution_id = clients.submitted(live, org, module_id, {"text": "Tell me a story"})
    with watching(live, org, path(execution_id)) as opened:
        text = ""
        while text != "Once upon a time":
            told = message(opened)
            assert told["type"] != "end", told
            if told.get("kind") == "token":
                text += told["message"]
        headers = {"X-API-Key": org.key}
        answer = live.http.post(f"/executions/{execution_id}/cancel", headers=headers)
        assert answer.status_code == 202
        *_, end = clients.messages(opened)
        assert (end["type"], end["error"]) == ("end", "Cancelled.")


@pytest.fixture
def server() -> Iterator[OwnServer]:
    with OwnServer.running() as server:
        yield server


def test_a_restart_of_the_database_is_survived_without_a_gap(
    server: OwnServer, tmp_path: Path, django_db_setup: None, django_db_blocker: Any
) -> None:
    with django_db_blocker.unblock(), Live.running(server.params, tmp_path) as live:
        org = organization(live)
        execution_id = clients.submitted(live, org, "counter", {"up_to": 300, "pause_s": 0.02})
        with (
            watching(live, org, path(execution_id)) as one,
            watching(live, org, "/ws/executions") as all_of_them,
        ):
            seen = list(seqs(one, most=30))
            live.db.close()
            server.stop()
            server.start()
            seen += list(seqs(one))
            assert one.close_code == 1000
            states = [message(all_of_them)]
            while states[-1].get("state") != "done":
                states.append(message(all_of_them))
        live.db = databases.connect(server.params)
        assert seen == stored_seqs(live, execution_id)
        assert len(seen) >= 300


def test_a_frozen_workers_late_lines_are_dropped(breakable: Callable[..., Live]) -> None:
    live = breakable(LEASE_SECONDS="2", WORKERS="2")
    org = organization(live)
    execution_id = clients.submitted(live, org, "counter", {"up_to": 60, "pause_s": 0.1})
    row = "SELECT worker, attempt FROM executions_run WHERE execution_id = %s AND state = 'running'"
    with watching(live, org, path(execution_id)) as opened:
        first = list(seqs(opened, most=5))
        [(worker, _)] = live.db.execute(row, [execution_id]).fetchall()
        pid = int(worker.split(":")[1])
        os.kill(pid, signal.SIGSTOP)
        try:
            taken = f"{row} AND attempt = 2"
            wait_until(lambda: live.db.execute(taken, [execution_id]).fetchone(), what="taken over")
        finally:
            os.kill(pid, signal.SIGCONT)
        told = first + list(seqs(opened))
    assert told == stored_seqs(live, execution_id)
    attempts = [
        r[0]
        for r in live.db.execute(
            "SELECT attempt FROM executions_event WHERE execution_id = %s ORDER BY seq",
            [execution_id],
        )
    ]
    assert attempts == sorted(attempts)
    assert attempts.count(2) == 60
