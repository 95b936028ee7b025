"""Agents as others write them: what AGENT_PACKAGES names in the tests' settings."""
