"""The estimate of tokens, and texts cut by it: nothing is lost, no part is too large."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.chat.tokens import estimate, split

PROSE = "It was the best of times, it was the worst of times, it was the age of wisdom. "


@given(text=st.text(max_size=400), most=st.integers(4, 60))
@settings(deadline=None)
def test_parts_are_the_whole_text_and_small_enough(text: str, most: int) -> None:
    parts = split(text, most=most)
    assert "".join(parts) == text
    assert all(estimate(part) <= most for part in parts)


@pytest.mark.parametrize(
    ("text", "known"),
    [
        # text, and how many tokens it has in a vocabulary of OpenAI's
        (PROSE, 21),
        ("Hello, world!", 4),
        ("antidisestablishmentarianism", 6),
        ("1234567890", 4),
        ("", 0),
    ],
)
def test_the_estimate_is_not_below_what_is_known_and_not_far_above(text: str, known: int) -> None:
    assert known <= estimate(text) <= 2 * known


@pytest.mark.parametrize(
    ("text", "least"),
    [("你好" * 50, 100), ("\U0001f600" * 50, 100), ("Привет" * 50, 150), ("}{" * 50, 100),
     ("aB3" * 50, 100), ("\n" * 50, 50)],
)  # fmt: skip
def test_texts_that_need_many_tokens_are_not_taken_for_prose(text: str, least: int) -> None:
    assert estimate(text) >= least


def test_cuts_stand_at_paragraphs_then_lines_then_sentences_then_words() -> None:
    paragraphs = split("One two three.\n\nFour five six.\n\nSeven.", most=8)
    assert paragraphs == ["One two three.\n\n", "Four five six.\n\n", "Seven."]
    assert split("One two. Four five. Six.", most=4) == ["One two. ", "Four five. ", "Six."]
    assert split("alpha beta gamma", most=3) == ["alpha ", "beta ", "gamma"]


@pytest.mark.parametrize("unit", ["a", " ", "\n", "x ", PROSE, "你"])
def test_a_megabyte_of_anything_is_cut_in_reasonable_time(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    started = time.process_time()
    parts = split(text, most=1000)
    assert "".join(parts) == text
    assert time.process_time() - started < 20
