"""Django's settings, made of the installation's configuration."""

import os
from pathlib import Path
from typing import Final

from rosterkeeper.service.configuration import LANGUAGES as NAMED_LANGUAGES
from rosterkeeper.service.configuration import Configuration, read
from rosterkeeper.service.mailing import Mail
from rosterkeeper.service.signing import signing_key

# An interactive writer waits this long (seconds) while a large apply commits, and then some.
_BUSY_TIMEOUT: Final = 120

_POSTGRESQL_NAMES: Final = {
    "NAME": "dbname",
    "USER": "user",
    "PASSWORD": "password",
    "HOST": "host",
    "PORT": "port",
}

_CONFIGURATION = read(os.environ)

ROSTER_DATABASE_URL: str = _CONFIGURATION.database_url
ROSTER_SQLITE_PATH: Path | None = _CONFIGURATION.sqlite_path
ROSTER_SECRET_KEYS: tuple[str, ...] = _CONFIGURATION.secret_keys
ROSTER_KEY_FILE: Path = _CONFIGURATION.key_file
ROSTER_SCRATCH: Path = _CONFIGURATION.scratch
ROSTER_ARTIFACTS: Path = _CONFIGURATION.artifacts
ROSTER_JOB_LOG: Path = _CONFIGURATION.job_log
ROSTER_MEMORY_LIMIT: str = _CONFIGURATION.memory_limit
ROSTER_THREADS: int = _CONFIGURATION.threads
ROSTER_ALLOWED_HOSTS: tuple[str, ...] = _CONFIGURATION.allowed_hosts
ROSTER_CLASSLINK_API_KEY: str = _CONFIGURATION.classlink_api_key
ROSTER_CLASSLINK_PROXY: str = _CONFIGURATION.classlink_proxy

ROSTER_PROGRESS: Path = _CONFIGURATION.progress
ROSTER_PUBLIC_URL: str = _CONFIGURATION.public_url
ROSTER_MAIL: Mail = _CONFIGURATION.mail
ROSTER_NOTICE_LANGUAGE: str = _CONFIGURATION.notice_language
ROSTER_TRUSTS_PROXY: bool = _CONFIGURATION.trusts_proxy

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    # Before allauth: their templates stand in the place of its own.
    "rosterkeeper.features.look",
    "rosterkeeper.features.audit",
    "rosterkeeper.features.accounts",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "rosterkeeper.features.publish",
    "rosterkeeper.features.connections",
    "rosterkeeper.features.roster",
    "rosterkeeper.features.runs",
    "rosterkeeper.features.people",
    "rosterkeeper.features.groups",
    "rosterkeeper.features.scim",
    "rosterkeeper.features.signin",
    "rosterkeeper.features.console",
    "rosterkeeper.features.schedules",
    "rosterkeeper.features.notices",
    "rosterkeeper.features.connecting",
    "rosterkeeper.features.manage",
]
USE_TZ = True
TIME_ZONE = _CONFIGURATION.time_zone
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


def database_of(configuration: Configuration) -> dict[str, object]:
    """The configuration's database as Django wants it told; SettingsError where PostgreSQL would not understand it."""
    if configuration.sqlite_path is not None:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": configuration.sqlite_path,
            "OPTIONS": {
                "timeout": _BUSY_TIMEOUT,
                "transaction_mode": "IMMEDIATE",
                # The page size takes effect on a new file: larger than usual makes a first load cheaper, larger still
                # a day's changes dearer.
                "init_command": "PRAGMA page_size=8192;PRAGMA journal_mode=WAL",
            },
        }
    # psycopg takes a moment to import, and libpq's own reading of the URL is the one to trust.
    from psycopg import ProgrammingError  # noqa: PLC0415
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415

    from rosterkeeper.oneroster.errors import SettingsError  # noqa: PLC0415

    try:
        stated = conninfo_to_dict(configuration.database_url)
    except ProgrammingError:
        raise SettingsError(
            "settings.database_url",
            "ROSTERKEEPER_DATABASE_URL is not an address that PostgreSQL understands.",
            todo="Write postgresql://user:password@host/database.",
        ) from None
    named = {django: stated.pop(libpq, None) or "" for django, libpq in _POSTGRESQL_NAMES.items()}
    return {"ENGINE": "django.db.backends.postgresql", **named, "OPTIONS": stated}


DATABASES = {"default": database_of(_CONFIGURATION)}

# The pages. What belongs to one machine or address is read from the environment in `configuration`.
DEBUG = False
SECRET_KEY = signing_key(_CONFIGURATION)
ALLOWED_HOSTS = list(_CONFIGURATION.web_hosts)
ROOT_URLCONF = "rosterkeeper.service.urls"
WSGI_APPLICATION = "rosterkeeper.service.wsgi.application"
AUTH_USER_MODEL = "accounts.Account"
MIDDLEWARE = [
    "rosterkeeper.service.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "rosterkeeper.features.accounts.sessions.SessionMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "rosterkeeper.features.signin.sessions.PersonMiddleware",
    "rosterkeeper.features.console.who.VisitorMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "rosterkeeper.service.access.AccessMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "rosterkeeper.features.look.context.page",
            ]
        },
    }
]
# An upload is bounded first, then streamed to a file.
FILE_UPLOAD_HANDLERS = [
    "rosterkeeper.features.connections.uploads.WithinLimit",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
STATIC_URL = "/static/"
# Served from the packages themselves: an installation has no step that collects files.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
LANGUAGES = [*NAMED_LANGUAGES.items()]
LANGUAGE_CODE = "en"
LOCALE_PATHS = [Path(__file__).resolve().parents[1] / "locale"]

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_ADAPTER = "rosterkeeper.features.accounts.adapter.ClosedAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "overview"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = False
# Tries are counted in the database (`accounts.throttle`): allauth's own count is one process's alone.
ACCOUNT_RATE_LIMITS = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
SOCIALACCOUNT_ADAPTER = "rosterkeeper.features.signin.oidc.SignInAdapter"
MFA_ADAPTER = "rosterkeeper.features.accounts.factor.SealedMFAAdapter"
MFA_FORMS = {
    "authenticate": "rosterkeeper.features.accounts.factor.CodeForm",
    "reauthenticate": "rosterkeeper.features.accounts.factor.CodeAgainForm",
}
MFA_TOTP_ISSUER = "Rosterkeeper"
# A phone's clock may be half a minute off.
MFA_TOTP_TOLERANCE = 1
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
# The end of a session is the server's matter; see `accounts.sessions`.
SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _CONFIGURATION.is_https
SESSION_COOKIE_NAME = "__Host-session" if _CONFIGURATION.is_https else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if _CONFIGURATION.is_https else "csrf"
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in _CONFIGURATION.web_hosts if _CONFIGURATION.is_https]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _CONFIGURATION.trusts_proxy else None
SECURE_HSTS_SECONDS = 31_536_000 if _CONFIGURATION.is_https else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "rosterkeeper.service.problems.forged"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "rosterkeeper.service.logs.PlacesFormatter"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line"},
        "nowhere": {"class": "logging.NullHandler"},
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        # Their lines hold addresses, and so one-time links, and what a request said; `problems` writes its own.
        "django.request": {"handlers": ["nowhere"], "propagate": False},
        "django.security": {"handlers": ["nowhere"], "propagate": False},
    },
}
