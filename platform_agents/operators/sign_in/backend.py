"""Django's authentication backend for the platform's own accounts: e-mail and bcrypt password.

Named in AUTHENTICATION_BACKENDS after Django's own. Each request asks `get_user` anew, so that an
account that is gone, or another role, is felt at once: two reads by primary or unique key.
"""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.models import User
from django.http import HttpRequest

from platform_agents.operators.sign_in import shadow
from platform_agents.operators.sign_in.passwords import fits
from platform_agents.tenancy.models import PlatformUser


class PlatformBackend(BaseBackend):
    def authenticate(
        self, request: HttpRequest | None, username: str | None = None,
        password: str | None = None, **_: Any,
    ) -> User | None:  # fmt: skip
        """None takes as long as success, short of the shadow."""
        if username is None or password is None:
            return None
        person = _find(username.strip())
        if not fits(password, None if person is None else person.password) or person is None:
            return None
        user = shadow.shadow_of(person)
        return user if user.is_active else None

    def get_user(self, user_id: int) -> User | None:
        user = shadow.current(user_id)
        return user if user is not None and user.is_active else None


def _find(email: str) -> PlatformUser | None:
    """As it is stored; else in small letters, as the gateway's forms usually store it."""
    people = PlatformUser.objects.unscoped("an e-mail address is unique in the platform")
    found = {person.email: person for person in people.filter(email__in={email, email.lower()})}
    return found.get(email) or found.get(email.lower())
