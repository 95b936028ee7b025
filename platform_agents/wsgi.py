"""The same HTTP for a WSGI server with its own threads; no WebSockets there."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "platform_agents.settings")
os.environ.setdefault("DATABASE_POOL_SIZE", "8")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
