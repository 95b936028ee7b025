"""`take.sql` against a model of a bucket, and two processes that take from one at once."""

import subprocess
import sys
import time
import uuid
from dataclasses import dataclass
from typing import Any

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import databases
from tests.processes import ROOT

Db = psycopg.Connection[Any]
TAKE = """SELECT bucket, granted, wait_s, rate, burst
FROM tenancy_take(%s, %s::text[], %s::float8[], %s::float8[], %s::float8, %s::float8[])"""
RATES = st.floats(0.05, 2)


@dataclass
class Model:
    """Between low and high tokens: the clock goes on while we look at it."""

    rate: float | None
    burst: float
    low: float
    high: float

    def pass_(self, at_least_s: float, at_most_s: float) -> None:
        if self.rate is not None:
            self.low = min(self.burst, self.low + self.rate * at_least_s)
            self.high = min(self.burst, self.high + self.rate * at_most_s)

    def surely_has(self, need: float) -> bool:
        return self.rate is None or self.low >= min(need, self.burst)

    def surely_lacks(self, need: float) -> bool:
        return self.rate is not None and self.high < min(need, self.burst)


def take(db: Db, models: dict[str, Model], *, need: float, want: float) -> dict[str, Any]:
    rows = db.execute(
        TAKE,
        [
            "nobody", list(models), [m.rate for m in models.values()],
            [m.burst for m in models.values()], need, [want] * len(models),
        ],
    )  # fmt: skip
    return {row[0]: row[1:] for row in rows}


def later(db: Db, seconds: float) -> None:
    db.execute(
        "UPDATE tenancy_bucket SET filled_at = filled_at - make_interval(secs => %s)", [seconds]
    )


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    shapes=st.lists(st.tuples(RATES | st.none(), st.integers(1, 20)), min_size=1, max_size=3),
    steps=st.lists(
        st.tuples(st.floats(0, 20), st.integers(1, 25), st.floats(0, 30)), min_size=1, max_size=12
    ),
)
def test_it_grants_what_a_model_of_the_bucket_has_and_all_or_nothing(
    queue: Db, shapes: list[tuple[float | None, int]], steps: list[tuple[float, int, float]]
) -> None:
    models = {
        f"model:{uuid.uuid4().hex}": Model(rate, float(burst), burst, burst)
        for rate, burst in shapes
    }
    looked = time.monotonic()
    for passes_s, need, want in steps:
        later(queue, passes_s)
        rows = take(queue, models, need=need, want=want)
        now = time.monotonic()
        for model in models.values():
            model.pass_(passes_s, passes_s + now - looked)
        looked = now
        granted = {row[0] > 0 for row in rows.values()}
        assert len(granted) == 1, "from all, or from none"
        if all(model.surely_has(need) for model in models.values()):
            assert granted == {True}
        if any(model.surely_lacks(need) for model in models.values()):
            assert granted == {False}
        for name, (got, wait_s, rate, _) in rows.items():
            model = models[name]
            assert rate == model.rate
            if granted == {False}:
                assert model.surely_has(need) or wait_s > 0 or not model.surely_lacks(need)
            elif rate is not None:
                assert need <= got <= max(need, min(want, rate / 4))
                model.low, model.high = model.low - got, model.high - got


def test_after_the_seconds_that_it_names_it_grants_and_not_before(queue: Db) -> None:
    models = {f"wait:{uuid.uuid4().hex}": Model(0.01, 5, 5, 5)}
    [(granted, *_)] = take(queue, models, need=5, want=0).values()
    assert granted == 5
    [(granted, wait_s, *_)] = take(queue, models, need=3, want=0).values()
    assert granted == 0
    assert 290 < wait_s <= 300
    later(queue, wait_s - 10)
    assert {row[0] for row in take(queue, models, need=3, want=0).values()} == {0}
    later(queue, 10)
    assert {row[0] for row in take(queue, models, need=3, want=0).values()} == {3}


def test_a_batch_larger_than_the_bucket_needs_a_full_one_and_leaves_it_in_debt(queue: Db) -> None:
    models = {f"debt:{uuid.uuid4().hex}": Model(0.01, 10, 10, 10)}
    assert {row[0] for row in take(queue, models, need=25, want=0).values()} == {25}
    [(granted, wait_s, *_)] = take(queue, models, need=1, want=0).values()
    assert granted == 0
    assert 1590 < wait_s <= 1600
    later(queue, 1600)
    assert {row[0] for row in take(queue, models, need=1, want=0).values()} == {1}


def test_a_lost_table_fills_all_buckets(queue: Db) -> None:
    models = {f"lost:{uuid.uuid4().hex}": Model(0.01, 3, 3, 3)}
    assert {row[0] for row in take(queue, models, need=3, want=0).values()} == {3}
    queue.execute("TRUNCATE tenancy_bucket")
    assert {row[0] for row in take(queue, models, need=3, want=0).values()} == {3}


def test_processes_together_never_get_more_than_the_bucket_holds(
    queue: Db, queue_database: dict[str, Any]
) -> None:
    """Both buckets of a call, asked for in either order: nobody waits for the other for ever."""
    names = [f"storm:{uuid.uuid4().hex}:{letter}" for letter in "ab"]
    script = """
import sys, psycopg
url, first, second = sys.argv[1:]
got = 0
with psycopg.connect(url, options="-c search_path=platform_agents,public", autocommit=True) as db:
    for _ in range(300):
        rows = db.execute(
            "SELECT granted FROM tenancy_take('x', %s, '{0.0001,0.0001}', '{250,250}', 1, '{0,0}')",
            [[first, second]]).fetchall()
        got += rows[0][0]
print(int(got))
"""
    storms = [
        subprocess.Popen(
            [sys.executable, "-c", script, databases.url(queue_database), *order],
            cwd=ROOT, stdout=subprocess.PIPE, text=True,
        )
        for order in (names, names[::-1], names)
    ]  # fmt: skip
    got = [int(storm.communicate(timeout=60)[0]) for storm in storms]
    assert [storm.returncode for storm in storms] == [0, 0, 0]
    assert sum(got) == 250
    left = queue.execute("SELECT tokens FROM tenancy_bucket WHERE name = ANY (%s)", [names])
    assert [row[0] < 1 for row in left] == [True, True]
