"""What is said, when it is tried again, and the signature, without a server."""

import json
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from executions.webhooks import message, pauses
from executions.webhooks.outbox import Due
from modules.webhook_signing import InvalidSigningSecret, key_of, new_secret, signature


def due(**changes: Any) -> Due:
    given: dict[str, Any] = {
        "id": "msg_1", "lease": uuid.uuid4(), "attempts": 1, "org_id": "o", "execution_id": "e",
        "module_id": "m", "webhook_id": None, "url": "https://a.example/", "secret_name": None,
        "outcome": "completed", "created_at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "enabled": None, "key_id": None, "box": None, "org_gone": False, "row_gone": False,
        "task_id": None, "status": "completed", "error": None, "started_at": datetime(2026, 1, 2),  # noqa: DTZ001
        "completed_at": None, "output": '{"n": 1}', "output_omitted": False,
    }  # fmt: skip
    return Due(**{**given, **changes})


def said(one: Due) -> Any:
    return json.loads(message.body(one))


def test_times_are_utc_and_say_so() -> None:
    whole = said(due())
    assert whole["timestamp"] == "2026-01-02T03:04:05Z"
    assert whole["data"]["started_at"] == "2026-01-02T00:00:00Z"


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        (None, None), ("not json", "not json"), ("[1, 2]", [1, 2]),
        ('{"big": 9007199254740993}', {"big": "9007199254740993"}), ("NaN", "NaN"),
    ],
)  # fmt: skip
def test_an_output_is_strict_json_whatever_is_stored(stored: str | None, shown: Any) -> None:
    assert said(due(output=stored))["data"]["output"] == shown


def test_a_deleted_execution_says_so() -> None:
    data = said(due(row_gone=True, status=None, output=None, outcome="lost"))["data"]
    assert (data["status"], data["error"]) == ("failed", "The execution was deleted.")


def test_the_signature_of_the_specifications_example() -> None:
    found = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("text", ["", "whsec_", "hunter2", "whsec_c2hvcnQ=", "whsec_!!!!",
                                  "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])  # fmt: skip
def test_what_is_no_secret(text: str) -> None:
    with pytest.raises(InvalidSigningSecret, match="whsec_") as raised:
        key_of(text)
    assert "hunter2" not in str(raised.value)


def test_new_secrets_are_long_and_different() -> None:
    assert len(key_of(new_secret())) == 32
    assert new_secret() != new_secret()


def test_pauses_grow_to_six_hours_and_end(settings: Any) -> None:
    settings.WEBHOOK_ATTEMPTS, settings.WEBHOOK_BACKOFF_SECONDS = 15, 10
    longest = [pauses.longest_s(attempt) for attempt in range(1, 15)]
    assert longest[:3] == [10, 30, 90]
    assert longest[-1] == 6 * 3600
    assert 20 * 3600 < sum(longest) / 2 < 28 * 3600, "on average about a day"
    assert pauses.next_in_s(15) is None
    assert all(0 <= (pauses.next_in_s(1) or 0) <= 10 for _ in range(100))


def test_what_the_receiver_asks_for_is_given_up_to_a_day(settings: Any) -> None:
    settings.WEBHOOK_ATTEMPTS, settings.WEBHOOK_BACKOFF_SECONDS = 15, 10
    assert 120 <= (pauses.next_in_s(1, retry_after_s=120) or 0) < 131
    assert pauses.next_in_s(1, retry_after_s=10**9) == 86_400
