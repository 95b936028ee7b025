"""The second factor: a code of an authenticator app, or one of the recovery codes.

Kept by django-otp, which also remembers used codes, and pauses after wrong ones. An account has one
app at most.
"""

from dataclasses import dataclass

import segno
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django_otp import verify_token
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

_RECOVERY_CODES = 10


@dataclass(frozen=True, kw_only=True)
class Enrolment:
    """What a person needs to set up their app. `picture`: the QR code as a data URI."""

    picture: str
    key: str


def enabled(user: User) -> bool:
    return bool(TOTPDevice.objects.filter(user=user, confirmed=True).exists())


def required(user: User) -> bool:
    return bool(user.is_superuser and settings.SUPERUSERS_NEED_TWO_FACTOR)


def verify(user: User, code: str) -> bool:
    """A code is used up by this."""
    code = code.replace(" ", "").lower()
    kind = TOTPDevice if code.isdecimal() else StaticDevice
    device = kind.objects.filter(user=user, confirmed=True).first()
    return device is not None and verify_token(user, device.persistent_id, code) is not None


def enrolment(user: User) -> Enrolment:
    """Begins, or shows again what was begun; `confirm` ends it."""
    device, _ = TOTPDevice.objects.get_or_create(
        user=user, confirmed=False, defaults={"name": "Authenticator app"}
    )
    picture = segno.make(device.config_url, error="m").svg_data_uri(scale=5, border=2)
    key = device.config_url.partition("secret=")[2].partition("&")[0]
    return Enrolment(picture=picture, key=" ".join(key[at : at + 4] for at in range(0, 32, 4)))


@transaction.atomic
def confirm(user: User, code: str) -> list[str] | None:
    """The recovery codes, to be shown this once; None when the code is wrong."""
    if enabled(user):
        return None
    device = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=False).first()
    if device is None or not device.verify_token(code.replace(" ", "")):
        return None
    device.confirmed = True
    device.save()
    return new_recovery_codes(user)


@transaction.atomic
def new_recovery_codes(user: User) -> list[str]:
    """Those before are worthless from now on."""
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="Recovery codes")
    codes = [f"{StaticToken.random_token()}" for _ in range(_RECOVERY_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=code) for code in codes)
    return codes


@transaction.atomic
def disable(user: User) -> None:
    TOTPDevice.objects.filter(user=user).delete()
    StaticDevice.objects.filter(user=user).delete()
