"""The sign-in form: one answer for whatever is wrong, and attempts are counted first."""

import logging
from typing import Any

from django.core.exceptions import ValidationError
from unfold.forms import AuthenticationForm

from platform_agents.operators.sign_in import throttle

logger = logging.getLogger(__name__)

_WRONG = "These do not fit. Check the e-mail address or user name, and the password."
_TOO_OFTEN = "Too many attempts. Wait a quarter of an hour, then try again."


class SignInForm(AuthenticationForm):  # type: ignore[misc]
    """For staff: Django's users by name, the platform's accounts by e-mail address."""

    error_messages = {
        **AuthenticationForm.error_messages, "invalid_login": _WRONG, "inactive": _WRONG,
    }  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "E-mail or user name"

    def clean(self) -> dict[str, Any]:
        account = self.cleaned_data.get("username", "")
        address = self.request.META.get("REMOTE_ADDR", "")
        if not throttle.admit(account, address):
            logger.warning("sign-in refused after too many attempts from %s", address)
            raise ValidationError(_TOO_OFTEN, code="throttled")
        cleaned: dict[str, Any] = super().clean()
        if self.user_cache is not None:
            throttle.succeeded(account, address)
        return cleaned
