"""manage.py rotate_secrets: encrypt every secret anew with the first key of SECRETS_KEY.

Put the new key in front of the old one, restart web server and cluster, run this, then take the
old key away. May be run again at any time.
"""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from platform_agents.tenancy.secrets import Secret
from platform_agents.tenancy.secrets_sealing import CannotUnseal, current_key_id

_ALL = "the key is the platform's, so its rotation concerns all organizations"


class Command(BaseCommand):
    help = "Encrypt the secrets of all organizations anew, with the first key of SECRETS_KEY."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            old = Secret.objects.unscoped(_ALL).exclude(key_id=current_key_id())
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        lost = [secret for secret in old.order_by("org_id", "name") if not _rotated(secret)]
        left = old.count()
        self.stdout.write(f"{Secret.objects.unscoped(_ALL).count() - left} secrets are current.")
        if lost:
            names = ", ".join(f"{secret.name} of organization {secret.org_id}" for secret in lost)
            raise CommandError(
                f"{len(lost)} cannot be read: {names}. Put the key they were made with behind "
                "the first one in SECRETS_KEY, or set them anew in the admin."
            )


def _rotated(secret: Secret) -> bool:
    """False when it cannot be read. One that somebody set or deleted meanwhile stays as it is."""
    unchanged = Secret.objects.for_org(secret.org_id).filter(pk=secret.pk, box=secret.box)
    try:
        secret.seal(secret.value())
    except CannotUnseal:
        return False
    unchanged.update(key_id=secret.key_id, box=secret.box)
    return True
