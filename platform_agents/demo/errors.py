"""Why the demo cannot go on."""


class DemoFailed(Exception):
    """The message is for the person at the terminal: what happened, and what to do about it."""


class StillRunning(DemoFailed):
    """The run did not finish in time; the cluster's log may say why."""
