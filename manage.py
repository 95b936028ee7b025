#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "platform_agents.settings")
    # Said either way: a command that a cluster's task starts is no cluster.
    is_cluster = sys.argv[1:2] == ["qcluster"]
    os.environ["PLATFORM_AGENTS_CLUSTER"] = str(is_cluster)
    if is_cluster:
        # django-q2 imports it wherever it is installed, for a use that we have not: a megabyte.
        sys.modules["prometheus_client"] = None  # type: ignore[assignment]
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"The settings are not right. {error}")
    except KeyboardInterrupt:
        sys.exit(130)
