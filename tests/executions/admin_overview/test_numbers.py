"""Every number of the first page is the number of rows in the list that it leads to."""

import html
import re
from collections.abc import Iterator

from django.db import connection
from django.test import Client

from tests import factories
from tests.executions.admin_overview.conftest import ended, execute, page, queued, worker
from tests.tenancy.conftest import Shop

_ROW = re.compile(r'<tr data-id="([^"]+)"')
_OLDER = re.compile(r'<a href="([^"]*)" rel="next"')
_LIST = "/admin/executions/moduleexecution/"
_OUTCOMES = ("completed", "failed", "timed_out", "cancelled", "lost")


def rows(client: Client, address: str) -> int:
    """How many there are on all pages of the list."""
    found: list[str] = []
    while True:
        response = client.get(address)
        assert response.status_code == 200, address
        body = response.content.decode()
        found += _ROW.findall(body)
        older = _OLDER.search(body)
        if older is None:
            assert len(found) == len(set(found))
            return len(found)
        address = _LIST + html.unescape(older[1])


def numbers(body: str) -> Iterator[tuple[str, str, int]]:
    """What the page calls it, where it leads, and the number that it says."""
    for link, title, value, note in re.findall(
        r'<li class="po-card">\s*<a href="([^"]+)">\s*<span class="po-title">(.*?)</span>\s*'
        r'<span class="po-value">(.*?)</span>\s*<span class="po-note">(.*?)</span>', body
    ):  # fmt: skip
        if title in {"Runs", "Success", "Waiting"}:
            yield title, link, int((note if title == "Success" else value).split()[0])
    for link, inside in re.findall(r'<li><a href="([^"]+)">(.*?)</a></li>', body, re.DOTALL):
        if said := re.search(r"(\w[\w ]*) <strong>(\d+)</strong>", inside):
            yield said[1], link, int(said[2])
    for link, hour, cells in re.findall(
        r'<th scope="row"><a class="text-link" href="([^"]+)"><time[^>]*>(.*?)</time></a></th>'
        r'((?:<td class="po-number">\d+</td>)+)', body
    ):  # fmt: skip
        yield hour, link, sum(map(int, re.findall(r">(\d+)<", cells)))
    for link, value in re.findall(
        r'<td class="po-number"><a class="text-link" href="([^"]+)">(\d+)</a></td>', body
    ):
        yield "a table", link, int(value)


def test_every_number_is_that_of_the_list_behind_it(
    operator: Client, superuser: Client, acme: Shop, globex: Shop
) -> None:
    worker()
    execute("DELETE FROM executions_run")  # of the gateway there is no row with them
    for shop in (acme, globex):
        with connection.cursor() as cursor:
            other = factories.module(cursor, org=shop.org, name=f"{shop.name} other")
        for number, outcome in enumerate(_OUTCOMES, start=1):
            for minute in range(number):
                ended(shop.org, shop.module, outcome, minutes_ago=1 + 100 * minute)
                ended(shop.org, other, outcome, minutes_ago=2 + 90 * minute)
        for _ in range(60):  # more than a page
            ended(shop.org, other, minutes_ago=3)
        early = ended(shop.org, shop.module, "failed", minutes_ago=5)  # waited for two days
        late = ended(shop.org, shop.module, "failed", minutes_ago=30 * 60)
        execute(
            "UPDATE executions_run SET queued_at = now() - interval '2 days' "
            "WHERE execution_id IN (%s, %s)", early, late,
        )  # fmt: skip
        queued(shop.org, other, minutes=3)
        execute(
            "UPDATE executions_run SET state = 'running', lease_until = now() + interval '1 h' "
            "WHERE execution_id = %s", queued(shop.org, other),
        )  # fmt: skip
    for client in (operator, superuser):
        found = list(numbers(page(client, "")))
        assert {"Runs", "Success", "Waiting", "Failed", "Cancelled", "a table"} <= {
            title for title, _, _ in found
        }
        assert len(found) > 3 + 5 + 24 + 4
        for title, link, number in found:
            assert rows(client, html.unescape(link)) == number, (title, link)
        assert sum(number for _, _, number in found) > 0
