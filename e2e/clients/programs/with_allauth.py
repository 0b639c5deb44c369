"""A small Django site whose visitors log in by django-allauth: WeChat and Weibo."""

from __future__ import annotations

from typing import Any

from answering import answer
from django.conf import settings
from django.http import JsonResponse
from django.urls import include, path
from django_site import prepare, running

prepare(
    ("allauth.socialaccount.providers.weixin", "allauth.socialaccount.providers.weibo"),
    SOCIALACCOUNT_STORE_TOKENS=True,
)


def me(request: Any) -> JsonResponse:
    accounts = request.user.socialaccount_set.all() if request.user.is_authenticated else []
    return JsonResponse(
        {"accounts": [{"uid": one.uid, "name": str(one), "data": one.extra_data} for one in accounts]},
        json_dumps_params={"ensure_ascii": False},
    )


urlpatterns = [path("accounts/", include("allauth.urls")), path("me", me)]
site = running()


def start(provider: str, app: dict[str, str]) -> str:
    """The site's address; from now on it knows this app."""
    own = {"APPS": [{"client_id": app["appid"], "secret": app["secret"], "key": ""}]}
    if app.get("authorize_url"):
        own |= {"AUTHORIZE_URL": app["authorize_url"], "SCOPE": ["snsapi_userinfo"]}
    settings.SOCIALACCOUNT_PROVIDERS = {provider: own}
    return site


answer(globals())
