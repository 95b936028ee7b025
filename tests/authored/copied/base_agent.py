"""What docs/writing-agents.md says stands here in place of the guide's own base class."""

from agents.base_agent import BaseAgent

__all__ = ["BaseAgent"]
