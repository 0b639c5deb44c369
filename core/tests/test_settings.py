"""Settings: one prefix, plain types, and complaints in the words of the person who typed them."""

from __future__ import annotations

import pytest
from ninestep.settings import (
    ClientSettings,
    LauncherSettings,
    ProviderSettings,
    ResourceSettings,
    Settings,
    SettingsError,
    load,
)


def test_without_any_environment_there_is_a_town_on_loopback() -> None:
    settings = load(ProviderSettings, {})
    assert settings.provider_url == "http://127.0.0.1:9000"
    assert settings.loopback_only
    assert not settings.production


def test_an_unknown_name_stops_the_start_and_is_told() -> None:
    with pytest.raises(SettingsError) as caught:
        load(ProviderSettings, {"NINESTEP_ACCES_TTL": "5", "NINESTEP_ZZ": "", "PATH": "/bin"})
    assert str(caught.value) == "Unknown settings: NINESTEP_ACCES_TTL, NINESTEP_ZZ"


def test_where_a_town_runs_is_for_its_tests_and_stops_no_town() -> None:
    assert load(ProviderSettings, {"NINESTEP_URL": "http://127.0.0.1:9000"})


def test_a_name_that_another_service_knows_is_not_unknown() -> None:
    assert load(ResourceSettings, {"NINESTEP_MEITUAN_APPID": "wx1", "NINESTEP_STATE": "/x"})


@pytest.mark.parametrize(
    ("kind", "name", "value", "sentence"),
    [
        (ProviderSettings, "CODE_TTL", "ten", "NINESTEP_CODE_TTL is 'ten'; it has to be a whole number"),
        (Settings, "BACKSTAGE", "perhaps", "NINESTEP_BACKSTAGE is 'perhaps'; it can be true or false"),
        (Settings, "ENV", "prod", "NINESTEP_ENV is 'prod'; it can be development or production"),
        (LauncherSettings, "GATEWAY_PORT", "70000", "NINESTEP_GATEWAY_PORT is 70000; a port is 0 to 65535"),
        (LauncherSettings, "WORKERS", "-1", "NINESTEP_WORKERS is -1; it cannot be less than none"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_what_can(
    kind: type[Settings], name: str, value: str, sentence: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load(kind, {f"NINESTEP_{name}": value})
    assert str(caught.value) == sentence


def test_values_are_taken_as_what_their_field_is() -> None:
    settings = load(
        ClientSettings,
        {
            "NINESTEP_TRUSTED_PROXIES": "2",
            "NINESTEP_BACKSTAGE": "off",
            "NINESTEP_TOKEN_KEYS": "new, old,",
            "NINESTEP_MEITUAN_SECRET": "123e4567",  # must not become a number
        },
    )
    assert settings.trusted_proxies == 2
    assert settings.backstage is False
    assert settings.token_keys == ("new", "old")
    assert settings.meituan_secret == "123e4567"


def test_the_redis_url_is_taken_from_its_usual_name_too() -> None:
    assert load(Settings, {"REDIS_URL": "redis://a/1"}).redis_url == "redis://a/1"
    assert (
        load(Settings, {"REDIS_URL": "redis://a/1", "NINESTEP_REDIS_URL": "unix:///b"}).redis_url
        == "unix:///b"
    )


def test_the_launcher_knows_no_redis_until_one_is_named() -> None:
    assert load(LauncherSettings, {}).redis_url == ""
    assert load(LauncherSettings, {"REDIS_URL": "redis://a/1"}).redis_url == "redis://a/1"


def test_a_back_channel_uses_the_public_url_unless_another_is_set() -> None:
    environ = {"NINESTEP_PROVIDER_URL": "https://p.example/", "NINESTEP_RESOURCE_INTERNAL_URL": "http://r:1"}
    settings = load(Settings, environ)
    assert settings.provider_url == "https://p.example"  # no slash, so that a path can follow
    assert settings.provider_internal_url == "https://p.example"
    assert settings.resource_internal_url == "http://r:1"


@pytest.mark.parametrize(
    ("bind", "exposure", "only"),
    [("127.0.0.1", "", True), ("::1", "", True), ("0.0.0.0", "", False), ("0.0.0.0", "loopback", True)],
)
def test_what_reaches_the_ports_follows_from_the_address_unless_stated(
    bind: str, exposure: str, only: bool
) -> None:
    assert Settings(bind=bind, exposure=exposure).loopback_only is only


def test_what_the_caller_says_wins_over_the_environment() -> None:
    assert load(ProviderSettings, {"NINESTEP_CODE_TTL": "5"}, code_ttl=7).code_ttl == 7
