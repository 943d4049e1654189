"""Django's settings, built from one CentralConfig. Nothing is decided here that a town would want to change.

Rules
  1. Scripts and styles come from files only; no page may be framed; nothing is kept in a cache.
  2. Logs carry types and codes (logs.py).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from kiosk.central import configuration

CENTRAL = configuration.current()
SECRET_KEY = configuration.secret_key(CENTRAL)

DEBUG = False
ALLOWED_HOSTS = list(CENTRAL.allowed_hosts)
ROOT_URLCONF = "kiosk.central.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = False

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "kiosk.central.apps.CentralApp",
]
MIDDLEWARE = [
    "kiosk.central.middleware.security_headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "axes.middleware.AxesMiddleware",
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
                "kiosk.central.inbox.context.town",
            ]
        },
    }
]

DATABASES: dict[str, dict[str, Any]] = {"default": configuration.database(CENTRAL)}

LANGUAGE_CODE = "de"
USE_I18N = True
USE_TZ = True
TIME_ZONE = CENTRAL.timezone

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = CENTRAL.static_max_age_s

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "inbox"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=5)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "inbox/locked.html"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True
AXES_CLIENT_IP_CALLABLE = "kiosk.central.throttle.address_of"

SESSION_COOKIE_AGE = 10 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_FAILURE_VIEW = "kiosk.central.inbox.views.expired"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

SECURE_TRANSPORT = configuration.secure(CENTRAL)
SESSION_COOKIE_SECURE = SECURE_TRANSPORT
CSRF_COOKIE_SECURE = SECURE_TRANSPORT
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SECURE_TRANSPORT else 0
SECURE_SSL_REDIRECT = SECURE_TRANSPORT
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if CENTRAL.behind_proxy else None
# Not "no-referrer": browsers then send "Origin: null" with a form, and Django refuses that form.
SECURE_REFERRER_POLICY = "same-origin"

# The calls of the delivery service read their own bodies and limit them themselves (service/bodies.py).
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024

LOGGING_CONFIG = "kiosk.central.logs.configure"
LOGGING: dict[str, Any] = {"version": 1}  # Django calls LOGGING_CONFIG only if there is something here
