"""What a new agent may be called."""

import pytest

from agents.kit.names import BadName, check, class_name


@pytest.mark.parametrize("name", ["top_words", "t", "a2", "x" * 50])
def test_a_package_name_of_python_that_nobody_has_is_fine(name: str) -> None:
    check(name, taken={"echo"})


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "cannot be a package's name"), ("Top", "lower-case"), ("top-words", "underscores"),
        ("2top", "a letter first"), ("top words", "cannot be"), ("../up", "cannot be"),
        ("x" * 51, "at most 50"), ("größe", "cannot be"), ("top\n", "cannot be"),
        ("class", "means something else"), ("base", "means something else"),
        ("base_agent", "means something else"), ("nlp_agent", "installed already"),
        ("word_count", "installed already"), ("json", "Python has a module"),
        ("agents", "Python has a module"), ("django", "Python has a module"),
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_the_reason(name: str, said: str) -> None:
    with pytest.raises(BadName, match=said):
        check(name, taken={"nlp_agent", "agents.word_count"})


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("top_words", "TopWordsAgent"), ("counter", "CounterAgent"), ("nlp_agent", "NlpAgent"),
        ("a2_b", "A2BAgent"), ("odd__name_", "OddNameAgent"),
    ],
)  # fmt: skip
def test_its_class_ends_in_agent(name: str, expected: str) -> None:
    assert class_name(name) == expected
