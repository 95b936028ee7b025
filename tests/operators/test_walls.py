"""What surrounds every page: headers, cookies, the chain of middlewares, the time zone."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from tests.operators.conftest import PASSWORD, account, sign_in
from tests.processes import ROOT
from tests.tenancy.conftest import Shop, staff, text

NAMES = [
    "SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS",
]  # fmt: skip
READ = f"""
import json, platform_agents.settings
print(json.dumps({{name: getattr(platform_agents.settings, name) for name in {NAMES}}}))
"""
PRODUCTION = {
    "ENVIRONMENT": "production", "SECRET_KEY": PASSWORD * 2, "ALLOWED_HOSTS": "example.com",
    "DATABASE_URL": "postgresql://nobody@localhost/none",
}  # fmt: skip


def test_pages_say_what_a_browser_may_do(operator: Client) -> None:
    for path in ("/admin/", "/admin/login/", "/admin/no-such-page/"):
        answer = operator.get(path)
        policy = dict(part.split(" ", 1) for part in answer["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
        assert policy["script-src"] == "'self' 'unsafe-eval'"
        assert policy["style-src"] == "'self'"
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer["X-Content-Type-Options"] == "nosniff"


def test_no_page_holds_a_script_or_a_style_of_its_own(operator: Client, acme: Shop) -> None:
    for path in ("", "modules/module/", f"modules/module/{acme.module}/change/", "two-factor/"):
        body = text(operator, path)
        assert "<style" not in body
        assert "<script>" not in body
        assert "onclick=" not in body


def test_the_api_knows_no_sessions_and_no_policy_of_pages(client: Client) -> None:
    answer = client.get("/health")
    assert answer.status_code == 200
    assert "Content-Security-Policy" not in answer
    assert "Vary" not in answer
    assert not answer.cookies
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_cookies_are_for_us_alone(client: Client, acme: Shop) -> None:
    sign_in(client, account(acme).email)
    session = client.cookies["sessionid"]
    assert session["httponly"]
    assert session["samesite"] == "Lax"
    assert int(session["max-age"]) == 12 * 3600


@pytest.mark.parametrize(
    ("zone", "shown"),
    [("Asia/Tokyo", "March 2, 2026, 5 a.m."), ("", "March 1, 2026, 8 p.m."),
     ("../../etc/passwd", "March 1, 2026, 8 p.m."), ("Mars/Base", "March 1, 2026, 8 p.m.")],
)  # fmt: skip
def test_times_are_in_the_zone_of_the_cookie(
    operator: Client, acme: Shop, zone: str, shown: str
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE public.tasks SET created_at = '2026-03-01 20:00'")
    operator.cookies["zone"] = zone
    assert shown in text(operator, "executions/task/")


def test_one_zone_does_not_stay_for_the_next_request(operator: Client, client: Client) -> None:
    operator.cookies["zone"] = "Asia/Tokyo"
    assert "Times in Asia/Tokyo" in text(operator, "")
    del operator.cookies["zone"]
    assert "Times in UTC" in text(operator, "")


class TestJump:
    def find(self, client: Client, words: str) -> str:
        return text(client, "search/", s=words, extended="1")

    def test_finds_pages_modules_and_executions(self, operator: Client, acme: Shop) -> None:
        assert "/admin/modules/modulepolicy/" in self.find(operator, "policies")
        assert f"/admin/modules/module/{acme.module}/change/" in self.find(operator, "acme mod")
        assert f"moduleexecution/{acme.execution}/" in self.find(operator, acme.execution)

    def test_finds_nothing_of_others(self, operator: Client, globex: Shop) -> None:
        for words in ("Globex", globex.execution, globex.module):
            body = self.find(operator, words).replace(words, "")
            assert [mark for mark in globex.marks() if mark in body] == []

    def test_pages_of_superusers_are_not_offered_to_others(
        self, operator: Client, superuser: Client
    ) -> None:
        assert "killswitch" in self.find(superuser, "kill")
        assert "killswitch" not in self.find(operator, "kill")

    def test_what_was_found_is_not_kept(self, acme: Shop, superuser: Client) -> None:
        assert acme.module in self.find(superuser, "acme mod")
        User.objects.filter(username="root").update(is_superuser=False)
        assert acme.module not in self.find(superuser, "acme mod")


def test_a_page_says_what_to_do_when_there_is_nothing(operator: Client, acme: Shop) -> None:
    assert "Nothing matches" in text(operator, "modules/module/", q="no such module")


def test_json_of_a_page_that_is_only_read_is_json(acme: Shop) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE public.modules SET config = '{\"a\": [true, null]}'")
    body = text(staff("vera", acme=(acme, "viewer")), f"modules/module/{acme.module}/change/")
    assert "&quot;a&quot;: [\n    true,\n    null\n  ]" in body


def test_production_keeps_cookies_and_transport_tight() -> None:
    values = production_settings()
    assert values["SESSION_COOKIE_NAME"] == "__Host-session"
    assert values["SESSION_COOKIE_SECURE"] is True
    assert values["CSRF_COOKIE_SECURE"] is True
    assert values["SECURE_HSTS_SECONDS"] == 31_536_000


def production_settings() -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", READ], cwd=ROOT, env={**os.environ, **PRODUCTION},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    return found
