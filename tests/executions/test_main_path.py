"""The whole path with real processes: web server, `manage.py qcluster`, hosts, PostgreSQL."""

from tests import factories
from tests.live import Live


def test_echo_comes_back(live: Live) -> None:
    org = factories.organization(live.db)
    factories.module(live.db, org=org, python_module="echo")

    response = live.execute(org, "echo", {"hello": "world"})

    assert response.status_code == 200, response.text
    assert response.json()["status"] == "completed"
    assert response.json()["output"] == {"hello": "world"}
    assert response.json()["error"] is None
