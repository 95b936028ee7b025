"""`SealedRow`: base of every table that holds something encrypted for an organization.

`manage.py rotate_secrets` finds all of its subclasses, so that none is left behind with an old key.
A subclass has `org_id`, and says in `sealed_as` what its value is bound to besides: two rows of an
organization must not say the same. Only `tenancy.secrets` says names such as STRIPE_KEY; the others
say something with a space, which no such name has.
"""

from typing import TYPE_CHECKING

from django.db import models

from platform_agents.tenancy.secrets_sealing import Sealed, seal, unseal


class SealedRow(models.Model):
    """key_id and box: see `secrets_sealing`."""

    key_id = models.TextField()
    box = models.BinaryField()

    if TYPE_CHECKING:
        org_id: str

    class Meta:
        abstract = True

    @property
    def sealed_as(self) -> str:
        raise NotImplementedError

    def seal(self, value: str) -> None:
        """Take a new value; save afterwards. Raises ImproperlyConfigured without a SECRETS_KEY."""
        sealed = seal(value, org_id=self.org_id, name=self.sealed_as)
        self.key_id, self.box = sealed.key_id, sealed.box

    def value(self) -> str:
        """Raises CannotUnseal, ImproperlyConfigured."""
        sealed = Sealed(key_id=self.key_id, box=bytes(self.box))
        return unseal(sealed, org_id=self.org_id, name=self.sealed_as)
