import re

import pytest
from hypothesis import given as examples
from hypothesis import strategies as st

from service.cores import usable_cores
from service.settings import VARIABLE_PREFIX, Settings, SettingsError, from_environment

NUMBERS = [
    name
    for name, field in Settings.model_fields.items()
    if field.annotation in {int, float, int | None} and name != "port"
]
LEAST = {
    "workers": 1,
    "max_body_bytes": 1024,
    "max_connections": 1,
    "max_worker_bytes": 512 * 1024 * 1024,
    "job_workers": 1,
    "max_waiting_jobs": 1,
    "max_jobs_per_key": 1,
    "max_kept_jobs": 1,
    "max_store_bytes": 1024 * 1024,
    "waiting_per_worker": 1,
    "max_fits_per_client": 1,
    "max_streams": 1,
    "shutdown_seconds": 1,
}
"""The least value of each setting that counts."""
MOST = {"workers": 256, "job_workers": 256, "port": 65535}


def given(name: str, value: object) -> Settings:
    """Return the settings of an environment with one variable."""
    return from_environment({f"{VARIABLE_PREFIX}{name.upper()}": str(value)})


def refused(name: str, value: object) -> str:
    """Return the message that refuses a variable, or nothing if it is accepted."""
    try:
        given(name, value)
    except SettingsError as error:
        return str(error)
    return ""


def test_a_limit_of_nothing_and_a_limit_that_is_no_number_are_refused_by_their_name() -> None:
    accepted = [
        (name, value)
        for name in NUMBERS
        for value in ("0", "-1", "nan", "inf", "many", "")
        if not refused(name, value).startswith(f"{VARIABLE_PREFIX}{name.upper()}: ")
    ]

    assert len(NUMBERS) > 15
    assert accepted == []


def test_each_setting_that_counts_has_its_least_value() -> None:
    assert {name: getattr(given(name, least), name) for name, least in LEAST.items()} == LEAST
    assert [name for name, least in LEAST.items() if not refused(name, least - 1)] == []


def test_a_time_may_be_as_short_as_a_millisecond() -> None:
    times = [name for name in NUMBERS if name.endswith("_seconds") and name not in LEAST]

    assert len(times) == 7
    assert {name: getattr(given(name, 0.001), name) for name in times} == dict.fromkeys(
        times, 0.001
    )


def test_processes_and_ports_have_their_most() -> None:
    assert {name: getattr(given(name, most), name) for name, most in MOST.items()} == MOST
    assert [name for name, most in MOST.items() if not refused(name, most + 1)] == []


def test_port_0_is_a_free_port_and_lower_ports_do_not_exist() -> None:
    assert given("port", 0).port == 0
    assert refused("port", -1).startswith("COASTER_PORT: ")


def test_a_setting_that_is_unknown_is_refused_by_its_name() -> None:
    unknown = ["WORKER", "KEY", "API_KEYS", "ALLOW_ALL"]

    assert [
        name for name in unknown if not refused(name, "1").startswith(f"{VARIABLE_PREFIX}{name}: ")
    ] == []


def test_a_misspelt_setting_is_reported_with_the_nearest_name() -> None:
    assert refused("workrs", 2) == "COASTER_WORKRS: unknown setting, did you mean COASTER_WORKERS?"


def test_an_unknown_setting_without_a_similar_one_is_reported_alone() -> None:
    assert refused("zzz", 1) == "COASTER_ZZZ: unknown setting"


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("port", "x", "must be a whole number"),
        ("port", "1.5", "must be a whole number"),
        ("port", "9" * 5000, "must be a smaller number"),
        ("port", "70000", "must be at most 65535"),
        ("workers", "0", "must be at least 1"),
        ("max_fit_seconds", "long", "must be a number"),
        ("max_fit_seconds", "0", "must be greater than 0"),
        ("max_fit_seconds", "nan", "must be a finite number"),
        ("allow_anyone", "perhaps", "must be true or false"),
        ("log_format", "xml", "must be 'auto', 'json' or 'text'"),
        ("log_format", "\udcff", "must be valid UTF-8"),
        ("database_url", "sqlite:///\udcff", "must be valid UTF-8"),
        ("database_url", "mysql://", "must begin with sqlite:// or postgresql://"),
    ],
)
def test_a_value_that_is_not_allowed_is_explained(name: str, value: str, reason: str) -> None:
    assert refused(name, value) == f"COASTER_{name.upper()}: {reason}"


