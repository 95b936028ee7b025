"""The progress watchdog: a cluster that has work and claims none must end, to be started anew.

Asked once a second by the cluster's main process (`manage.py qcluster`). While any reactor of this
cluster turns, nothing is wrong, whatever it finds to do: paused, capped, busy, out of date and
cut-off workers all turn. Only when none turned for WATCHDOG_SECONDS is the database asked whether
runs wait. When it does not answer, that is why nobody turns, and nothing is ended.
"""

import logging
from contextlib import closing

import psycopg
from django.core.exceptions import ImproperlyConfigured

from executions import sql
from executions.family import Family
from platform_agents.postgres.base import connect

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
_ASK_EVERY = 5
_STARVING = sql.read("starving.sql")


class Watchdog:
    """Silence is counted in looks, not read from a clock: when the whole machine or family was
    stopped for a while, the reactors get their time before anything is concluded."""

    def __init__(self, family: Family, *, patience_s: float) -> None:
        self.family = family
        self.patience_s = patience_s
        self._last_turn = 0
        self._silent_s = 0.0

    def look(self) -> str | None:
        """Why the cluster must end, for people; None while all is well."""
        last_turn = self.family.last_turn()
        if self.patience_s <= 0 or last_turn != self._last_turn:
            self._last_turn, self._silent_s = last_turn, 0.0
            return None
        self._silent_s += LOOK_EVERY_S
        asked = self._silent_s >= self.patience_s and self._silent_s % _ASK_EVERY < LOOK_EVERY_S
        starving = _starving(self.patience_s) if asked else 0
        if not starving:
            return None
        return (
            f"No worker of this cluster has looked for work for {self._silent_s:.0f} seconds, and "
            f"{starving if starving < 1000 else '1,000 or more'} run(s) wait"
        )


def _starving(patience_s: float) -> int:
    """How many runs have waited that long; 0 when the database does not say."""
    try:
        with (
            closing(connect(application_name="platform_agents watchdog")) as conn,
            conn.transaction(),  # what is set in it ends with it, behind a pooler too
        ):
            conn.execute("SET LOCAL statement_timeout = '5s'")
            [found] = conn.execute(_STARVING, {"patience_s": patience_s}).fetchone() or [0]
            return int(found)
    except (psycopg.Error, ImproperlyConfigured) as error:
        logger.warning("the watchdog cannot ask: %s", str(error).partition("\n")[0])
        return 0
