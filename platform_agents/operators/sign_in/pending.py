"""Between the password and the second factor: the session knows who it is, and nobody is signed in.

So whatever asks for a signed-in user, sockets included, need not know of second factors.
"""

import time
from typing import Any

from django.contrib.auth import load_backend, login
from django.contrib.auth.models import User
from django.http import HttpRequest

_KEY = "signing_in"
_LASTS_S = 300


def begin(request: HttpRequest, user: Any, *, then: str) -> None:
    request.session.cycle_key()
    request.session[_KEY] = {
        "user": user.pk, "backend": user.backend, "then": then, "at": time.time(),
    }  # fmt: skip


def who(request: HttpRequest) -> User | None:
    """Asked of the backend anew: the account may have gone meanwhile."""
    kept = request.session.get(_KEY)
    if kept is None or not 0 <= time.time() - kept["at"] <= _LASTS_S:
        return None
    user: Any = load_backend(kept["backend"]).get_user(kept["user"])
    return user if user is not None and user.is_staff else None


def complete(request: HttpRequest, user: User) -> str:
    """Signs in; says where to go then."""
    kept = request.session.pop(_KEY)
    login(request, user, backend=kept["backend"])
    then: str = kept["then"]
    return then


def forget(request: HttpRequest) -> None:
    request.session.pop(_KEY, None)
