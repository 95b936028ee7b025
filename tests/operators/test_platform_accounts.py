"""The platform's own accounts sign in with their e-mail address and bcrypt password, may what their
role says, and lose it at once when the account does."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from platform_agents.operators.sign_in import passwords, throttle
from platform_agents.tenancy.models import Membership, PlatformLogin, SignInAttempts
from tests.operators.conftest import PASSWORD, account, hashed, is_signed_in, sign_in
from tests.tenancy.conftest import EVERY_ROW, Shop, member

MODULES = "/admin/modules/module/"


def shadow(account_id: str) -> User:
    return PlatformLogin.objects.unscoped(EVERY_ROW).get(platform_user_id=account_id).user


def roles(user: User) -> set[tuple[str, str]]:
    rows = Membership.objects.unscoped(EVERY_ROW).filter(user=user)
    return set(rows.values_list("org_id", "role"))


@pytest.mark.parametrize(
    ("role", "may"), [("super_admin", None), ("admin", "admin"), ("member", "viewer")]
)
def test_the_role_of_the_account_decides(
    client: Client, acme: Shop, globex: Shop, role: str, may: str | None
) -> None:
    person = account(acme, role=role)
    assert sign_in(client, person.email)["location"] == "/admin/"
    user = shadow(person.id)
    assert user.is_superuser == (may is None)
    assert roles(user) == (set() if may is None else {(acme.org.id, may)})
    body = client.get(MODULES).content.decode()
    assert acme.module in body
    assert (globex.module in body) == user.is_superuser
    assert not user.has_usable_password()


@pytest.mark.parametrize("prefix", ["$2a", "$2b", "$2y"])
def test_every_kind_of_bcrypt_hash_is_understood(client: Client, acme: Shop, prefix: str) -> None:
    person = account(acme, password=hashed(PASSWORD, prefix))
    sign_in(client, person.email)
    assert is_signed_in(client)


def test_what_bcrypt_drops_of_a_long_password_is_dropped_here_too(
    client: Client, acme: Shop
) -> None:
    person = account(acme, password=hashed("ü" * 50))
    sign_in(client, person.email, "ü" * 50)
    assert is_signed_in(client)


@pytest.mark.parametrize("stored", ["!", "", "x", "$2b$10$x", "$2b$31$" + "a" * 53, "md5$a$b"])
def test_a_stored_password_that_is_no_hash_lets_nobody_in(
    client: Client, acme: Shop, stored: str
) -> None:
    person = account(acme, password=stored or " ")
    for given in (stored, PASSWORD, ""):
        assert sign_in(client, person.email, given).status_code == 200
    assert not is_signed_in(client)


def test_the_address_may_be_typed_in_capitals(client: Client, acme: Shop) -> None:
    account(acme, email="pat.person@example.com")
    sign_in(client, " Pat.Person@Example.com ")
    assert is_signed_in(client)


def test_wrong_and_unknown_are_one_answer_and_cost_the_same(
    client: Client, acme: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = account(acme)
    computed: list[bytes] = []
    real = passwords.bcrypt.checkpw

    def counting(given: bytes, stored: bytes) -> bool:
        computed.append(stored)
        return real(given, stored)

    monkeypatch.setattr(passwords.bcrypt, "checkpw", counting)
    for name in (person.email, "nobody@example.com", "nobody"):
        assert "These do not fit" in sign_in(client, name, "wrong").content.decode()
    assert len(computed) == 3


def test_a_user_of_ours_with_the_accounts_name_is_left_alone(client: Client, acme: Shop) -> None:
    ours = User.objects.create_user("same@example.com", password="local", is_staff=True)
    person = account(acme, email="same@example.com")
    sign_in(client, "same@example.com")
    user = shadow(person.id)
    assert user.pk != ours.pk
    assert user.username == f"platform:{person.id}"
    ours.refresh_from_db()
    assert ours.check_password("local")
    assert roles(ours) == set()
    other = Client()
    sign_in(other, "same@example.com", "local")
    assert int(other.session["_auth_user_id"]) == ours.pk


def test_an_address_that_looks_like_a_name_is_not_taken_as_one(client: Client, acme: Shop) -> None:
    person = account(acme, email="root")
    sign_in(client, "root")
    assert shadow(person.id).username == f"platform:{person.id}"


class TestAfterwards:
    def test_an_account_that_goes_is_signed_out_and_loses_everything(
        self, client: Client, acme: Shop
    ) -> None:
        person = account(acme, role="super_admin")
        sign_in(client, person.email)
        assert is_signed_in(client)
        person.delete()
        assert not is_signed_in(client)
        assert not shadow(person.id).is_superuser
        assert roles(shadow(person.id)) == set()

    def test_a_new_role_is_felt_at_the_next_page(
        self, client: Client, acme: Shop, globex: Shop
    ) -> None:
        person = account(acme, role="super_admin")
        sign_in(client, person.email)
        assert globex.module in client.get(MODULES).content.decode()
        person.change(role="member")
        assert globex.module not in client.get(MODULES).content.decode()
        assert roles(shadow(person.id)) == {(acme.org.id, "viewer")}

    def test_a_new_organization_takes_the_place_of_all_others(
        self, client: Client, acme: Shop, globex: Shop
    ) -> None:
        person = account(acme)
        sign_in(client, person.email)
        person.change(org_id=globex.org.id)
        body = client.get(MODULES).content.decode()
        assert globex.module in body
        assert acme.module not in body
        assert roles(shadow(person.id)) == {(globex.org.id, "admin")}

    def test_another_password_ends_the_sessions(self, client: Client, acme: Shop) -> None:
        person = account(acme)
        sign_in(client, person.email)
        person.change(password=hashed("another one"))
        other = Client()
        sign_in(other, person.email, "another one")
        assert is_signed_in(other)
        assert not is_signed_in(client)

    def test_what_a_superuser_gave_besides_holds_until_the_role_changes(
        self, client: Client, acme: Shop, globex: Shop
    ) -> None:
        person = account(acme)
        sign_in(client, person.email)
        member(shadow(person.id), globex, "operator")
        assert globex.module in client.get(MODULES).content.decode()
        person.change(role="member")
        assert globex.module not in client.get(MODULES).content.decode()

    def test_a_user_who_was_deactivated_here_stays_out(self, client: Client, acme: Shop) -> None:
        person = account(acme)
        sign_in(client, person.email)
        User.objects.filter(pk=shadow(person.id).pk).update(is_active=False)
        assert not is_signed_in(client)
        sign_in(client, person.email)
        assert not is_signed_in(client)

    def test_a_user_who_was_deleted_here_is_made_anew(
        self, client: Client, superuser: Client, acme: Shop
    ) -> None:
        person = account(acme)
        sign_in(client, person.email)
        path = f"/admin/auth/user/{shadow(person.id).pk}/delete/"
        assert superuser.get(path).status_code == 200
        assert superuser.post(path, {"post": "yes"}).status_code == 302
        assert not is_signed_in(client)
        sign_in(client, person.email)
        assert roles(shadow(person.id)) == {(acme.org.id, "admin")}

    def test_their_password_is_not_ours_to_set(
        self, client: Client, superuser: Client, acme: Shop
    ) -> None:
        person = account(acme)
        sign_in(client, person.email)
        user = shadow(person.id)
        new = {"password1": "a long new one 1", "password2": "a long new one 1"}
        path = f"/admin/auth/user/{user.pk}/"
        assert superuser.post(f"{path}password/", new).status_code == 403
        assert client.get("/admin/password_change/").status_code == 403
        superuser.post(f"{path}change/", {"is_superuser": "on", "is_active": "on"})
        assert not shadow(person.id).is_superuser


class TestThrottle:
    def test_after_five_attempts_even_the_right_password_has_to_wait(
        self, client: Client, acme: Shop
    ) -> None:
        person = account(acme)
        for _ in range(throttle.PER_PAIR):
            assert "These do not fit" in sign_in(client, person.email, "x").content.decode()
        assert "Too many attempts" in sign_in(client, person.email).content.decode()
        assert not is_signed_in(client)
        sign_in(client, person.email, address="192.0.2.2")
        assert is_signed_in(client)

    def test_an_unknown_account_is_counted_alike(self, client: Client, acme: Shop) -> None:
        for _ in range(throttle.PER_PAIR):
            sign_in(client, "nobody@example.com", "x")
        assert "Too many attempts" in sign_in(client, "nobody@example.com").content.decode()

    def test_success_forgets_what_was_counted(self, client: Client, acme: Shop) -> None:
        person = account(acme)
        for _ in range(3):
            for _ in range(throttle.PER_PAIR - 1):
                sign_in(client, person.email, "x")
            assert sign_in(client, person.email).status_code == 302

    def test_an_address_that_tries_many_accounts_is_stopped_and_leaves_few_rows(
        self, acme: Shop
    ) -> None:
        tried = [throttle.admit(f"{n}@example.com", "2001:db8::1") for n in range(100)]
        assert tried == [True] * throttle.PER_ADDRESS + [False] * (100 - throttle.PER_ADDRESS)
        assert not throttle.admit("one@example.com", "2001:db8::ffff")
        assert throttle.admit("one@example.com", "2001:db8:0:1::1")
        assert SignInAttempts.objects.count() <= 2 * throttle.PER_ADDRESS + 5

    def test_many_addresses_together_are_stopped_at_one_account(self, acme: Shop) -> None:
        tried = [throttle.admit("pat@example.com", f"198.51.100.{n}") for n in range(120)]
        assert tried == [True] * throttle.PER_ACCOUNT + [False] * (120 - throttle.PER_ACCOUNT)


def test_signing_in_changes_the_sessions_key_and_signing_out_is_a_post(
    client: Client, acme: Shop
) -> None:
    client.get("/admin/login/")
    person = account(acme)
    sign_in(client, person.email)
    first = client.session.session_key
    assert client.get("/admin/logout/").status_code == 405
    assert is_signed_in(client)
    client.post("/admin/logout/")
    assert not is_signed_in(client)
    sign_in(client, person.email)
    assert client.session.session_key != first


@pytest.mark.parametrize(
    "then", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"]
)
def test_nobody_is_sent_elsewhere_after_signing_in(client: Client, acme: Shop, then: str) -> None:
    person = account(acme)
    fields = {"username": person.email, "password": PASSWORD, "next": then}
    assert client.post("/admin/login/", fields)["location"] == "/admin/"
