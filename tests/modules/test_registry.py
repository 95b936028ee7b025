"""Which agents are installed, and what they answer to."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

import agents
from agents import BaseAgent
from modules import registry
from modules.errors import UnknownAgent


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """The registry is built once a process; these tests change what it is built from."""
    _forget()
    yield
    _forget()


def _forget() -> None:
    registry.all_agents.cache_clear()
    registry._by_name.cache_clear()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """An importable, empty package of the test's own; the tests write modules into it."""
    name = f"authored_{abs(hash(request.node.name))}"
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    return name


AGENT = """
from agents import BaseAgent

class {cls}(BaseAgent):
    {body}
    async def execute(self, input_data):
        return input_data
"""


def write(tmp_path: Path, package: str, *, cls: str = "SentimentAgent", body: str = "") -> None:
    (tmp_path / package / "sentiment.py").write_text(AGENT.format(cls=cls, body=body))


@pytest.mark.parametrize(
    ("python_module", "name"),
    [
        ("agents.nlp_processor", "nlp"), ("agents.nlp_agent", "nlp"), ("nlp_processor", "nlp"),
        ("nlp", "nlp"), ("agents.data_processor", "data"), ("data_agent", "data"),
        ("echo", "echo"), ("agents.echo", "echo"),
    ],
)  # fmt: skip
def test_the_names_that_the_gateway_uses_find_the_built_in_agents(
    python_module: str, name: str
) -> None:
    assert registry.find(python_module).name == name


@pytest.mark.parametrize(
    "python_module",
    ["", "os", "os.path", "agents.base", "agents.", "../echo", "Echo", "subprocess"],
)
def test_anything_else_is_unknown_and_imports_nothing(python_module: str) -> None:
    with pytest.raises(UnknownAgent, match="not installed"):
        registry.find(python_module)


def test_a_package_of_agents_is_found_under_each_of_its_names(
    tmp_path: Path, package: str, settings: Settings
) -> None:
    write(tmp_path, package, body="aliases = ('mood',)")
    settings.AGENT_PACKAGES = [package]
    for name in ("sentiment_agent", "agents.sentiment_agent", "mood", f"{package}.sentiment_agent"):
        agent = registry.find(name)
        assert agent.name == "sentiment_agent"
        assert agent.path == f"{package}.sentiment:SentimentAgent"


def test_agents_of_packages_get_no_platform_secret(
    tmp_path: Path, package: str, settings: Settings
) -> None:
    write(tmp_path, package, body="requires = ('OPENAI_API_KEY',)")
    settings.AGENT_PACKAGES = [package]
    settings.AGENT_SETTINGS = {"OPENAI_API_KEY": "sk-platform"}
    assert registry.find("sentiment_agent").secrets() == {}
    assert registry.find("nlp").secrets() == {"OPENAI_API_KEY": "sk-platform"}


def test_two_agents_of_one_name_are_refused_by_name(
    tmp_path: Path, package: str, settings: Settings
) -> None:
    write(tmp_path, package, body="name = 'echo'")
    settings.AGENT_PACKAGES = [package]
    with pytest.raises(ImproperlyConfigured, match=r"called 'echo': agents\.echo:Echo and"):
        registry.find("echo")


def test_a_package_that_is_not_there_is_named(settings: Settings) -> None:
    settings.AGENT_PACKAGES = ["no_such_package"]
    with pytest.raises(ImproperlyConfigured, match="no_such_package"):
        registry.all_agents()


def test_a_package_whose_parts_cannot_be_imported_is_named(
    tmp_path: Path, package: str, settings: Settings
) -> None:
    (tmp_path / package / "part.py").write_text("import no_such_thing")
    settings.AGENT_PACKAGES = [package]
    with pytest.raises(ImproperlyConfigured, match=f"{package}.*no_such_thing"):
        registry.all_agents()


def test_an_agent_of_the_guide_may_be_copied_among_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    text = AGENT.format(cls="CopiedAgent", body="pass")
    (tmp_path / "copied_agent.py").write_text(text.replace("from agents", "from .base_agent"))
    monkeypatch.setattr(agents, "__path__", [*agents.__path__, str(tmp_path)])
    settings.AGENT_PACKAGES = ["agents.copied_agent"]
    assert registry.find("agents.copied_agent").path == "agents.copied_agent:CopiedAgent"


def test_where_an_agent_was_found_is_told(tmp_path: Path, package: str, settings: Settings) -> None:
    write(tmp_path, package)
    settings.AGENT_PACKAGES = [package]
    assert registry.find("echo").source == "built in"
    assert registry.find("sentiment_agent").source == f"AGENT_PACKAGES: {package}"


def test_a_package_without_agents_is_named(package: str, settings: Settings) -> None:
    settings.AGENT_PACKAGES = [package]
    with pytest.raises(ImproperlyConfigured, match="defines no agent"):
        registry.all_agents()


def test_built_in_agents_are_registered_from_their_classes() -> None:
    for agent in registry.all_agents():
        assert issubclass(agent.cls, BaseAgent)
        assert agent.cls.lane in {"io", "cpu"}


def install(tmp_path: Path, *, name: str, value: str) -> None:
    """What pip leaves of a distribution with one entry point."""
    info = tmp_path / "sentiments-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: sentiments\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{registry.GROUP}]\n{name} = {value}\n")


def test_an_installed_distribution_brings_its_agents(tmp_path: Path, package: str) -> None:
    write(tmp_path, package)
    install(tmp_path, name="mood_of_text", value=f"{package}.sentiment:SentimentAgent")
    assert registry.find("mood_of_text") is registry.find("sentiment_agent")


def test_an_entry_point_to_something_else_is_named(tmp_path: Path, package: str) -> None:
    install(tmp_path, name="odd", value="json:dumps")
    with pytest.raises(ImproperlyConfigured, match=r"'odd' of group 'platform_agents\.agents'"):
        registry.all_agents()
