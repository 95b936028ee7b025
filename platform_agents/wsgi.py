"""The same HTTP for a WSGI server with its own threads; no WebSockets and event streams there."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "platform_agents.settings")
os.environ["PLATFORM_AGENTS_WEB"] = "true"

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
