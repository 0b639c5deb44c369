"""A small Django site whose visitors log in by django-allauth: WeChat and Weibo."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import django
from answering import answer, serve
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import include, path

folder = tempfile.TemporaryDirectory()
settings.configure(
    SECRET_KEY="site",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": Path(folder.name) / "site.db"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
    INSTALLED_APPS=[
        *(
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
        ),
        *("allauth", "allauth.account", "allauth.socialaccount"),
        *("allauth.socialaccount.providers.weixin", "allauth.socialaccount.providers.weibo"),
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "allauth.account.middleware.AccountMiddleware",
    ],
    AUTHENTICATION_BACKENDS=["allauth.account.auth_backends.AuthenticationBackend"],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
        }
    ],
    SOCIALACCOUNT_LOGIN_ON_GET=True,
    SOCIALACCOUNT_STORE_TOKENS=True,
    LOGIN_REDIRECT_URL="/me",
    LOGGING_CONFIG=None,
)
django.setup()


def me(request: Any) -> JsonResponse:
    accounts = request.user.socialaccount_set.all() if request.user.is_authenticated else []
    return JsonResponse(
        {"accounts": [{"uid": one.uid, "name": str(one), "data": one.extra_data} for one in accounts]},
        json_dumps_params={"ensure_ascii": False},
    )


urlpatterns = [path("accounts/", include("allauth.urls")), path("me", me)]
call_command("migrate", verbosity=0)
site = serve(get_wsgi_application())


def start(provider: str, app: dict[str, str]) -> str:
    """The site's address; from now on it knows this app."""
    own = {"APPS": [{"client_id": app["appid"], "secret": app["secret"], "key": ""}]}
    if app.get("authorize_url"):
        own |= {"AUTHORIZE_URL": app["authorize_url"], "SCOPE": ["snsapi_userinfo"]}
    settings.SOCIALACCOUNT_PROVIDERS = {provider: own}
    return site


answer(globals())
