"""`BaseAgent` under the name that the platform's integration guide imports it by.

For agents copied from there: `from agents.base_agent import BaseAgent`, or, in a file of this
folder, `from .base_agent import BaseAgent`. New agents import it from `agents`.
"""

from agents.base import BaseAgent

__all__ = ["BaseAgent"]
