"""The $name agent; see agent.py."""

from $name.agent import $cls

__all__ = ["$cls"]
