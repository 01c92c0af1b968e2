"""Each way in which a real Redis can be wrong."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from service.doctor.case import Case
from service.doctor.finding import Finding
from service.doctor.redis_checks import check_redis
from service.settings import Settings
from tests.integration.doctor.conftest import run_doctor
from tests.integration.processes import RedisServer, free_port
from tests.integration.redis_support import Authority, RedisClusterOf3, RedisWith
from tests.integration.toxic_proxy import ToxicProxy
from tests.integration.toxics import Latency

pytestmark = pytest.mark.slow


def examine(url: str, **others: object) -> dict[str, Finding]:
    """Run the Redis checks; a finding by the first words of its check, without the server."""
    case = Case(Settings(redis_url=url, scorer="grpc://h:1", **others), {})
    found: dict[str, Finding] = {}
    for each in check_redis(case):
        words = [word for word in each.check.split() if ":" not in word and "/" not in word]
        found.setdefault(" ".join(words), each)
    return found


@pytest.fixture(scope="module")
def bounded() -> Iterator[RedisServer]:
    with RedisWith("--maxmemory", "50mb") as server, redis.Redis(port=server.port) as client:
        client.config_set("requirepass", "open-sesame")
        yield server


@pytest.fixture
def admin(bounded: RedisServer) -> Iterator[redis.Redis]:
    with redis.Redis(port=bounded.port, password="open-sesame") as client:  # noqa: S106 (of this test)
        client.config_set("maxmemory-policy", "allkeys-lfu")
        yield client


def with_password(server: RedisServer, password: str = "open-sesame") -> str:  # noqa: S107 (of this test)
    return server.url.replace("redis://", f"redis://:{password}@")


def test_one_that_is_well_keeps_nothing_of_the_doctor(bounded: RedisServer, admin: redis.Redis):
    found = examine(with_password(bounded), redis_budget_ms=900)
    assert {each.state for each in found.values()} == {"ok"}, found
    assert found["redis latency"].figures["p50_ms"] > 0
    assert "100 pings" in found["redis latency"].found
    assert admin.dbsize() == 0
    assert admin.info("commandstats")["cmdstat_set"]["calls"] >= 1
    assert admin.info("commandstats")["cmdstat_del"]["calls"] >= 1


@pytest.mark.usefixtures("admin")
def test_a_password_of_its_own_setting(bounded: RedisServer, tmp_path: Path):
    found = examine(bounded.url, redis_password="open-sesame", redis_budget_ms=900)  # noqa: S106 (of this test)
    assert {each.state for each in found.values()} == {"ok"}, found
    (tmp_path / "password").write_text("open-sesame")
    both = {"redis_password": "open-sesame", "redis_password_file": tmp_path / "password"}
    assert "beside another password" in examine(bounded.url, **both)["redis"].found


def test_a_database_that_is_not_there(bounded: RedisServer):
    finding = examine(with_password(bounded).removesuffix("/0") + "/99")["redis"]
    assert finding.state == "failed"
    assert "no such database" in finding.do


@pytest.mark.parametrize("database", ["/1", "/99"])
def test_a_missing_password_is_no_missing_database(bounded: RedisServer, database: str):
    finding = examine(bounded.url.removesuffix("/0") + database)["redis"]
    assert "NOAUTH" in finding.found
    assert "DYNINT_REDIS_PASSWORD_FILE" in finding.do


def test_a_user_who_may_not_select(bounded: RedisServer, admin: redis.Redis):
    admin.execute_command("ACL", "SETUSER", "app", "on", ">pw", "~*", "+@all", "-select")
    url = bounded.url.replace("redis://", "redis://app:pw@").removesuffix("/0") + "/1"
    finding = examine(url)["redis"]
    assert "SELECT must be accepted; received NOPERM" in finding.found
    assert "ACL user" in finding.do


@pytest.mark.parametrize(("password", "code"), [("wrong", "WRONGPASS"), (None, "NOAUTH")])
def test_a_password_that_is_wrong_or_missing(bounded: RedisServer, password: str | None, code: str):
    url = bounded.url if password is None else with_password(bounded, password)
    finding = examine(url)["redis"]
    assert finding.state == "failed"
    assert code in finding.found
    assert "DYNINT_REDIS_PASSWORD_FILE" in finding.do
    assert "wrong" not in finding.found.lower().replace("wrongpass", "")


def test_a_password_where_redis_has_none(tmp_path: Path):
    secret = tmp_path / "password"
    secret.write_text("open-sesame")
    with RedisWith() as server:
        finding = examine(server.url, redis_password_file=secret)["redis"]
        assert finding.state == "failed"
        assert "received ERR (it has no password, and one was sent)" in finding.found
        assert "Set its requirepass" in finding.do
        assert "Set the password" not in finding.do
        assert "open-sesame" not in finding.found + finding.do


def test_a_greeting_that_is_repeated_to_us_is_not_repeated(tmp_path: Path):
    (tmp_path / "redis.conf").write_text('rename-command AUTH ""\n')
    with RedisWith("--include", str(tmp_path / "redis.conf")) as server:
        with redis.Redis(port=server.port) as client, pytest.raises(redis.ResponseError) as said:
            client.execute_command("AUTH", "open-sesame")
        assert "open-sesame" in str(said.value)  # Redis' own words would give it away
        finding = examine(server.url, redis_password="open-sesame")["redis"]  # noqa: S106 (of this test)
    assert finding.state == "failed"
    assert "AUTH must be accepted; received ERR" in finding.found
    assert "open-sesame" not in finding.found + finding.do


@pytest.mark.parametrize(
    ("policy", "state"),
    [
        ("allkeys-lru", "ok"),
        ("noeviction", "failed"),
        ("allkeys-random", "warning"),
        ("volatile-lru", "warning"),
    ],
)
def test_policies(bounded: RedisServer, admin: redis.Redis, policy: str, state: str):
    admin.config_set("maxmemory-policy", policy)
    finding = examine(with_password(bounded))["redis policy"]
    assert finding.state == state
    assert policy in finding.found
    assert state == "ok" or "allkeys-lfu" in finding.do


def test_no_bound_at_all_is_a_warning():
    with RedisServer() as server:
        finding = examine(server.url)["redis policy"]
    assert finding.state == "warning"
    assert "maxmemory is 0" in finding.found


def test_full_and_without_eviction_takes_no_row(bounded: RedisServer, admin: redis.Redis):
    admin.config_set("maxmemory-policy", "noeviction")
    admin.config_set("maxmemory", 1)
    try:
        finding = examine(with_password(bounded))["redis row"]
    finally:
        admin.config_set("maxmemory", 50_000_000)
    assert finding.state == "failed"
    assert finding.found == "a row is not taken: OOM"
    assert "allkeys-lfu" in finding.do


def test_a_user_with_the_gateways_rights_is_enough(bounded: RedisServer, admin: redis.Redis):
    admin.execute_command(
        *("ACL", "SETUSER", "gateway", "on", ">one", "~dynint:*", "+mget", "+get", "+set", "+ping")
    )
    found = examine(bounded.url.replace("redis://", "redis://gateway:one@"))
    assert found["redis memory"].state == "skipped"
    assert "expires in 30 s" in found["redis row"].found
    assert found["redis row"].state == "ok"
    admin.execute_command("ACL", "SETUSER", "gateway", "-set")
    found = examine(bounded.url.replace("redis://", "redis://gateway:one@"))
    assert found["redis row"].found == "a row is not taken: NOPERM"


def test_tls(tmp_path: Path):
    authority = Authority(tmp_path)
    with authority.server() as server:
        found = examine(server.url, redis_ca_file=authority.ca)
        assert "answers, TLS" in found["redis"].found
        assert found["redis row"].state == "ok"
        unknown = examine(server.url)["redis"]
        assert "its certificate is refused" in unknown.found
        assert "DYNINT_REDIS_CA_FILE" in unknown.do
        plain = examine(f"redis://localhost:{server.tls_port}")["redis"]
        assert plain.state == "failed"


def test_nobody_there_and_somebody_who_never_answers(releases: Path):
    refused = examine(f"redis://127.0.0.1:{free_port()}")["redis"]
    assert "refused" in refused.found.lower() or "connect" in refused.found.lower()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        examined = run_doctor(releases, "--redis-url", url)
        assert time.monotonic() - began < 60
    finding = examined.of("redis 127")
    assert finding["state"] == "failed"
    assert "no answer in time" in finding["found"] or "closed" in finding["found"]


def test_one_that_is_far_away():
    with (
        RedisServer() as server,
        ToxicProxy(f"127.0.0.1:{server.port}") as proxy,
        proxy.toxic(Latency(60), "downstream"),
    ):
        found = examine(f"redis://{proxy.target}", redis_budget_ms=20)
    assert found["redis latency"].state == "failed"
    assert found["redis latency"].figures["p50_ms"] >= 60
    assert "DYNINT_REDIS_BUDGET_MS" in found["redis latency"].do
    assert found["redis row"].state == "ok"


def test_a_cluster(tmp_path: Path):
    with RedisClusterOf3(tmp_path) as cluster:
        found = examine(cluster.url)
        assert "state ok, 16384 of 16384 slots, 3 masters" in found["redis cluster"].found
        for _ in range(4):  # the key is another one each time, mostly on another node
            assert examine(cluster.url)["redis row"].state == "ok"
        alone = examine(cluster.url.replace("+cluster", ""))["redis cluster"]
        assert alone.state == "failed"
        assert alone.do == "Begin DYNINT_REDIS_URL with redis+cluster://"
        left = [cluster.client(place).dbsize() for place in range(3)]
    assert left == [0, 0, 0]


def test_no_cluster_where_the_address_says_one():
    with RedisServer() as server:
        finding = examine(server.url.replace("redis://", "redis+cluster://"))["redis cluster"]
    assert finding.state == "failed"
    assert "is no node of a Cluster" in finding.found


def test_an_address_that_is_none():
    finding = examine("redis://h:port")["redis"]
    assert finding.state == "failed"
    assert "redis_url: must be scheme:" in finding.found
