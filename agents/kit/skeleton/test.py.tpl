"""What the $name agent promises. `run` does what the platform does around `execute`."""

from agents.testing import RecordingContext, run
from $name import $cls

RHYME = "The bell of the old church, the bell of the new"


def test_the_words_used_most_come_first() -> None:
    outcome = run($cls, {"text": RHYME, "most": 1})
    assert outcome.value == {"words": 11, "most_used": {"bell": 2}}


def test_the_config_says_which_words_count() -> None:
    outcome = run($cls, {"text": RHYME, "most": 1}, config={"min_letters": 3})
    assert outcome.value["most_used"] == {"the": 4}


def test_a_run_shows_how_far_it_is() -> None:
    context = RecordingContext()
    run($cls, {"text": RHYME}, context=context)
    assert context.fractions == [0.5]
    assert context.messages == ["counted"]


def test_a_text_without_words_is_refused_readably() -> None:
    outcome = run($cls, {"text": "42"})
    assert (outcome.status, outcome.code) == ("failed", "invalid_input")
    assert "input_data.text" in outcome.error


def test_a_missing_text_is_named() -> None:
    assert "input_data.text: Field required" in run($cls, {}).error
