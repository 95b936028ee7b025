"""A pipeline through the whole product: over HTTP, in a host process, into the row."""

from typing import Any

from tests import factories
from tests.executions.conftest import Tenants

ORDERS = "city,price\nBern,10\nGraz,4\nBern,2.5\n"
PER_CITY = {
    "op": "group", "by": ["city"],
    "aggregate": {"total": {"function": "sum", "column": "price"}},
}  # fmt: skip
CHART = {"op": "chart", "kind": "bar", "x": "city", "y": "total", "format": "png"}


def _body(tenants: Tenants, *steps: dict[str, Any], **config: Any) -> dict[str, Any]:
    module = factories.module(
        tenants.live.db, org=tenants.acme, python_module="data", config=config or None
    )
    wish = {"pipeline": list(steps)} if steps else {}
    return tenants.body(module_id=module, input_data={"csv": ORDERS, **wish})


def test_a_pipeline_gives_its_table_and_its_chart(tenants: Tenants) -> None:
    answer = tenants.post(_body(tenants, PER_CITY, CHART)).json()

    assert answer["status"] == "completed", answer
    assert answer["output"]["data"] == [
        {"city": "Bern", "total": 12.5},
        {"city": "Graz", "total": 4},
    ]
    assert answer["output"]["reports"]["chart"]["data_uri"].startswith("data:image/png;base64,")


def test_the_modules_pipeline_is_used_and_its_mistakes_are_named(tenants: Tenants) -> None:
    good = tenants.post(_body(tenants, pipeline=[PER_CITY])).json()
    assert good["output"]["rows"] == 2

    wrong = {**PER_CITY, "by": ["town"]}
    bad = tenants.post(_body(tenants, pipeline=[wrong])).json()
    assert bad["status"] == "failed"
    assert "config.pipeline.0.by.0 (group): there is no column 'town'" in bad["error"]


def test_a_pipeline_that_cannot_be_is_refused_before_anything_is_stored(tenants: Tenants) -> None:
    body = _body(tenants, PER_CITY, {"op": "chart", "kind": "pie", "x": "city"})
    error = tenants.refused(body, 400, "invalid_input")
    assert "input_data.pipeline.1.kind" in error["errors"]
