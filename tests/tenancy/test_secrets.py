"""Secrets of organizations: sealed for one organization and name, rotated, told to nobody else."""

import base64
import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from executions.models import SigningSecret
from modules.models import ModuleWebhook
from platform_agents.tenancy import secrets
from platform_agents.tenancy.models import Secret
from platform_agents.tenancy.secrets_sealing import CannotUnseal, seal, unseal
from tests import factories
from tests.factories import Org
from tests.tenancy.conftest import EVERY_ROW

OLD, NEW = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))


@pytest.fixture
def orgs(db: None) -> Iterator[tuple[Org, Org]]:
    with connection.cursor() as cursor:
        yield factories.organization(cursor), factories.organization(cursor, name="Globex")


def stored(org: Org, name: str, value: str) -> Secret:
    secret = Secret(org_id=org.id, name=name)
    secret.seal(value)
    secret.save()
    return secret


def fetch(query: str, params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return cursor.fetchall()


def values(org: Org, *names: str) -> dict[str, str | None]:
    found = secrets.read(fetch, [(org.id, name) for name in names])
    assert {org_id for org_id, _ in found} <= {org.id}
    return {name: value for (_, name), value in found.items()}


def rotate() -> str:
    said = io.StringIO()
    call_command("rotate_secrets", stdout=said)
    return said.getvalue()


def test_a_value_comes_back_and_stands_nowhere_in_the_row(orgs: tuple[Org, Org]) -> None:
    acme, _ = orgs
    row = stored(acme, "STRIPE_KEY", "sk-very-secret-ü")
    assert values(acme, "STRIPE_KEY", "NO_SUCH") == {"STRIPE_KEY": "sk-very-secret-ü"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT s::text FROM tenancy_secret s WHERE id = %s", [row.pk])
        [text] = cursor.fetchone()
    assert "sk-very" not in text
    assert b"sk-very".hex() not in text


def test_the_same_value_twice_is_two_ciphertexts(orgs: tuple[Org, Org]) -> None:
    acme, _ = orgs
    assert stored(acme, "A", "same value").box != stored(acme, "B", "same value").box


def test_the_other_organization_reads_its_own_of_the_same_name(orgs: tuple[Org, Org]) -> None:
    acme, globex = orgs
    stored(acme, "KEY", "of acme")
    assert values(globex, "KEY") == {}
    stored(globex, "KEY", "of globex")
    assert (values(acme, "KEY"), values(globex, "KEY")) == (
        {"KEY": "of acme"},
        {"KEY": "of globex"},
    )


@pytest.mark.parametrize("what", ["organization", "name"])
def test_a_ciphertext_that_was_moved_does_not_open(orgs: tuple[Org, Org], what: str) -> None:
    acme, globex = orgs
    theirs = stored(globex, "KEY", "of globex")
    if what == "organization":
        Secret.objects.unscoped(EVERY_ROW).filter(pk=theirs.pk).update(org_id=acme.id)
        assert values(acme, "KEY") == {"KEY": None}
    else:
        Secret.objects.for_org(globex.id).filter(pk=theirs.pk).update(name="OTHER")
        assert values(globex, "OTHER") == {"OTHER": None}


def test_a_changed_ciphertext_does_not_open() -> None:
    sealed = seal("a value", org_id="a", name="N")
    for at in range(len(sealed.box)):
        box = bytearray(sealed.box)
        box[at] ^= 1
        with pytest.raises(CannotUnseal):
            unseal(type(sealed)(key_id=sealed.key_id, box=bytes(box)), org_id="a", name="N")
    with pytest.raises(CannotUnseal):
        unseal(type(sealed)(key_id=sealed.key_id, box=b""), org_id="a", name="N")


@pytest.mark.parametrize("name", ["", "lower", "1A", "A-B", "A" * 65, "A\nB", "A\n"])
def test_the_database_takes_no_other_names(orgs: tuple[Org, Org], name: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        stored(orgs[0], name, "a value")


class TestRotation:
    def test_everything_moves_to_the_first_key(self, orgs: tuple[Org, Org], settings: Any) -> None:
        settings.SECRETS_KEY = OLD
        for org in orgs:
            stored(org, "KEY", f"of {org.id}")
        settings.SECRETS_KEY = f"{NEW}, {OLD}"
        assert values(orgs[0], "KEY") == {"KEY": f"of {orgs[0].id}"}
        assert rotate() == "2 secrets are current.\n"
        settings.SECRETS_KEY = NEW
        for org in orgs:
            assert values(org, "KEY") == {"KEY": f"of {org.id}"}
        assert rotate() == "2 secrets are current.\n"

    def test_signing_secrets_of_webhooks_move_too(
        self, orgs: tuple[Org, Org], settings: Any
    ) -> None:
        settings.SECRETS_KEY = OLD
        hook = ModuleWebhook(org_id=orgs[0].id, module_id="m", url="https://a.example/")
        own = SigningSecret(org_id=orgs[0].id)
        for row in (hook, own):
            row.seal("whsec_" + "A" * 32)
            row.save()
        settings.SECRETS_KEY = f"{NEW}, {OLD}"
        assert rotate() == "2 secrets are current.\n"
        settings.SECRETS_KEY = NEW
        for row in (hook, own):
            row.refresh_from_db(from_queryset=type(row).objects.for_org(orgs[0].id))
            assert row.value() == "whsec_" + "A" * 32

    def test_a_key_that_is_gone_is_named_with_what_it_sealed(
        self, orgs: tuple[Org, Org], settings: Any
    ) -> None:
        settings.SECRETS_KEY = OLD
        stored(orgs[0], "LOST_KEY", "a value")
        settings.SECRETS_KEY = NEW
        stored(orgs[1], "KEY", "a value")
        with pytest.raises(CommandError, match="LOST_KEY of organization") as refused:
            rotate()
        assert "a value" not in str(refused.value)
        assert values(orgs[0], "LOST_KEY") == {"LOST_KEY": None}
        settings.SECRETS_KEY = f"{NEW},{OLD}"
        assert values(orgs[0], "LOST_KEY") == {"LOST_KEY": "a value"}


class TestTheKey:
    def test_production_wants_one_of_its_own(self, settings: Any) -> None:
        settings.PRODUCTION, settings.SECRETS_KEY = True, ""
        with pytest.raises(ImproperlyConfigured, match="Set SECRETS_KEY"):
            seal("a value", org_id="a", name="N")

    def test_without_it_nothing_is_readable_but_nothing_fails(
        self, orgs: tuple[Org, Org], settings: Any
    ) -> None:
        stored(orgs[0], "KEY", "a value")
        settings.PRODUCTION = True
        assert values(orgs[0], "KEY") == {"KEY": None}
        with pytest.raises(CommandError, match="Set SECRETS_KEY"):
            rotate()

    def test_development_derives_one_from_the_secret_key(self, settings: Any) -> None:
        settings.SECRETS_KEY = ""
        sealed = seal("a value", org_id="a", name="N")
        settings.SECRET_KEY = "another"
        with pytest.raises(CannotUnseal):
            unseal(sealed, org_id="a", name="N")

    @pytest.mark.parametrize("key", ["short", OLD[:-4], "ü" * 44, f"{OLD},nonsense", "!" * 44, ","])
    def test_nonsense_is_refused_with_the_way_to_make_one(self, settings: Any, key: str) -> None:
        settings.SECRETS_KEY = key
        with pytest.raises(ImproperlyConfigured, match="openssl rand -base64 32") as refused:
            seal("a value", org_id="a", name="N")
        assert OLD not in str(refused.value)