@examples(name=st.sampled_from(list(Settings.model_fields)), value=st.text())
def test_every_text_is_accepted_or_explained(name: str, value: str) -> None:
    assert re.fullmatch(f"|COASTER_{name.upper()}: must .*", refused(name, value))


def test_every_setting_that_is_wrong_is_named() -> None:
    with pytest.raises(SettingsError) as caught:
        from_environment({"COASTER_WORKERS": "0", "COASTER_PORT": "x", "COASTER_HOST": "::"})

    names = [problem.partition(": ")[0] for problem in str(caught.value).split("; ")]
    assert names == ["COASTER_PORT", "COASTER_WORKERS"]


def test_other_variables_of_the_environment_are_ignored() -> None:
    environment = {"PORT": "1", "coaster_port": "2", "MY_COASTER_PORT": "3", "COASTER_PORT": "9000"}

    assert from_environment(environment).port == 9000


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
    ) as caught:
        given("database_url", url)
    assert "secret" not in str(caught.value)


def test_a_permission_that_is_neither_yes_nor_no_is_refused_by_its_name() -> None:
    assert refused("allow_anyone", "perhaps").startswith("COASTER_ALLOW_ANYONE: ")


def test_origins_are_separated_by_commas_or_spaces() -> None:
    assert given("cors_origins", "https://a.example, https://b.example  null").cors_origins == (
        "https://a.example",
        "https://b.example",
        "null",
    )


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


def test_a_limit_of_fits_that_is_given_holds_on_every_host() -> None:
    assert [
        Settings(host=host, max_fits_per_client=3).fits_per_client
        for host in ("127.0.0.1", "0.0.0.0")
    ] == [3, 3]


def test_a_service_with_keys_is_not_open_to_anyone() -> None:
    assert not given("host", "0.0.0.0").model_copy(update={"api_keys_file": "keys"}).open_to_anyone


def test_fits_may_wait_for_each_worker() -> None:
    assert Settings(workers=3, waiting_per_worker=5).waiting == 15


def test_machines_share_the_jobs_of_a_postgresql_server() -> None:
    urls = ("postgresql://host/jobs", "sqlite:///postgresql:")

    assert [Settings(database_url=url).in_a_cluster for url in urls] == [True, False]


def test_the_limits_by_default() -> None:
    settings = Settings(workers=1, job_workers=1)

    assert {name: getattr(settings, name) for name in NUMBERS} == {
        "workers": 1,
        "max_body_bytes": 4_194_304,
        "max_upload_bytes": 100_663_296,
        "max_job_file_bytes": 1_073_741_824,
        "max_held_bytes": 100_663_296,
        "max_head_seconds": 5,
        "max_body_seconds": 10,
        "max_connections": 4096,
        "max_fit_seconds": 10,
        "max_worker_bytes": 1_073_741_824,
        "job_workers": 1,
        "max_job_seconds": 60,
        "max_waiting_jobs": 1000,
        "max_jobs_per_key": 100,
        "max_kept_jobs": 10_000,
        "job_kept_seconds": 86_400,
        "max_store_bytes": 8_589_934_592,
        "waiting_per_worker": 4,
        "max_fits_per_client": None,
        "max_wait_seconds": 5,
        "max_streams": 256,
        "max_stream_seconds": 300,
        "shutdown_seconds": 8,
    }
    assert (settings.host, settings.port, settings.database_url) == (
        "127.0.0.1",
        8000,
        "sqlite:///coaster.db",
    )


def test_by_default_there_is_a_process_for_each_usable_core() -> None:
    settings = Settings()

    assert (settings.workers, settings.job_workers) == (usable_cores(), usable_cores())


def test_the_largest_file_can_always_be_held() -> None:
    larger = Settings(max_upload_bytes=200_000_000)

    assert (Settings().held_bytes, larger.held_bytes) == (100_663_296, 200_000_000)
