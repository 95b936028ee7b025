"""JSON to read on the pages of the admin: indented, cut when it is long. Called by `admin_scope`
for every page that may not be changed, and by pages that show a value of their own."""

import json
from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import JSONField
from django.utils.html import format_html

from platform_agents.shared_schema.fields import InvalidJson, JsonTextField

_LONGEST = 50_000
_BLOCK = '<pre class="pa-json" tabindex="0">{}</pre>'


def json_block(value: Any) -> str:
    """As HTML. Text that is not JSON is shown as it stands."""
    if value is None:
        return "-"
    if isinstance(value, InvalidJson):
        text = value.text
    else:
        text = json.dumps(value, ensure_ascii=False, indent=2, default=str)
    return format_html(_BLOCK, text if len(text) <= _LONGEST else f"{text[:_LONGEST]}\n…")


def is_json(field: Any) -> bool:
    return isinstance(field, JSONField | JsonTextField)


def shown(field: Any) -> Callable[[Any], str]:
    """A read-only column of a page that shows the field in this way."""

    @admin.display(description=str(field.verbose_name))
    def column(row: Any) -> str:
        return json_block(getattr(row, field.name))

    return column
