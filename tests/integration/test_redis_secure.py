"""Users, passwords and TLS, against a real redis-server; and how many connections there are."""

from pathlib import Path
from typing import Any

import pytest
import redis
from structlog.testing import capture_logs

from model.errors import InvalidInputError
from service.main import create_app
from service.scorers.sum_scorer import SumScorer
from service.settings import Settings
from tests.integration.processes import RedisServer, local_gateway, wait_until
from tests.integration.redis_support import Authority
from tests.integration.test_gateway_redis import check_scores, known_levels


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


def settings(root: Path, url: str, **others: object) -> Settings:
    values = {"redis_budget_ms": 500, "redis_breaker_cooldown_ms": 100, "l1_rows": 1, **others}
    return Settings(release_root=root, model_name="sums", redis_url=url, **values)


def is_filled(chosen: Settings, root: Path, client: redis.Redis) -> None:
    with local_gateway(chosen, SumScorer()) as gateway:
        check_scores(gateway, root, degraded=False)
        wait_until(lambda: client.dbsize() >= known_levels(root))
        check_scores(gateway, root, degraded=False)


def is_refused(chosen: Settings, root: Path) -> None:
    with local_gateway(chosen, SumScorer()) as gateway:
        check_scores(gateway, root, degraded=True)
        assert gateway.is_ready()


def test_a_user_with_few_rights_and_a_password_from_a_file(module_releases: Path, tmp_path: Path):
    secret = tmp_path / "password"
    secret.write_text("open-sesame\n")
    with RedisServer() as server, redis.Redis.from_url(server.url) as client:
        client.execute_command(
            *("ACL", "SETUSER", "gateway", "on", ">open-sesame", "~dynint:*"),
            *("+mget", "+get", "+set", "+ping"),
        )
        url = server.url.replace("redis://", "redis://gateway@")
        chosen = settings(module_releases, url, redis_password_file=secret)
        is_filled(chosen, module_releases, client)
        client.execute_command("ACL", "SETUSER", "gateway", "resetpass", ">another")
        is_refused(chosen, module_releases)
        secret.write_text("another\n")  # read again at each connection
        is_filled(chosen, module_releases, client)
        secret.unlink()
        is_refused(chosen, module_releases)


def why_left_alone(chosen: Settings, root: Path) -> dict[str, Any]:
    """Ask until Redis is left alone; returns the line of the log that says so."""
    with capture_logs() as lines, local_gateway(chosen, SumScorer()) as gateway:
        while not gateway.app.components.cache.is_open:
            check_scores(gateway, root, degraded=True)
    assert "open-sesame" not in str(lines)
    (line,) = [line for line in lines if line["event"] == "redis_left_alone"]
    return {name: line[name] for name in ("reason", "error", "text")}


def test_the_log_says_why_redis_is_left_alone(module_releases: Path):
    with RedisServer() as server, redis.Redis.from_url(server.url) as client:
        no_password_there = settings(module_releases, server.url, redis_password="open-sesame")  # noqa: S106 (of this test)
        assert why_left_alone(no_password_there, module_releases) == {
            "reason": "error",
            "error": "RedisError",
            "text": "redis: AUTH must be accepted; received ERR (it has no password, and one was sent)",
        }
        client.execute_command("ACL", "SETUSER", "one", "on", ">one", "~other:*", "+get", "+mget")
        without_rights = settings(
            module_releases, server.url.replace("redis://", "redis://one:one@")
        )
        assert why_left_alone(without_rights, module_releases) == {
            "reason": "error",
            "error": "RedisError",
            "text": "redis: must let rows be read; received NOPERM",
        }
        client.config_set("requirepass", "another")
        assert why_left_alone(no_password_there, module_releases) == {
            "reason": "error",
            "error": "RedisError",
            "text": "redis: AUTH must be accepted; received WRONGPASS",
        }
    refused = why_left_alone(settings(module_releases, server.url), module_releases)
    assert (refused["reason"], refused["error"]) == ("error", "ConnectionRefusedError")
    assert str(server.port) in refused["text"]


def test_tls_with_an_authority_of_our_own(module_releases: Path, authority: Authority):
    with authority.server() as server, redis.Redis(port=server.port) as client:
        client.execute_command("ACL", "SETUSER", "gateway", "on", ">open-sesame", "~*", "+@all")
        url = server.url.replace("rediss://", "rediss://gateway:open-sesame@")
        chosen = settings(module_releases, url, redis_ca_file=authority.ca)
        is_filled(chosen, module_releases, client)


@pytest.mark.parametrize(
    ("host", "ours"),
    [("localhost", False), ("127.0.0.2", True)],
    ids=["authority unknown", "name of another"],
)
def test_a_certificate_that_proves_nothing_is_refused(
    module_releases: Path, authority: Authority, host: str, ours: bool
):
    with authority.server() as server:
        server_url = server.url.replace("localhost", host)
        chosen = settings(module_releases, server_url, redis_ca_file=authority.ca if ours else None)
        is_refused(chosen, module_releases)


def test_plain_text_to_a_tls_port_degrades(module_releases: Path, authority: Authority):
    with authority.server() as server:
        is_refused(
            settings(module_releases, f"redis://localhost:{server.tls_port}"), module_releases
        )


def test_a_ca_file_that_is_none_is_refused_at_the_start(module_releases: Path, tmp_path: Path):
    for path in (tmp_path / "absent.pem", Path(__file__)):
        chosen = settings(module_releases, "rediss://localhost", redis_ca_file=path)
        with pytest.raises(InvalidInputError, match="redis_ca_file: must be"):
            create_app(chosen, SumScorer())


def test_requests_share_at_most_so_many_connections(module_releases: Path):
    with RedisServer() as server, redis.Redis.from_url(server.url) as client:
        chosen = settings(module_releases, server.url, redis_max_connections=2)
        with local_gateway(chosen, SumScorer()) as gateway:
            for _ in range(30):
                check_scores(gateway, module_releases, degraded=False)
            assert client.info("clients")["connected_clients"] <= 3  # ours is one
            assert client.info("stats")["total_connections_received"] <= 4
