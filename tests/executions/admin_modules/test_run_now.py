"""Run now: a form of the agent's input, what it begins with, and what comes of it."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from executions.models import ModuleExecution, Run
from modules.models import Module
from platform_agents.schema_forms.masking import MASK
from platform_agents.tenancy.audit import AuditEntry
from tests.executions.admin_modules.conftest import ended, give_input, module, new_module, page
from tests.tenancy.conftest import Shop, staff


def run(client: Client, shop: Shop, module_id: str = "", **sent: Any) -> Any:
    """What the form sends; raw: the input as JSON."""
    raw = sent.pop("raw", None)
    if raw is not None:
        sent |= {"input_data.__as": "json", "input_data.__json": raw}
    return client.post(page(shop, "run", module_id), sent)


def runs(shop: Shop, module_id: str = "") -> list[Run]:
    rows = Run.objects.for_org(shop.org.id).filter(module_id=module_id or shop.module)
    return list(rows.exclude(execution_id=shop.run).order_by("queued_at", "execution_id"))


def given(execution_id: str, shop: Shop) -> Any:
    return ModuleExecution.objects.for_org(shop.org.id).get(pk=execution_id).input


def body(client: Client, shop: Shop, module_id: str = "", **query: str) -> str:
    response = client.get(page(shop, "run", module_id), query)
    assert response.status_code == 200
    return response.content.decode()


def test_it_submits_and_goes_to_the_execution(operator: Client, acme: Shop) -> None:
    response = run(operator, acme, **{"input_data.sleep_s": "0.5"})
    [made] = runs(acme)
    assert response["location"] == f"/admin/executions/moduleexecution/{made.execution_id}/change/"
    assert (made.origin, made.requested_by, made.retry_of) == ("admin", "user:ann", None)
    assert given(made.execution_id, acme) == {"sleep_s": 0.5}
    entry = AuditEntry.objects.for_org(acme.org.id).get(object_id=made.execution_id)
    assert (entry.verb, entry.by) == ("execution.started", "ann")


def test_json_is_taken_as_it_is(operator: Client, acme: Shop) -> None:
    run(operator, acme, raw='{"any": ["thing", null]}')
    assert given(runs(acme)[0].execution_id, acme) == {"any": ["thing", None]}


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"input_data.sleep_s": "-1"}, "greater than or equal to 0"),
        ({"input_data.sleep_s": "soon"}, "soon"),
        ({"raw": "{"}, "This is not JSON"),
        ({"raw": "[1]"}, "input_data"),
        ({"raw": '{"a": "\\u0000"}'}, "input_data"),
        ({"raw": f'{{"token": "{MASK}"}}'}, "no secret was before"),
    ],
)
def test_what_is_wrong_is_said_and_leaves_nothing_behind(
    operator: Client, acme: Shop, sent: dict[str, str], says: str
) -> None:
    response = run(operator, acme, **sent)
    assert response.status_code == 200
    assert says in response.content.decode()
    assert runs(acme) == []
    assert not AuditEntry.objects.for_org(acme.org.id).exists()


def test_an_inactive_module_is_not_run(operator: Client, acme: Shop) -> None:
    Module.objects.for_org(acme.org.id).filter(pk=acme.module).update(status="inactive")
    assert "not active" in run(operator, acme, raw="{}").content.decode()
    assert runs(acme) == []


def test_an_unknown_agent_is_said_on_the_modules_page(operator: Client, acme: Shop) -> None:
    gone = new_module(acme, python_module="gone_agent")
    response = operator.get(page(acme, "run", gone), follow=True)
    assert "is not installed here" in response.content.decode()


class TestBeginning:
    def test_with_the_input_of_the_last_run(self, operator: Client, acme: Shop) -> None:
        last = ended(acme, acme.module)
        give_input(last, '{"sleep_s": 0.25}')
        said = body(operator, acme)
        assert 'value="0.25"' in said
        assert last in said
        run(operator, acme, begun_with=last)
        [_, made] = runs(acme)
        assert given(made.execution_id, acme) == {"sleep_s": 0.25}
        assert made.retry_of is None

    def test_secrets_in_an_input_are_hidden_and_kept(self, operator: Client, acme: Shop) -> None:
        last = ended(acme, acme.module)
        give_input(last, '{"api_key": "hush-hush"}')
        assert "hush" not in body(operator, acme)
        shown = run(operator, acme, begun_with=last, **{"input_data.__show": "json"})
        assert "hush" not in shown.content.decode()
        run(operator, acme, begun_with=last, raw=f'{{"api_key": "{MASK}", "b": 1}}')
        assert given(runs(acme)[-1].execution_id, acme) == {"api_key": "hush-hush", "b": 1}

    def test_with_a_given_execution_it_is_a_retry(self, operator: Client, acme: Shop) -> None:
        earlier = ended(acme, acme.module, "failed")
        give_input(earlier, '{"sleep_s": 0.25}')
        ended(acme, acme.module)
        said = operator.get(page(acme, "run"), {"from": earlier}).content.decode()
        assert 'value="0.25"' in said
        assert "Run again" in said
        run(operator, acme, begun_with=earlier, again="1", **{"input_data.sleep_s": "0.5"})
        made = runs(acme)[-1]
        assert (made.retry_of, made.origin, made.requested_by) == (earlier, "retry", "user:ann")
        assert given(made.execution_id, acme) == {"sleep_s": 0.5}

    def test_the_config_of_then_needs_a_version(self, operator: Client, acme: Shop) -> None:
        earlier = ended(acme, acme.module)
        response = run(operator, acme, begun_with=earlier, again="1", config="same", raw="{}")
        assert "not known which version" in response.content.decode()

    def test_anothers_execution_is_as_a_missing_one(
        self, operator: Client, acme: Shop, globex: Shop
    ) -> None:
        foreign = ended(globex, globex.module)
        give_input(foreign, '{"sleep_s": 0.125, "note": "hush-hush"}')
        answers = [
            operator.get(page(acme, "run"), {"from": one}).content.decode()
            for one in (foreign, "no-such-execution")
        ]
        for said in answers:
            assert "not one of this module" in said
            assert "0.125" not in said
        run(operator, acme, begun_with=foreign, again="1")
        assert (runs(acme)[-1].retry_of, given(runs(acme)[-1].execution_id, acme)) == (None, {})

    def test_one_that_has_not_finished_is_not_run_again(self, operator: Client, acme: Shop) -> None:
        response = run(operator, acme, begun_with=acme.execution, again="1", raw="{}")
        assert "has not finished" in response.content.decode()
        assert runs(acme) == []

    def test_a_large_input_is_used_and_not_shown(self, operator: Client, acme: Shop) -> None:
        earlier = ended(acme, acme.module)
        give_input(earlier, json.dumps({"text": "x" * 200_000}))
        said = body(operator, acme, **{"from": earlier})
        assert "too large to be shown" in said
        assert len(said) < 150_000
        run(operator, acme, begun_with=earlier, again="1", **{"input_data.__as": "form"})
        assert len(given(runs(acme)[-1].execution_id, acme)["text"]) == 200_000


class TestFiles:
    def file(self, name: str, content: bytes) -> SimpleUploadedFile:
        return SimpleUploadedFile(name, content)

    @pytest.fixture
    def tables(self, acme: Shop) -> str:
        return new_module(acme, python_module="data", config={})

    @pytest.mark.parametrize(
        ("name", "content", "expected"),
        [
            ("a.CSV", "\ufeffa,b\n1,ü\n".encode(), {"csv": "a,b\n1,ü\n"}),
            ("a.json", b'[{"a": 1}]', {"data": [{"a": 1}]}),
        ],
    )
    def test_it_becomes_the_data(
        self, operator: Client, acme: Shop, tables: str, name: str, content: bytes, expected: Any
    ) -> None:
        raw = '{"operation": "summary", "records": [{"x": 1}]}'
        run(operator, acme, tables, raw=raw, file=self.file(name, content))
        [made] = runs(acme, tables)
        assert given(made.execution_id, acme) == {"operation": "summary", **expected}

    @pytest.mark.parametrize(
        ("name", "content", "says"),
        [
            ("a.xlsx", b"a", "ends with .csv"),
            ("a", b"a", "ends with .csv"),
            ("a.csv", b"a,\xff\xfe", "no UTF-8"),
            ("a.csv", b"a\x00b", "NUL"),
            ("a.json", b"{", "not valid JSON"),
            ("a.csv", b"a" * 6_000_000, "at most"),
        ],
    )
    def test_what_cannot_be_used_is_said(
        self, operator: Client, acme: Shop, tables: str, name: str, content: bytes, says: str
    ) -> None:
        response = run(operator, acme, tables, raw="{}", file=self.file(name, content))
        assert response.status_code == 200
        assert says in response.content.decode()
        assert runs(acme, tables) == []

    def test_agents_that_take_none_do_not_ask(
        self, operator: Client, acme: Shop, tables: str
    ) -> None:
        assert 'type="file"' in body(operator, acme, tables)
        assert 'type="file"' not in body(operator, acme)


def test_a_viewer_runs_nothing(acme: Shop, globex: Shop) -> None:
    viewer = staff("vera", acme=(acme, "viewer"))
    assert viewer.get(page(acme, "run")).status_code == 403
    assert run(viewer, acme, raw="{}").status_code == 403
    assert runs(acme) == []


def test_anothers_module_is_a_missing_one(operator: Client, acme: Shop, globex: Shop) -> None:
    for module_id in (globex.module, "no-such-module"):
        response = run(operator, acme, module_id, raw="{}")
        assert (response.status_code, response["location"]) == (302, "/admin/")
    assert runs(globex) == []
    assert module(globex).name == "Globex module"
