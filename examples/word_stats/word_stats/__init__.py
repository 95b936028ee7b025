"""The word_stats agent; see agent.py."""

from word_stats.agent import WordStatsAgent

__all__ = ["WordStatsAgent"]
