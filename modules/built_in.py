"""What the registry has to know of the agents that come with the product, without importing them.

Their models and what those need are 6 MB, in the web server and in the cluster, and most are never
asked for there: a class is imported when the first call needs its Input or its Config. What stands
here says the class as well; tests/modules/test_built_in.py compares the two.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class BuiltIn:
    """path: `module:Class`. The rest is as in `agents.BaseAgent`; preloads: it imports something
    large before its first run."""

    path: str
    name: str
    aliases: tuple[str, ...]
    lane: str = "io"
    requires: tuple[str, ...] = ()
    preloads: bool = False


REMOTE = "remote"

ALL = (
    BuiltIn(path="agents.echo:Echo", name="echo", aliases=("echo_agent",)),
    BuiltIn(
        path="agents.data:DataAgent", name="data", aliases=("data_processor", "data_agent"),
        lane="cpu", preloads=True,
    ),
    BuiltIn(
        path="agents.nlp:NLPAgent", name="nlp", aliases=("nlp_processor", "nlp_agent"),
        requires=("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL"), preloads=True,
    ),
    BuiltIn(
        path="agents.remote:RemoteAgent", name=REMOTE, aliases=("remote_agent",), preloads=True
    ),
    BuiltIn(
        path="agents.automation:AutomationAgent", name="automation",
        aliases=("automation_agent", "automation_processor"),
    ),
)  # fmt: skip
