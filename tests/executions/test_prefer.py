"""The Prefer header (RFC 7240) as a number of seconds to wait."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executions.prefer import wait_seconds
from tests.executions.conftest import Tenants


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("", 50),
        ("respond-async", 0),
        ("Respond-Async", 0),
        ("  respond-async ", 0),
        ("wait=5", 5),
        ("WAIT=5", 5),
        ("wait = 5", 5),
        ('wait="5"', 5),
        ("wait=0", 0),
        ("wait=50", 50),
        ("wait=51", 50),
        ("wait=999999", 50),
        ("respond-async, wait=10", 10),
        ("wait=10, respond-async", 10),
        ("return=minimal, wait=10", 10),
        ("wait=10; foo=bar", 10),
        ("handling=lenient", 50),
        ("respond-asynchronously", 50),
        ("wait", 50),
        ("wait=", 50),
        ("wait=soon", 50),
        ("wait=-1", 50),
        ("wait=1.5", 50),
        ("wait=1e3", 50),
        ("wait=\u0661", 50),
        ("wait=\u00b2", 50),
        ("await=5", 50),
        ("wait=5s", 50),
        (",;,=", 50),
    ],
)
def test_a_header_is_read_as_seconds(header: str, seconds: float) -> None:
    assert wait_seconds(header, most=50) == seconds


def test_the_first_wait_counts() -> None:
    assert wait_seconds("wait=3, wait=9", most=50) == 3


@given(st.text())
def test_any_header_gives_a_wait_within_the_limit(header: str) -> None:
    assert 0 <= wait_seconds(header, most=50) <= 50


@given(st.integers(min_value=0, max_value=10**12))
def test_no_number_waits_longer_than_the_limit(seconds: int) -> None:
    assert wait_seconds(f"wait={seconds}", most=2.5) <= 2.5


def test_several_prefer_headers_are_read_as_one(tenants: Tenants) -> None:
    headers = [
        ("X-API-Key", tenants.acme.key),
        ("Prefer", "return=minimal"),
        ("Prefer", "respond-async"),
    ]
    body = tenants.body(input_data={"sleep_s": 1})
    response = tenants.live.http.post("/execute", json=body, headers=headers)
    assert response.status_code == 202, response.text
