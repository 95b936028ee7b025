"""Operators of the admin with a session, made as a person gets one: by signing in."""

from dataclasses import dataclass
from typing import Any

import httpx
from django.contrib.auth.hashers import make_password

from tests.factories import Org
from tests.live import Live

_PASSWORD = "secret"


@dataclass(frozen=True, kw_only=True)
class Operator:
    id: int
    cookie: str
    origin: str

    @property
    def headers(self) -> dict[str, str]:
        """Of a WebSocket that a page of the admin opens."""
        return {"Cookie": self.cookie, "Origin": self.origin}


def operator(live: Live, name: str, *, superuser: bool = False, **roles: Org) -> Operator:
    """roles: the organizations they operate, by role."""
    [row] = live.db.execute(
        "INSERT INTO auth_user (username, password, is_superuser, is_staff, is_active, first_name,"
        " last_name, email, date_joined) VALUES (%s, %s, %s, true, true, '', '', '', now())"
        " RETURNING id",
        [name, make_password(_PASSWORD), superuser],
    ).fetchall()
    for role, org in roles.items():
        live.db.execute(
            "INSERT INTO tenancy_membership (user_id, org_id, role, created_at)"
            " VALUES (%s, %s, %s, now())",
            [row[0], org.id, role],
        )
    return Operator(id=row[0], cookie=sign_in(live, name, _PASSWORD), origin=live.web.url)


def sign_in(live: Live, name: str, password: str) -> str:
    """The session's cookie."""
    with httpx.Client(base_url=live.web.url, timeout=30) as browser:
        browser.get("/admin/login/")
        form: dict[str, Any] = {
            "username": name,
            "password": password,
            "csrfmiddlewaretoken": browser.cookies["csrftoken"],
        }
        assert browser.post("/admin/login/?next=/health", data=form).status_code == 302
        return f"sessionid={browser.cookies['sessionid']}"
