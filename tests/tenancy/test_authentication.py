"""API keys: found by their whole text, their use recorded at most once a minute."""

import datetime as dt
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from rest_framework.exceptions import AuthenticationFailed, ParseError
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from platform_agents.postgres.prepared import fetch
from platform_agents.tenancy import authentication
from platform_agents.tenancy import remembered as memory
from platform_agents.tenancy.authentication import (
    ApiKeyAuthentication,
    RememberingAuthentication,
    find_key,
    prove,
)
from platform_agents.tenancy.models import ApiKey
from tests import factories
from tests.factories import Org


@pytest.fixture
def orgs(db: None) -> tuple[Org, Org]:
    with connection.cursor() as cursor:
        return factories.organization(cursor), factories.organization(cursor, name="Globex")


@pytest.fixture
def acme(orgs: tuple[Org, Org]) -> Org:
    return orgs[0]


def authenticate(given: str | None) -> Any:
    headers = {} if given is None else {"X-API-Key": given}
    request = Request(APIRequestFactory().get("/executions/x", headers=headers))
    return ApiKeyAuthentication().authenticate(request)


def last_used(org: Org) -> dt.datetime | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_used FROM public.api_keys WHERE id = %s", [org.key_id])
        found: dt.datetime | None = cursor.fetchone()[0]
        return found


def row_version(org: Org) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT ctid::text FROM public.api_keys WHERE id = %s", [org.key_id])
        found: str = cursor.fetchone()[0]
        return found


def set_last_used(org: Org, *, seconds_ago: float) -> dt.datetime:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE public.api_keys SET last_used = (now() AT TIME ZONE 'utc') "
            "- make_interval(secs => %s) WHERE id = %s",
            [seconds_ago, org.key_id],
        )
    found = last_used(org)
    assert found is not None
    return found


def age_s(moment: dt.datetime | None) -> float:
    assert moment is not None
    return (dt.datetime.now(dt.UTC).replace(tzinfo=None) - moment).total_seconds()


def test_each_key_stands_for_its_own_organization(orgs: tuple[Org, Org]) -> None:
    for org in orgs:
        user, key = authenticate(org.key)
        assert user is key
        assert (key.id, key.org_id) == (org.key_id, org.id)


def test_the_first_use_is_recorded_in_utc(orgs: tuple[Org, Org]) -> None:
    acme, globex = orgs
    assert last_used(acme) is None
    authenticate(acme.key)
    assert -1 < age_s(last_used(acme)) < 30
    assert last_used(globex) is None


def test_a_use_within_the_minute_writes_nothing(acme: Org) -> None:
    before = set_last_used(acme, seconds_ago=50)
    version = row_version(acme)
    authenticate(acme.key)
    assert (last_used(acme), row_version(acme)) == (before, version)


def test_a_use_after_the_minute_is_recorded(acme: Org) -> None:
    set_last_used(acme, seconds_ago=61)
    authenticate(acme.key)
    assert age_s(last_used(acme)) < 30


def test_a_use_that_the_gateway_recorded_meanwhile_is_kept(
    acme: Org, monkeypatch: pytest.MonkeyPatch
) -> None:
    """We read an old time, the gateway then writes a fresh one: ours must not replace it."""
    set_last_used(acme, seconds_ago=3600)
    fresh = []

    def gateway_first(query: str, params: Any) -> Any:
        if "UPDATE" in query:
            fresh.append(set_last_used(acme, seconds_ago=1))
        return fetch(query, params)

    monkeypatch.setattr(authentication, "fetch", gateway_first)
    authenticate(acme.key)
    assert [last_used(acme)] == fresh


def test_a_refused_key_touches_nothing(acme: Org) -> None:
    for given in (None, "", acme.key[:-1], acme.key.upper(), f"{acme.key}\n", f" {acme.key}"):
        with pytest.raises(AuthenticationFailed):
            authenticate(given)
    assert last_used(acme) is None


@pytest.mark.parametrize(
    "given",
    ["", "x", "abw_", "abw_" + "0" * 63, "abw_" + "0" * 65, "abw_" + "G" * 64, "abw_" + "\0" * 64,
     "abw_" + "\u0661" * 64, "x" * 100_000, "abw_" + "0" * 64 + "\n"],
)  # fmt: skip
def test_what_is_no_key_never_reaches_the_database(given: str) -> None:
    assert find_key(given) is None  # pytest-django refuses the database here


def test_two_keys_in_one_header_are_refused(acme: Org) -> None:
    with pytest.raises(ParseError):
        authenticate(f"{acme.key},{acme.key}")


@pytest.fixture
def no_lookup(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Called, it forbids to ask the database for a key from then on."""

    def forbid() -> None:
        def refuse(query: str, params: Any) -> Any:
            pytest.fail("the database was asked for a key")

        monkeypatch.setattr(authentication, "fetch", refuse)

    return forbid


def remembering(given: str, *, method: str = "post") -> ApiKey:
    wsgi = getattr(APIRequestFactory(), method)("/execute", headers={"X-API-Key": given})
    _, key = RememberingAuthentication().authenticate(Request(wsgi))
    return key


def revoke(org: Org) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM public.api_keys WHERE id = %s", [org.key_id])


def test_a_key_that_was_good_is_not_looked_up_again_and_is_not_proved(
    orgs: tuple[Org, Org], no_lookup: Callable[[], None]
) -> None:
    for org in orgs:
        assert remembering(org.key).proved
    no_lookup()
    for org in orgs:
        key = remembering(org.key)
        assert (key.id, key.org_id, key.proved) == (org.key_id, org.id, False)


def test_only_what_is_posted_may_wait_for_the_proof(acme: Org) -> None:
    remembering(acme.key)
    revoke(acme)
    for method in ("get", "put", "delete", "options"):
        with pytest.raises(AuthenticationFailed):
            remembering(acme.key, method=method)


def test_a_wrong_key_is_never_remembered(acme: Org) -> None:
    wrong = acme.key[:-1] + ("0" if acme.key[-1] != "0" else "1")
    remembering(acme.key)
    for _ in range(2):
        with pytest.raises(AuthenticationFailed):
            remembering(wrong)


def test_after_a_minute_the_key_is_read_again_and_its_use_recorded(
    acme: Org, monkeypatch: pytest.MonkeyPatch
) -> None:
    remembering(acme.key)
    set_last_used(acme, seconds_ago=61)
    later = SimpleNamespace(monotonic=lambda: time.monotonic() + 61)
    monkeypatch.setattr(memory, "time", later)
    assert remembering(acme.key).proved
    assert age_s(last_used(acme)) < 30


def test_a_key_that_still_holds_can_be_proved(acme: Org, no_lookup: Callable[[], None]) -> None:
    remembering(acme.key)
    key = remembering(acme.key)
    prove(key)
    assert key.proved
    no_lookup()
    prove(key)  # once is enough


def test_a_revoked_key_cannot_be_proved_and_is_forgotten(acme: Org) -> None:
    remembering(acme.key)
    key = remembering(acme.key)
    revoke(acme)
    with pytest.raises(AuthenticationFailed):
        prove(key)
    with pytest.raises(AuthenticationFailed):
        remembering(acme.key)
