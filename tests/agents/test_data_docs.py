"""The example of docs/agents/data.md gives what the page says."""

import json
import re
from pathlib import Path

from tests.agents.data_runs import run

PAGE = Path(__file__).parents[2] / "docs" / "agents" / "data.md"


def test_the_pages_example_gives_the_pages_output() -> None:
    text = PAGE.read_text(encoding="utf-8")
    body = re.search(r"<<'END'\n(.*?)\nEND\n", text, re.DOTALL)
    output = re.search(r"```json\n(.*?)```", text, re.DOTALL)
    assert body is not None
    assert output is not None

    found = run(json.loads(body[1])["input_data"])

    expected = json.loads(output[1])
    chart, shown = found["reports"].pop("chart"), expected["reports"].pop("chart")
    del shown["…"]
    assert shown.items() <= chart.items()
    assert found == expected
