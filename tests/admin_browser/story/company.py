"""A customer of the platform: a company with modules, a day that they had, and an operator."""

import uuid
from dataclasses import dataclass
from typing import Any

import bcrypt

from tests import factories
from tests.admin_browser.story.history import Habit, live_through_a_day
from tests.admin_browser.story.model import MODEL
from tests.executions.feeds.operators import sign_in
from tests.factories import Org
from tests.live import Live

PASSWORD = "correct horse battery staple"
CONTRACT = """\
Brenner Dairy delivers milk, cream and butter to all kitchens of the company, on every weekday
before six in the morning, at the quantities that each kitchen orders until noon of the day before.
What is not fresh is taken back and credited with the next invoice.

The prices of the attached list hold until the end of December. After that they follow the index of
the dairy association, by at most three percent in a quarter, and are announced four weeks before
they apply. Invoices are sent on the first of a month and due within thirty days.

The contract begins on the first of March and runs for two years. Either side may end it with three
months' notice, and at once when the other does not pay or does not deliver for a week. Changes are
made in writing. The courts of the buyer's seat decide.
"""
SALES = [
    {"city": city, "product": product, "revenue": revenue}
    for city, products in {
        "Hamburg": {"Bread": 4210, "Cakes": 2870}, "Bremen": {"Bread": 3180, "Cakes": 1430},
        "Kiel": {"Bread": 2260, "Cakes": 1990}, "Lübeck": {"Bread": 1740, "Cakes": 820},
    }.items()
    for product, revenue in products.items()
]  # fmt: skip
_BY_CITY = [
    {"op": "group", "by": ["city"], "aggregate": {
        "revenue": {"function": "sum", "column": "revenue"}, "lines": {"function": "count"}}},
    {"op": "sort", "by": [{"column": "revenue", "order": "desc"}]},
    {"op": "chart", "kind": "bar", "x": "city", "y": "revenue", "title": "Revenue by city"},
]  # fmt: skip
_REMINDERS = [
    {"id": "late", "uses": "set", "with": {"orders": "${{ input.orders[?days_late > `7`] }}"},
     "output": "${{ result.orders }}"},
    {"id": "ask", "uses": "approval", "needs": ["late"], "with": {
        "title": "Remind ${{ length(steps.late.output) }} customers of their orders?",
        "message": "${{ join(', ', steps.late.output[].customer) }}"}},
    {"id": "tell", "uses": "notify", "needs": ["ask"], "with": {"message": "Reminders are sent."}},
]  # fmt: skip
_ORDERS = [
    {"customer": "Café Alster", "days_late": 9}, {"customer": "Hotel Förde", "days_late": 14},
    {"customer": "Markthalle Nord", "days_late": 2},
]  # fmt: skip
_PRICES_ERROR = (
    "The price list has no column 'net_price'; it has article, price and unit. Ask the supplier, "
    "or rename the column in the module's pipeline."
)


@dataclass(frozen=True, kw_only=True)
class Company:
    """contracts: the module that the story is about. report: an execution with a chart."""

    org: Org
    email: str
    contracts: str
    report: str


def founded(live: Live, *, name: str, email: str) -> Company:
    org = factories.organization(live.db, name=name)
    summaries = {
        "operation": "summarize", "length": "medium", "model": MODEL, "stream": True,
        "part_tokens": 130, "parallel": 1, "base_url": live.openai.base_url,
    }  # fmt: skip
    modules = {
        title: factories.module(
            live.db, org=org, name=title, category=category, python_module=agent, config=config
        )
        for title, category, agent, config in (
            ("Complaint sorting", "Service", "nlp",
             {"operation": "classify", "labels": ["delivery", "quality", "invoice", "praise"],
              "model": MODEL, "base_url": live.openai.base_url}),
            ("Contract summaries", "Purchasing", "nlp_processor", summaries),
            ("Order reminders", "Sales", "automation", {"steps": _REMINDERS}),
            ("Supplier prices", "Purchasing", "data_processor", {"operation": "clean"}),
            ("Weekly sales", "Reporting", "data", {"pipeline": _BY_CITY}),
        )
    }  # fmt: skip
    _days(live, org, modules)
    live.execute(org, modules["Order reminders"], {"orders": _ORDERS}, prefer="respond-async")
    report = live.execute(org, modules["Weekly sales"], {"records": SALES})
    assert report.json()["status"] == "completed", report.text
    _operator(live, org, email)
    return Company(
        org=org, email=email, contracts=modules["Contract summaries"],
        report=report.json()["execution_id"],
    )  # fmt: skip


def _days(live: Live, org: Org, modules: dict[str, str]) -> None:
    def habit(title: str, agent: str, **how: Any) -> Habit:
        return Habit(module=modules[title], agent=agent, **how)

    live_through_a_day(live.db, org, [
        habit("Complaint sorting", "nlp", busy=14, seconds=1.1, cost=0.0004,
              error="The model did not answer within 20 s. It is tried again by itself."),
        habit("Contract summaries", "nlp", busy=3, seconds=9, cost=0.0031,
              error="The model refused: the text may be confidential.",
              given={"text": "Weser Mills delivers flour and meal to the bakery every Monday."}),
        habit("Order reminders", "automation", busy=2, seconds=3),
        habit("Supplier prices", "data", busy=2, seconds=0.4, fails=0.35, error=_PRICES_ERROR),
        habit("Weekly sales", "data", busy=5, seconds=0.7),
    ])  # fmt: skip


def _operator(live: Live, org: Org, email: str) -> None:
    """An account of the platform, a member; a superuser has made it an operator since."""
    stored = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    live.db.execute(
        "INSERT INTO public.users (id, name, email, password, role, org_id) "
        "VALUES (%s, %s, %s, %s, 'member', %s)",
        [uuid.uuid4().hex, email.partition(".")[0].title(), email, stored, org.id],
    )
    sign_in(live, email, PASSWORD)
    live.db.execute("UPDATE tenancy_membership SET role = 'operator' WHERE org_id = %s", [org.id])
