"""The project's settings, on a test server of their own: another folder, no fsync."""

import os
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
os.environ.setdefault("EMBEDDED_POSTGRES_DIR", str(_ROOT / ".data" / "postgres-test"))
os.environ.setdefault("EMBEDDED_POSTGRES_DURABLE", "off")
for _name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL"):
    os.environ[_name] = ""  # nothing of the developer's own .env reaches a test
os.environ["OUTBOUND_ALLOW"] = "127.0.0.0/8,::1"  # where the tests' own servers listen

from platform_agents.settings import *  # noqa: E402, F403 (the point of this file)

LOGGING["loggers"]["httpx"] = {"level": "WARNING"}  # noqa: F405
AGENT_PACKAGES = ["tests.authored"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
