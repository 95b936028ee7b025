"""What the word_stats agent promises."""

from agents import ModuleCallFailed
from agents.testing import RecordingContext, run
from word_stats import WordStatsAgent

TITLED = {"title_module": "titles"}
TEXT = "It was a bright cold day in April. The clocks were striking thirteen!"


def test_words_sentences_and_the_time_to_read_them() -> None:
    outcome = run(WordStatsAgent, {"text": TEXT}, config={"words_per_minute": 130})
    assert outcome.value == {
        "words": 13, "sentences": 2, "longest_word": "striking", "reading_s": 6.0, "title": None,
    }  # fmt: skip


def test_words_of_other_scripts_and_with_apostrophes_count_once() -> None:
    assert run(WordStatsAgent, {"text": "Straße don't слово"}).value["words"] == 3


def test_a_title_comes_from_the_module_that_the_config_names() -> None:
    context = RecordingContext(modules={"titles": {"processed_text": "April"}})
    outcome = run(WordStatsAgent, {"text": TEXT}, config=TITLED, context=context)
    assert outcome.value["title"] == "April"
    assert context.calls == [("titles", {"text": TEXT})]
    assert context.fractions == [0.5, 1.0]


def test_a_title_that_fails_fails_the_run() -> None:
    context = RecordingContext(modules={"titles": ModuleCallFailed("The model is away.")})
    outcome = run(WordStatsAgent, {"text": TEXT}, config=TITLED, context=context)
    assert (outcome.status, outcome.error) == ("failed", "The model is away.")


def test_bad_input_and_config_are_refused_with_their_path() -> None:
    assert "input_data.text" in run(WordStatsAgent, {"text": "42"}).error
    outcome = run(WordStatsAgent, {"text": TEXT}, config={"words_per_minut": 3})
    assert (outcome.code, outcome.error) == (
        "invalid_config",
        "config.words_per_minut: Extra inputs are not permitted",
    )
