import pytest

from service.settings import PREFIX, Settings, SettingsError, from_environment

NUMBERS = [
    name
    for name, field in Settings.model_fields.items()
    if field.annotation in {int, float, int | None} and name != "port"
]


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", ["0", "-1", "nan", "many", ""])
def test_a_limit_that_allows_nothing_or_is_no_number_is_refused_by_its_name(
    name: str, value: str
) -> None:
    with pytest.raises(SettingsError, match=f"{PREFIX}{name.upper()}: "):
        from_environment({f"{PREFIX}{name.upper()}": value})


@pytest.mark.parametrize("name", ["WORKER", "KEY", "API_KEYS", "ALLOW_ALL"])
def test_a_setting_that_is_unknown_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(SettingsError, match=f"{PREFIX}{name}: "):
        from_environment({f"{PREFIX}{name}": "1"})


@pytest.mark.parametrize(
    "url",
    [
        "",
        "jobs.db",
        "mysql://u:secret@h/d",
        "postgres://u:secret@h/d",
        "sqlite+aiosqlite:///x",
        "http://h:secret/",
    ],
)
def test_another_kind_of_database_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(
        SettingsError, match=r"COASTER_DATABASE_URL: .*sqlite.*postgresql"
    ) as refused:
        from_environment({"COASTER_DATABASE_URL": url})
    assert "secret" not in str(refused.value)


def test_a_permission_that_is_neither_given_nor_refused_is_named() -> None:
    with pytest.raises(SettingsError, match="COASTER_ALLOW_ANYONE: "):
        from_environment({"COASTER_ALLOW_ANYONE": "perhaps"})


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost", "Localhost"])
def test_on_a_loopback_host_a_client_may_have_any_number_of_fits(host: str) -> None:
    settings = Settings(host=host, workers=2)

    assert (settings.on_loopback, settings.open_to_anyone, settings.fits_per_client) == (
        True,
        False,
        None,
    )


@pytest.mark.parametrize(
    "host",
    [
        "0.0.0.0",
        "::",
        "",
        "10.0.0.1",
        "127.example",
        "::ffff:10.0.0.1",
        "localhost.example",
        "128.0.0.1",
    ],
)
def test_elsewhere_a_client_may_have_four_fits_for_each_worker(host: str) -> None:
    settings = Settings(host=host, workers=2)

    assert (settings.on_loopback, settings.open_to_anyone, settings.fits_per_client) == (
        False,
        True,
        8,
    )


def test_a_number_that_is_given_holds_everywhere() -> None:
    assert [
        Settings(host=host, max_fits_per_client=3).fits_per_client
        for host in ("127.0.0.1", "0.0.0.0")
    ] == [3, 3]
