"""The second factor: enrolling, signing in with a code or a recovery code, turning it off."""

import time
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from platform_agents.operators.sign_in import two_factor
from platform_agents.tenancy.models import PlatformLogin
from tests.operators.conftest import PASSWORD, account, is_signed_in, sign_in
from tests.tenancy.conftest import EVERY_ROW, Shop, signed_in

OWN, SECOND = "/admin/two-factor/", "/admin/second-factor/"


def person(name: str = "olga", **fields: Any) -> User:
    return User.objects.create_user(name, password=PASSWORD, is_staff=True, **fields)


def code(user: User) -> str:
    """What the app shows now."""
    device = TOTPDevice.objects.get(user=user)
    return f"{totp(device.bin_key):06d}"


def enrolled(user: User) -> list[str]:
    """The recovery codes. The app's code of now is still unused."""
    two_factor.enrolment(user)
    TOTPDevice.objects.filter(user=user).update(confirmed=True)
    return two_factor.new_recovery_codes(user)


def wait_no_more(user: User) -> None:
    """The pause that django-otp makes after a wrong code is over."""
    for kind in (TOTPDevice, StaticDevice):
        kind.objects.filter(user=user).update(throttling_failure_count=0)


def test_it_is_set_up_with_a_picture_a_key_and_a_code(client: Client) -> None:
    user = person()
    client.force_login(user)
    body = client.get(OWN).content.decode()
    assert "data:image/svg+xml" in body
    assert not two_factor.enabled(user)
    assert "wrong or was used" in client.post(OWN, {"code": "000000"}).content.decode()
    assert not two_factor.enabled(user)
    wait_no_more(user)
    done = client.post(OWN, {"code": code(user)}).content.decode()
    assert two_factor.enabled(user)
    tokens = StaticToken.objects.filter(device__user=user).values_list("token", flat=True)
    assert len(tokens) == 10
    assert all(token in done for token in tokens)
    assert all(token not in client.get(OWN).content.decode() for token in tokens)


def test_a_password_alone_signs_nobody_in_then(client: Client) -> None:
    user = person()
    enrolled(user)
    assert sign_in(client, "olga")["location"] == SECOND
    assert not is_signed_in(client)
    assert "_auth_user_id" not in client.session
    assert client.get("/admin/modules/module/").status_code == 302
    assert client.post(SECOND, {"code": code(user)})["location"] == "/admin/"
    assert is_signed_in(client)


def test_a_code_is_good_for_once(client: Client) -> None:
    user = person()
    enrolled(user)
    now = code(user)
    for expected in (True, False):
        other = Client()
        sign_in(other, "olga")
        other.post(SECOND, {"code": now})
        assert is_signed_in(other) is expected


def test_each_recovery_code_signs_in_once(client: Client) -> None:
    user = person()
    first, second, *_ = enrolled(user)
    for recovery, expected in ((first, True), (first, False), (second.upper(), True)):
        other = Client()
        sign_in(other, "olga")
        other.post(SECOND, {"code": recovery})
        assert is_signed_in(other) is expected
        wait_no_more(user)


def test_codes_cannot_be_guessed_for_long(client: Client) -> None:
    user = person()
    enrolled(user)
    sign_in(client, "olga")
    for guess in range(5):
        assert client.post(SECOND, {"code": f"x{guess}"}).status_code == 200
    assert client.post(SECOND, {"code": "x"})["location"] == "/admin/login/"
    assert client.post(SECOND, {"code": code(user)})["location"] == "/admin/login/"
    assert not is_signed_in(client)


def test_the_second_page_is_nothing_without_the_first(client: Client) -> None:
    assert client.get(SECOND)["location"] == "/admin/login/"
    user = person()
    enrolled(user)
    assert client.post(SECOND, {"code": code(user)})["location"] == "/admin/login/"


def test_the_password_is_forgotten_after_five_minutes(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = person()
    enrolled(user)
    sign_in(client, "olga")
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 301)
    assert client.post(SECOND, {"code": code(user)})["location"] == "/admin/login/"


def test_an_account_that_goes_between_the_two_pages_is_not_signed_in(
    client: Client, acme: Shop
) -> None:
    pat = account(acme)
    sign_in(client, pat.email)
    user = PlatformLogin.objects.unscoped(EVERY_ROW).get(platform_user_id=pat.id).user
    enrolled(user)
    other = Client()
    assert sign_in(other, pat.email)["location"] == SECOND
    pat.delete()
    assert other.post(SECOND, {"code": code(user)})["location"] == "/admin/login/"
    assert not is_signed_in(other)


def test_turning_it_off_wants_a_code(client: Client) -> None:
    user = person()
    recovery, *_ = enrolled(user)
    client.force_login(user)
    client.post(OWN, {"code": "wrong", "wish": "off"})
    assert two_factor.enabled(user)
    wait_no_more(user)
    client.post(OWN, {"code": recovery, "wish": "off"})
    assert not two_factor.enabled(user)


def test_superusers_can_be_made_to_have_it(client: Client, settings: Any) -> None:
    settings.SUPERUSERS_NEED_TWO_FACTOR = True
    root = person("root", is_superuser=True)
    assert sign_in(client, "root")["location"] == SECOND
    assert "data:image/svg+xml" in client.get(SECOND).content.decode()
    assert not is_signed_in(client)
    assert "Recovery codes" in client.post(SECOND, {"code": code(root)}).content.decode()
    assert is_signed_in(client)
    recovery = StaticToken.objects.filter(device__user=root).first().token
    client.post(OWN, {"code": recovery, "wish": "off"})
    assert two_factor.enabled(root)
    person("plain")
    assert sign_in(Client(), "plain")["location"] == "/admin/"


def test_a_superuser_helps_who_lost_their_phone(client: Client) -> None:
    user = person()
    enrolled(user)
    root = signed_in(person("root", is_superuser=True))
    values = {"action": "remove_second_factor", "_selected_action": [user.pk]}
    assert root.post("/admin/auth/user/", values).status_code == 302
    assert sign_in(client, "olga")["location"] == "/admin/"


@pytest.mark.parametrize("page", ["otp_totp/totpdevice", "otp_static/staticdevice"])
def test_nobody_sees_the_keys_of_others(superuser: Client, page: str) -> None:
    assert superuser.get(f"/admin/{page}/").status_code == 404
