"""The rows and people of the admin's tests, and accounts of the platform that can sign in."""

import uuid
from dataclasses import dataclass

import bcrypt
import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from tests.tenancy.conftest import Shop, acme, globex, operator, superuser  # noqa: F401 (fixtures)

PASSWORD = "correct horse battery staple"


@dataclass(frozen=True, kw_only=True)
class Account:
    """A row of the gateway's `users`, with a password that is known here."""

    id: str
    email: str

    def change(self, **columns: str) -> None:
        names = ", ".join(f"{name} = %s" for name in columns)
        with connection.cursor() as cursor:
            values = [*columns.values(), self.id]
            cursor.execute(f"UPDATE public.users SET {names} WHERE id = %s", values)

    def delete(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM public.tasks WHERE user_id = %s", [self.id])
            cursor.execute("DELETE FROM public.users WHERE id = %s", [self.id])


def hashed(password: str, prefix: str = "$2b") -> str:
    """As the gateway stores it; the lowest cost, because tests are many."""
    return prefix + bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(4)).decode()[3:]


def account(shop: Shop, *, role: str = "admin", email: str = "", password: str = "") -> Account:
    made = Account(id=uuid.uuid4().hex, email=email or f"{uuid.uuid4().hex}@example.com")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO public.users (id, name, email, password, role, org_id) "
            "VALUES (%s, 'Pat Person', %s, %s, %s, %s)",
            [made.id, made.email, password or hashed(PASSWORD), role, shop.org.id],
        )
    return made


def sign_in(
    client: Client, username: str, password: str = PASSWORD, *, address: str = "192.0.2.1"
) -> HttpResponse:
    fields = {"username": username, "password": password}
    response: HttpResponse = client.post("/admin/login/", fields, REMOTE_ADDR=address)
    return response


def is_signed_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


@pytest.fixture(autouse=True)
def _database(db: None) -> None:
    """Every test here reads and writes through Django."""
