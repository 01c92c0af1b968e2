"""Secrets come from files, and nothing shows them."""

import os
from pathlib import Path

import httpx
import pytest
import redis

from model.errors import InvalidInputError
from service.settings import Settings
from service.settings_source import read_settings
from tests.integration.keys import make_key
from tests.integration.processes import GatewayProcess, RedisServer, read_reference, wait_until

SECRET = "open-sesame"  # noqa: S105


def test_the_address_of_redis_may_come_from_a_file_and_is_shown_nowhere(
    module_releases: Path, tmp_path: Path
):
    with RedisServer() as server, redis.Redis.from_url(server.url) as client:
        client.execute_command("ACL", "SETUSER", "gateway", "on", f">{SECRET}", "~*", "+@all")
        file = tmp_path / "redis-url"
        file.write_text(server.url.replace("redis://", f"redis://gateway:{SECRET}@") + "\n")
        keys = tmp_path / "keys"
        key, line = make_key("shop")
        keys.write_text(line)
        settings = {"redis_url_file": file, "log_level": "debug", "log_sample": 1}
        with GatewayProcess(module_releases, api_keys_file=keys, **settings) as gateway:
            asking = httpx.Client(base_url=gateway.url, headers={"x-api-key": key}, timeout=30)
            with asking:
                assert asking.post("/predict", json={"instances": [{}]}).status_code == 200
                wait_until(lambda: client.dbsize() > 0)
                health = asking.get("/healthz")
                assert health.json()["redis"] == "in use"
                seen = [health.text, asking.get("/metrics").text, asking.get("/v1/models").text]
                client.execute_command("ACL", "SETUSER", "gateway", "resetpass", ">another")
                client.execute_command("CLIENT", "KILL", "USER", "gateway")
                answer = asking.post(
                    "/predict", json={"instances": read_reference(module_releases)[0]}
                )
                assert answer.json()["degraded"] is True
                seen.append(asking.get("/healthz").text)
            seen += [answer.text, *gateway.lines]
        for secret in (SECRET, key):
            assert secret not in "".join(seen)


def refusal(**options: object) -> str:
    with pytest.raises(InvalidInputError) as caught:
        read_settings(options)
    assert SECRET not in str(caught.value)
    return str(caught.value)


def test_a_file_that_holds_no_address_is_refused_by_name(tmp_path: Path):
    file = tmp_path / "redis-url"
    assert f"redis_url_file: must be a file that can be read; {file}" in refusal(
        redis_url_file=file
    )
    file.write_text("\n")
    assert "redis_url_file: must hold something" in refusal(redis_url_file=file)
    file.write_bytes(b"\xff\xfe")
    assert "redis_url_file: must be text in UTF-8" in refusal(redis_url_file=file)
    os.mkfifo(tmp_path / "pipe")
    assert "must be a regular file" in refusal(redis_url_file=tmp_path / "pipe")
    assert "Is a directory" in refusal(redis_url_file=tmp_path)
    file.write_text(f"http://user:{SECRET}@there")
    assert "DYNINT_REDIS_URL: must start with one of" in refusal(redis_url_file=file)


def test_two_addresses_are_refused_and_an_option_wins_over_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    file = tmp_path / "redis-url"
    file.write_text(f"redis://:{SECRET}@from-file")
    monkeypatch.setenv("DYNINT_REDIS_URL_FILE", str(file))
    found = read_settings({}).redis_url
    assert found is not None
    assert found.get_secret_value() == f"redis://:{SECRET}@from-file"
    chosen = read_settings({"redis_url": "redis://from-option"}).redis_url
    assert chosen is not None
    assert chosen.get_secret_value() == "redis://from-option"
    monkeypatch.setenv("DYNINT_REDIS_URL", f"redis://:{SECRET}@from-environment")
    assert "redis_url_file must not be given beside redis_url" in refusal()


def test_settings_show_no_secret_and_empty_variables_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    file = tmp_path / "redis-url"
    file.write_text(f"redis://:{SECRET}@there")
    settings = Settings(redis_url_file=file)
    for shown in (repr(settings), str(settings), settings.model_dump_json(), str(vars(settings))):
        assert SECRET not in shown
    for name in ("REDIS_URL", "REDIS_URL_FILE", "API_KEYS_FILE", "ADMIN_PORT"):
        monkeypatch.setenv(f"DYNINT_{name}", "")
    empty = Settings()
    assert (empty.redis_url, empty.redis_url_file) == (None, None)
    assert (empty.api_keys_file, empty.admin_port) == (None, None)
