"""A figure must not count errors, lost or doubled runs as successes."""

import pytest

from benchmarks.databases import RowsAreWrong, check_rows


def test_as_many_completed_rows_as_answered_calls_are_right() -> None:
    before = {"completed": 10, "failed": 1}

    check_rows("ours", before=before, after={"completed": 15, "failed": 1}, runs=5)


@pytest.mark.parametrize(
    "after",
    [
        {"completed": 14},
        {"completed": 16},
        {"completed": 15, "failed": 1},
        {"completed": 14, "running": 1},
    ],
    ids=["lost", "doubled", "one failed as well", "one still running"],
)
def test_other_rows_are_wrong(after: dict[str, int]) -> None:
    with pytest.raises(RowsAreWrong, match="ours: 5 calls"):
        check_rows("ours", before={"completed": 10}, after=after, runs=5)
