"""Logging: one line per event, no API key in it, no noise from drain tokens."""

import logging
import re

_API_KEY = re.compile(r"abw_[0-9a-f]{8,}")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\u2028\u2029]")


class RedactKeys(logging.Filter):
    """Replaces API keys of the platform in the finished message."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if "abw_" in message:
            record.msg, record.args = _API_KEY.sub("abw_…", message), ()
        return True


class DropDrainTokens(logging.Filter):
    """django-q2 logs each task's start and end; drain tokens come every few seconds, for ever."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (
            record.name == "django-q"
            and record.levelno <= logging.INFO
            and "executions.worker.drain" in record.getMessage()
        )


class OneLine(logging.Formatter):
    """`time level logger message key=value…`; control characters cannot forge a second line."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Tracebacks are for errors of ours, not for requests that were refused."""
        if record.levelno < logging.ERROR:
            record.exc_info = record.exc_text = None
        return super().format(record)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's name)
        fields = getattr(record, "fields", {})
        line = " ".join([super().formatMessage(record), *(f"{k}={v}" for k, v in fields.items())])
        return _CONTROL.sub("?", line)
