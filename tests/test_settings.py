"""Settings come from variables and arguments, and a wrong one is named with what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.errors import UsageError
from graph.settings import Settings


def test_the_environment_sets_each_field_in_its_type() -> None:
    settings = Settings.from_environment(
        {
            "TROPICO_PORT": "8001",
            "TROPICO_QUERY_TIMEOUT": "2.5",
            "TROPICO_STORE": "/tmp/x",
            "TROPICO_BASE_URL": "https://e.org/kg/",
        }
    )
    assert (settings.port, settings.query_timeout, settings.store) == (8001, 2.5, Path("/tmp/x"))
    assert settings.base_url == "https://e.org/kg"


def test_an_argument_wins_over_the_environment_and_none_is_no_argument() -> None:
    settings = Settings.from_environment({"TROPICO_PORT": "8001", "TROPICO_HOST": "::1"}, port=9000, host=None)
    assert (settings.port, settings.host) == (9000, "::1")


def test_an_empty_variable_and_a_foreign_one_change_nothing() -> None:
    assert Settings.from_environment({"TROPICO_PORT": "", "PORT": "1", "tropico_port": "2"}) == Settings()


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("TROPICO_PORT", "eighty", "a whole number from 0 to 65535"),
        ("TROPICO_PORT", "65536", "a whole number from 0 to 65535"),
        ("TROPICO_PORT", "80.5", "a whole number"),
        ("TROPICO_QUERY_TIMEOUT", "0", "a number of seconds from 0.01 to 3600"),
        ("TROPICO_QUERY_TIMEOUT", "nan", "a number of seconds"),
        ("TROPICO_MAX_ROWS", "-1", "rows from 1"),
        ("TROPICO_HOST", "a b", "a host name"),
        ("TROPICO_BASE_URL", "ftp://example.org", "http(s)"),
        ("TROPICO_BASE_URL", "https://example.org/?a", "http(s)"),
        ("TROPICO_BASE_URL", "http://[", "http(s)"),
    ],
)
def test_a_bad_value_is_named_with_its_key_and_what_is_allowed(key: str, value: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        Settings.from_environment({key: value})
    assert key in str(caught.value) and repr(value) in str(caught.value) and said in str(caught.value)


def test_a_misspelt_variable_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(UsageError, match="did you mean TROPICO_QUERY_TIMEOUT"):
        Settings.from_environment({"TROPICO_QUERY_TIMOUT": "1"})


def test_a_bad_argument_is_named_by_its_field() -> None:
    with pytest.raises(UsageError, match="^port is '-1'"):
        Settings(port=-1)


def test_without_a_home_there_is_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    assert Settings().cache is None


def test_the_cache_lies_where_the_system_keeps_caches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert Settings().cache == tmp_path / "tropico-kg"


@pytest.mark.parametrize(("text", "expected"), [("on", True), ("off", False), ("OFF", False)])
def test_a_switch_is_on_or_off(text: str, expected: bool) -> None:
    assert Settings.from_environment({"TROPICO_CORS": text}).cors is expected
    with pytest.raises(UsageError, match="TROPICO_CORS is 'perhaps'; it must be on or off"):
        Settings.from_environment({"TROPICO_CORS": "perhaps"})


def test_credentials_of_an_endpoint_are_read_and_never_shown() -> None:
    settings = Settings.from_environment({"TROPICO_ENDPOINT_USER": "ada", "TROPICO_ENDPOINT_PASSWORD": "se-cret"})
    assert (settings.endpoint_user, settings.endpoint_password) == ("ada", "se-cret") and "cret" not in repr(settings)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "a.example/sparql", "http://", "http://a b/", "http://a:99999/"])
def test_an_endpoint_is_an_http_address(url: str) -> None:
    with pytest.raises(UsageError, match="TROPICO_ENDPOINT is .* http"):
        Settings.from_environment({"TROPICO_ENDPOINT": url})


def test_an_endpoint_with_credentials_in_it_is_refused_without_showing_them() -> None:
    with pytest.raises(UsageError, match="holds credentials; take them out") as caught:
        Settings.from_environment({"TROPICO_ENDPOINT": "http://ada:se-cret@a.example/"})
    assert "cret" not in str(caught.value)


def test_a_place_on_the_command_line_wins_over_another_of_the_environment() -> None:
    environ = {"TROPICO_ENDPOINT": "http://a.example/", "TROPICO_UPDATE_ENDPOINT": "http://a.example/u"}
    assert Settings.from_environment(environ, store="x").endpoint == ""
    assert Settings.from_environment({"TROPICO_STORE": "x"}, endpoint="http://a.example/").store is None
