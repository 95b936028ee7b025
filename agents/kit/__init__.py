"""For those who write agents: a package to start from, a run without a runner, its look.

Nothing here runs in production. The commands start_agent, run_agent and list_agents are the door;
what tests of agents need is in `agents.testing`.
"""
