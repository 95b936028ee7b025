"""chart: pictures that are well-formed, bounded, deterministic and free of what a tenant wrote."""

import base64
import io
import struct
import xml.etree.ElementTree as ET
import zlib
from typing import Any

import pytest

from agents.tables.charts.scales import linear, written
from agents.tables.charts.strokes import strokes, width
from tests.agents.data_runs import refusal, report

DATA = {
    "day": ["2026-01-01", "2026-01-02", None, "2026-01-04"],
    "n": [1, 2.5, 3, -4],
    "m": [None, 5, None, 7],
    "city": ["Bern", "Zürich", None, "Bern"],
}
SVG = "{http://www.w3.org/2000/svg}"
KINDS = [
    {"kind": "bar", "x": "city", "y": ["n", "m"]},
    {"kind": "bar", "x": "city"},
    {"kind": "line", "x": "day", "y": "n"},
    {"kind": "line", "x": "city", "y": ["n"]},
    {"kind": "scatter", "x": "n", "y": ["m", "n"]},
    {"kind": "histogram", "x": "n"},
    {"kind": "histogram", "x": "n", "bins": 3},
]


def _chart(data: Any, **step: Any) -> Any:
    return report(data, {"op": "chart", **step})


def _picture(chart: Any) -> bytes:
    head, _, body = chart["data_uri"].partition(",")
    assert head == f"data:{chart['media_type']};base64"
    return base64.b64decode(body, validate=True)


def _drawn(data: Any, **step: Any) -> ET.Element:
    return ET.parse(io.BytesIO(_picture(_chart(data, **step)))).getroot()


