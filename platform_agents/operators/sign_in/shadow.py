"""The Django user that stands for an account of the platform, and how it is kept in step with it.

Role `super_admin` is a superuser; `admin` and `member` are admin and viewer of their organization.
What a superuser of ours gave besides (another membership, another role) holds until the account's
role or organization changes: then only what follows from the account is left. An account that goes
takes everything along. A user of ours that has the account's name is never touched.
"""

import hashlib
import hmac

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, transaction

from platform_agents.tenancy.models import Membership, PlatformLogin, PlatformUser

_ROLES = {"admin": Membership.Role.ADMIN, "member": Membership.Role.VIEWER}
_SUPERUSER = "super_admin"
_LONGEST_NAME = 150
_OF_ONE = "one account is asked for, whatever its organization"


@transaction.atomic
def shadow_of(person: PlatformUser) -> User:
    """Made at the account's first sign-in, brought in step at each."""
    with connection.cursor() as cursor:  # two first sign-ins at once make one user
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [person.pk])
    logins = PlatformLogin.objects.unscoped(_OF_ONE).select_related("user")
    login = logins.filter(platform_user_id=person.pk).first() or _new(person)
    _bring_in_step(login, person)
    return login.user


def current(user_id: int) -> User | None:
    """The user as the account is at this moment; None when it is gone, or was never one."""
    logins = PlatformLogin.objects.unscoped(_OF_ONE).select_related("user")
    login = logins.filter(user_id=user_id).first()
    if login is None:
        return None
    person = PlatformUser.objects.unscoped(_OF_ONE).filter(pk=login.platform_user_id).first()
    with transaction.atomic():
        if person is None:
            _take_everything(login)
            return None
        _bring_in_step(login, person)
    return login.user


def _new(person: PlatformUser) -> PlatformLogin:
    user = User.objects.create(username=_free_name(person), is_staff=True)
    return PlatformLogin.objects.unscoped(_OF_ONE).create(user=user, platform_user_id=person.pk)


def _free_name(person: PlatformUser) -> str:
    """Its e-mail address, unless somebody has that name, or it could be taken for a name."""
    name = person.email
    free = not User.objects.filter(username=name).exists()
    if "@" in name and len(name) <= _LONGEST_NAME and free:
        return name
    return f"platform:{person.pk}"[:_LONGEST_NAME]


def _bring_in_step(login: PlatformLogin, person: PlatformUser) -> None:
    if (login.org_id, login.role) != (person.org_id, person.role):
        _derive_access(login, person)
    wanted = {
        "email": person.email[:254],
        "first_name": person.name[:_LONGEST_NAME],
        "is_superuser": person.role == _SUPERUSER,
        "password": _mark(person.password),
    }
    changed = [name for name, value in wanted.items() if getattr(login.user, name) != value]
    for name in changed:
        setattr(login.user, name, wanted[name])
    if changed:
        login.user.save(update_fields=changed)


def _derive_access(login: PlatformLogin, person: PlatformUser) -> None:
    _drop_memberships(login)
    if (role := _ROLES.get(person.role)) is not None:
        Membership.objects.for_org(person.org_id).create(
            user=login.user, org_id=person.org_id, role=role
        )
    login.org_id, login.role = person.org_id, person.role
    login.save(update_fields=["org_id", "role"])


def _take_everything(login: PlatformLogin) -> None:
    _drop_memberships(login)
    login.org_id = login.role = ""
    login.save(update_fields=["org_id", "role"])
    User.objects.filter(pk=login.user_id).update(is_superuser=False)


def _drop_memberships(login: PlatformLogin) -> None:
    Membership.objects.unscoped("all that this user has").filter(user_id=login.user_id).delete()


def _mark(password_hash: str) -> str:
    """An unusable password that changes with the account's own. Each session holds a digest of it,
    so that Django ends them when the account gets another password."""
    key = settings.SECRET_KEY.encode()
    return f"!{hmac.new(key, password_hash.encode(), hashlib.sha256).hexdigest()}"
