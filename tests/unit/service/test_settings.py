import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from model.errors import InvalidInputError
from service.doctor.settings_checks import read
from service.settings import Settings
from service.settings_source import read_settings, unknown_variables, warn_of_unknown


def test_every_setting_is_documented_and_has_a_default():
    Settings()
    for name, field in Settings.model_fields.items():
        assert field.description, name


def test_targets_are_read_from_the_scorer():
    assert Settings(scorer="grpc://a:1,b:2").scorer_targets == ("a:1", "b:2")
    assert Settings(scorer="embedded").scorer_targets == ()


def test_what_a_canary_is_allowed_is_set_by_name():
    settings = Settings(
        canary_min_requests=1,
        canary_max_error_rate=0.2,
        canary_max_latency_ratio=3,
        canary_latency_floor_ms=4,
        canary_max_score_shift=5,
    )
    assert list(settings.canary_thresholds.to_json().values()) == [1, 0.2, 3, 4, 5]


def test_settings_are_frozen():
    with pytest.raises(ValidationError):
        Settings().port = 1  # type: ignore[misc]  # that is what is tested


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", 65536),
        ("admin_port", 65536),
        ("rate_requests_per_s", 0),
        ("rate_requests_per_s", "nan"),
        ("rate_requests_per_s", 1e-320),
        ("rate_rows_per_s", 1e-320),
        ("rate_burst", 10**390),
        ("redis_ttl_s", 10**16),
        ("release_root", ""),
        ("rate_burst", -1),
        ("rate_rows_per_s", "inf"),
        ("trusted_proxies", "*"),
        ("model_name", "../other"),
        ("model_name", ""),
        ("scorer", "http://a:1"),
        ("scorer", "grpc://a"),
        ("scorer", "grpc://a:0"),
        ("scorer", "grpc://"),
        ("redis_url", "http://a"),
        ("redis_url", "rediss://a?ssl_cert_reqs=none"),
        ("redis_url", "cluster://a"),
        ("redis_max_keys", 0),
        ("redis_budget_ms", 0),
        ("max_body_bytes", 0),
        ("unknown_fields", "maybe"),
        ("l1_rows", 0),
        ("canary_key_header", "x user"),
        ("canary_key_header", "x-user:"),
        ("canary_min_requests", 0),
        ("canary_max_error_rate", 1.5),
        ("canary_max_latency_ratio", 0.5),
        ("canary_latency_floor_ms", 0),
        ("canary_max_score_shift", 0),
    ],
)
def test_unsafe_values_are_refused_by_name(name: str, value: object):
    with pytest.raises(InvalidInputError, match=f"DYNINT_{name.upper()}"):
        read_settings({name: value})


def test_an_empty_value_is_none_where_there_may_be_none(monkeypatch: pytest.MonkeyPatch):
    optional = [name for name, field in Settings.model_fields.items() if field.default is None]
    assert {"api_keys_file", "redis_password_file", "tracing_endpoint"} <= set(optional)
    for name in optional:
        monkeypatch.setenv(f"DYNINT_{name.upper()}", "")
    settings = read_settings({})
    assert {getattr(settings, name) for name in optional} == {None}
    assert not settings.model_fields_set  # nobody gave one


def test_a_redis_budget_must_fit_the_requests_deadline():
    with pytest.raises(InvalidInputError, match="redis_budget_ms"):
        read_settings({"redis_url": "redis://a", "request_timeout_ms": 20})


def test_a_secret_is_not_repeated():
    with pytest.raises(InvalidInputError) as caught:
        read_settings({"redis_url": "http://user:secret@host"})
    assert "secret" not in str(caught.value)
    assert "secret" not in repr(Settings(redis_url="redis://user:secret@host"))


def test_a_variable_that_means_nothing_is_warned_of(capsys: pytest.CaptureFixture[str]):
    warn_of_unknown({"DYNINT_REDISURL": "redis://a", "DYNINT_PORT": "1", "PATH": ""})
    said = capsys.readouterr().err
    assert said == "warning: DYNINT_REDISURL is no setting; did you mean DYNINT_REDIS_URL?\n"


def test_a_rule_of_several_settings_blames_no_variable_that_is_none():
    with pytest.raises(InvalidInputError) as caught:
        read_settings({"port": 9090, "admin_port": 9090, "scorer": "http://a:1"})
    scorer = "DYNINT_SCORER: must be 'embedded' or 'grpc://host:port[,host:port]'"
    assert str(caught.value) == scorer
    with pytest.raises(InvalidInputError) as caught:
        read_settings({"port": 9090, "admin_port": 9090})
    assert str(caught.value) == "admin_port must be another than port; received the same"
    settings, findings = read({"port": 9090, "admin_port": 9090})
    assert settings is None
    assert [(each.check, each.found) for each in findings] == [("settings", str(caught.value))]


def test_variables_of_the_projects_other_parts_are_not_warned_of():
    root = Path(__file__).parents[3]
    named = set[str]()
    for path in ("docker-compose.yml", "deploy/cron/dynint-retrain", "service/static/page/curl.js"):
        named |= set(re.findall(r"\bDYNINT_[A-Z_]+\b", (root / path).read_text()))
    assert {"DYNINT_BIND", "DYNINT_REDIS_ENV", "DYNINT_GRAFANA_ENV"} <= named
    assert {"DYNINT_HOME", "DYNINT_KEY"} <= named
    assert unknown_variables(named) == []