def _texts(root: ET.Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{SVG}text")]


@pytest.mark.parametrize("step", KINDS)
@pytest.mark.parametrize("data", [DATA, {name: [] for name in DATA}, {n: [None] for n in DATA}])
def test_every_kind_is_drawn_as_svg_and_png(step: dict[str, Any], data: Any) -> None:
    root = _drawn(data, **step, title="A title")
    assert (root.get("width"), root.get("height")) == ("720", "400")
    assert "A title" in _texts(root)
    assert "nan" not in ET.tostring(root, "unicode").lower()

    png = _picture(_chart(data, **step, format="png", width=240, height=160))
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", png[16:24]) == (480, 320)


def test_a_png_can_be_decoded_and_is_transparent_where_nothing_is() -> None:
    png = _picture(_chart(DATA, kind="bar", x="city", format="png", width=240, height=160))
    start = png.index(b"IDAT")
    (size,) = struct.unpack(">I", png[start - 4 : start])
    rows = zlib.decompress(png[start + 4 : start + 4 + size])
    assert len(rows) == 320 * (1 + 480 * 4)
    assert rows[1:5] == b"\0\0\0\0"
    assert len(set(rows)) > 20


def test_the_report_says_what_is_drawn() -> None:
    found = _chart(DATA, kind="line", x="day", y="n", title="T")
    assert {k: v for k, v in found.items() if k != "data_uri"} == {
        "title": "T", "kind": "line", "rows": 3, "format": "svg", "media_type": "image/svg+xml",
        "width": 720, "height": 400,
    }  # fmt: skip


def test_what_a_tenant_wrote_is_only_text_in_the_picture() -> None:
    bad = "</text><script>alert(1)</script>\"'&\x0b"
    root = _drawn({bad: ["a"], "y": [1]}, kind="bar", x=bad, y="y", title=bad)

    allowed = {f"{SVG}{name}" for name in ("svg", "rect", "polyline", "text", "circle")}
    assert {element.tag for element in root.iter()} <= allowed
    assert any(text.startswith("</text><script>") for text in _texts(root))


def test_bars_without_y_count_and_the_rest_is_one_bar() -> None:
    data = {"v": [f"v{i}" for i in range(200) for _ in range(200 - i)]}
    texts = _texts(_drawn(data, kind="bar", x="v", width=1600))
    assert "v0" in texts
    assert _chart(data, kind="bar", x="v")["rows"] == 60


def test_a_long_line_keeps_its_peak_in_few_points() -> None:
    values = [0.0] * 50_000
    values[31_234] = 99.0
    root = _drawn({"x": list(range(50_000)), "y": values}, kind="line", x="x", y="y")
    line = max(root.iter(f"{SVG}polyline"), key=lambda e: len(e.get("points", "")))
    points = [tuple(map(float, p.split(","))) for p in line.get("points", "").split()]
    assert len(points) <= 4 * 720
    assert min(y for _, y in points) < 100 < max(y for _, y in points)


def test_a_line_is_interrupted_where_a_value_is_missing() -> None:
    data = {"x": [1, 2, 3, 4, 5], "y": [1, 2, None, 2, 1]}
    lines = [
        e for e in _drawn(data, kind="line", x="x", y="y").iter(f"{SVG}polyline")
        if e.get("stroke-width") == "2"
    ]  # fmt: skip
    assert len(lines) == 2


@pytest.mark.parametrize(
    ("data", "step", "expected"),
    [
        (DATA, {"kind": "pie", "x": "n"}, "pipeline.0.kind"),
        (DATA, {"kind": "line", "x": "n"}, "pipeline.0.y: A line chart needs y"),
        (DATA, {"kind": "histogram", "x": "n", "y": "m"}, "y: A histogram has no y"),
        (DATA, {"kind": "bar", "x": "n", "bins": 3}, "bins: A bar chart has no bins"),
        (DATA, {"kind": "bar", "x": "city", "y": "town"}, "y.0 (chart): there is no column 'town'"),
        (DATA, {"kind": "bar", "x": "n", "y": "city"}, "y.0 (chart): column 'city' holds text"),
        (DATA, {"kind": "scatter", "x": "city", "y": "n"}, "expected numbers or dates"),
        (DATA, {"kind": "histogram", "x": "day"}, "x (chart): column 'day' holds date"),
        (DATA, {"kind": "bar", "x": "n", "width": 10**6}, "pipeline.0.width"),
        ({"a": [1e200], "b": [1]}, {"kind": "bar", "x": "b", "y": "a"}, "beyond 1e+100"),
        (
            {"a": list(range(61))}, {"kind": "bar", "x": "a", "y": "a"},
            "a chart has room for 60 places; the table has 61 rows. Group",
        ),
    ],
)  # fmt: skip
def test_a_wrong_chart_is_refused(data: Any, step: dict[str, Any], expected: str) -> None:
    assert expected in refusal(data, {"op": "chart", **step})


@pytest.mark.parametrize(
    "values",
    [[0.0], [5.0, 5.0], [1e-320, 2e-320], [1e100, -1e100], [1e16, 1e16 + 2], [0.1, 0.1000000001]],
)
def test_any_numbers_have_an_axis(values: list[float]) -> None:
    for zero in (False, True):
        scale = linear(values, start=300, end=10, zero=zero)
        ticks = scale.ticks()
        assert 1 <= len(ticks) <= 30
        assert all(-1 <= scale.at(value) <= 311 for value in values)


@pytest.mark.parametrize(
    ("number", "step", "text"),
    [
        (0.0, 1.0, "0"), (1500.0, 500.0, "1.5k"), (2e6, 1e6, "2M"), (0.25, 0.05, "0.25"),
        (-20.0, 10.0, "-20"), (1000.0, 0.5, "1000"), (100.0, 20.0, "100"),
    ],
)  # fmt: skip
def test_ticks_are_written_short(number: float, step: float, text: str) -> None:
    assert written(number, step) == text


def test_every_letter_has_strokes_and_strange_ones_a_box() -> None:
    box = list(strokes("日"))
    for char in "abcXYZ0189%&@äÖßéčñÅłı€":
        assert width(char) >= 0
        assert list(strokes(char)) not in ([], box), char
    assert list(strokes(" \u00a0")) == []
