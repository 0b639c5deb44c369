"""A small Django site in a folder of its own, whose visitors log in by a package."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import django
from answering import serve
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

folder = tempfile.TemporaryDirectory()


def prepare(apps: tuple[str, ...], backends: tuple[str, ...] = (), **more: Any) -> None:
    """Before the program imports what needs settings; it holds ``urlpatterns``, and «/me» is where a login ends."""
    settings.configure(
        SECRET_KEY="site",
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF="__main__",
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": Path(folder.name) / "site.db"}
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "allauth",
            "allauth.account",
            "allauth.socialaccount",
            *apps,
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "allauth.account.middleware.AccountMiddleware",
        ],
        AUTHENTICATION_BACKENDS=["allauth.account.auth_backends.AuthenticationBackend", *backends],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
            }
        ],
        SOCIALACCOUNT_LOGIN_ON_GET=True,
        LOGIN_REDIRECT_URL="/me",
        LOGGING_CONFIG=None,
        **more,
    )
    django.setup()


def running() -> str:
    """Its address; from now on it answers."""
    call_command("migrate", verbosity=0)
    return serve(get_wsgi_application())
