"""A Django site whose visitors log in by OpenID Connect: django-allauth's provider, or mozilla-django-oidc."""

from __future__ import annotations

from typing import Any

from answering import answer
from django.conf import settings
from django.http import JsonResponse
from django.urls import include, path
from django_site import prepare, running

prepare(
    ("allauth.socialaccount.providers.openid_connect", "mozilla_django_oidc"),
    ("mozilla_django_oidc.auth.OIDCAuthenticationBackend",),
    LOGIN_REDIRECT_URL_FAILURE="/me",
    LOGOUT_REDIRECT_URL="/me",
    OIDC_RP_SCOPES="openid email profile",
    OIDC_USE_PKCE=True,
    OIDC_RP_CLIENT_ID="",
    OIDC_RP_CLIENT_SECRET="",
    OIDC_OP_AUTHORIZATION_ENDPOINT="",
    OIDC_OP_TOKEN_ENDPOINT="",
    OIDC_OP_USER_ENDPOINT="",
    OIDC_OP_JWKS_ENDPOINT="",
    OIDC_RP_SIGN_ALGO="RS256",
)


def me(request: Any) -> JsonResponse:
    who = request.user
    if not who.is_authenticated:
        return JsonResponse({"user": None})
    accounts = [{"uid": one.uid, "data": one.extra_data} for one in who.socialaccount_set.all()]
    return JsonResponse(
        {"user": who.username, "email": who.email, "accounts": accounts},
        json_dumps_params={"ensure_ascii": False},
    )


urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("oidc/", include("mozilla_django_oidc.urls")),
    path("me", me),
]
site = running()


def where() -> str:
    return site


def start_allauth(app: dict[str, str], issuer: str, method: str | None = None) -> str:
    """The address where a login begins; the site knows this app from now on."""
    known = {
        "provider_id": "town",
        "name": "Town",
        "client_id": app["appid"],
        "secret": app["secret"],
        "settings": {"server_url": issuer, "token_auth_method": method, "oauth_pkce_enabled": True},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [known]}}
    return f"{site}/accounts/oidc/town/login/"


def start_mozilla(app: dict[str, str], issuer: str, userinfo: str, alg: str = "RS256") -> str:
    settings.OIDC_RP_CLIENT_ID, settings.OIDC_RP_CLIENT_SECRET = app["appid"], app["secret"]
    settings.OIDC_OP_AUTHORIZATION_ENDPOINT = f"{issuer}/oauth/authorize"
    settings.OIDC_OP_TOKEN_ENDPOINT = f"{issuer}/oauth/token"
    settings.OIDC_OP_USER_ENDPOINT = userinfo
    settings.OIDC_OP_JWKS_ENDPOINT = f"{issuer}/oauth/jwks"
    settings.OIDC_RP_SIGN_ALGO = alg
    return f"{site}/oidc/authenticate/"


answer(globals())
