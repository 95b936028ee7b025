"""manage.py rotate_secrets: encrypt every secret anew with the first key of SECRETS_KEY.

Put the new key in front of the old one, restart web server and cluster, run this, then take the
old key away. May be run again at any time.
"""

from typing import Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from platform_agents.tenancy.sealed_rows import SealedRow
from platform_agents.tenancy.secrets_sealing import CannotUnseal, current_key_id

_ALL = "the key is the platform's, so its rotation concerns all organizations"


class Command(BaseCommand):
    help = "Encrypt the secrets of all organizations anew, with the first key of SECRETS_KEY."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            key_id = current_key_id()
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        tables = [_rows(model) for model in apps.get_models() if issubclass(model, SealedRow)]
        old = [row for rows in tables for row in rows.exclude(key_id=key_id)]
        lost = [row for row in old if not _rotated(row)]
        current = sum(rows.filter(key_id=key_id).count() for rows in tables)
        self.stdout.write(f"{current} secrets are current.")
        if lost:
            names = ", ".join(f"{row.sealed_as} of organization {row.org_id}" for row in lost)
            raise CommandError(
                f"{len(lost)} cannot be read: {names}. Put the key they were made with behind "
                "the first one in SECRETS_KEY, or set them anew in the admin."
            )


def _rows(model: Any) -> Any:
    return model.objects.unscoped(_ALL).order_by("org_id", "pk")


def _rotated(row: SealedRow) -> bool:
    """False when it cannot be read. One that somebody set or deleted meanwhile stays as it is."""
    unchanged = _rows(type(row)).filter(pk=row.pk, box=row.box)
    try:
        row.seal(row.value())
    except CannotUnseal:
        return False
    unchanged.update(key_id=row.key_id, box=row.box)
    return True
