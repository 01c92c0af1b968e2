import re
from pathlib import Path
from typing import Any

import pytest

from model.errors import InvalidInputError
from service.tiers.redis_address import parse_address


def test_the_parts_of_an_address():
    (address,), clustered = parse_address("redis://ann:s%40crt@cache:7000/3")
    assert not clustered
    assert (address.host, address.port, address.db) == ("cache", 7000, 3)
    assert address.greeting() == [("AUTH", "ann", "s@crt"), ("SELECT", "3")]
    assert address.tls is None
    assert "s@crt" not in repr(address)


def test_what_is_left_out_has_a_default():
    (address,), _ = parse_address("redis://cache")
    assert (address.port, address.db, address.greeting()) == (6379, 0, [])


def test_a_socket_in_the_file_system():
    (address,), _ = parse_address("unix:///run/redis.sock?db=2")
    assert (address.path, address.name) == ("/run/redis.sock", "/run/redis.sock")
    assert address.greeting() == [("SELECT", "2")]


def test_a_cluster_names_its_nodes():
    addresses, clustered = parse_address("redis+cluster://:pw@a:1,b,[::1]:3")
    assert clustered
    assert [(each.host, each.port) for each in addresses] == [("a", 1), ("b", 6379), ("::1", 3)]
    assert all(each.greeting() == [("AUTH", "pw")] for each in addresses)


def test_tls_verifies_certificate_and_name():
    (address,), _ = parse_address("rediss://cache")
    assert address.tls is not None
    assert address.tls.check_hostname
    assert address.tls.verify_mode.name == "CERT_REQUIRED"
    (nameless,), _ = parse_address("rediss://cache?ssl_check_hostname=false")
    assert nameless.tls is not None
    assert nameless.tls.verify_mode.name == "CERT_REQUIRED"
    assert not nameless.tls.check_hostname


def test_a_password_file_is_read_each_time(tmp_path: Path):
    file = tmp_path / "password"
    (address,), _ = parse_address("redis://ann@cache", password_file=file)
    for word in (b"one", b"two"):
        file.write_bytes(word + b"\n")
        assert address.greeting() == [("AUTH", "ann", word)]


def test_a_password_may_come_by_itself():
    (address,), _ = parse_address("redis://ann@a", password="word")  # noqa: S106
    assert address.greeting() == [("AUTH", "ann", "word")]


@pytest.mark.parametrize(
    ("url", "options", "named"),
    [
        ("http://a", {}, "redis_url"),
        ("redis://secret@a:port", {}, "redis_url"),
        ("redis+cluster://a/1", {}, "redis_url"),
        ("redis://a?timeout=3", {}, "redis_url"),
        ("rediss://a?ssl_cert_reqs=none", {}, "redis_url"),
        ("redis://:secret@a", {"password_file": Path("file")}, "redis_password_file"),
        ("redis://a", {"password": "secret", "password_file": Path("f")}, "redis_password_file"),
        ("redis://:secret@a", {"password": "other"}, "redis_password"),
        ("redis://a", {"ca_file": Path("file")}, "redis_ca_file"),
        ("rediss://a", {"ca_file": Path("absent")}, "redis_ca_file"),
    ],
)
def test_what_breaks_a_rule_is_refused_by_name(url: str, options: dict[str, Any], named: str):
    with pytest.raises(InvalidInputError, match=f"^{named}: ") as caught:
        parse_address(url, **options)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["redis", "rediss", "redis+cluster", "unix"])
@pytest.mark.parametrize(
    "password", ["12345/6789", "12345#6789", "12345?6789", "qz/xk", "qz?xk=1", "qz@xk/w"]
)
@pytest.mark.parametrize("host", ["cache:7000/1", "cache", "/run/redis.sock"])
def test_a_password_that_cuts_the_address_is_no_part_of_the_error(
    scheme: str, password: str, host: str
):
    if (scheme == "unix") != host.startswith("/"):
        return
    with pytest.raises(InvalidInputError, match="%2F") as caught:
        parse_address(f"{scheme}://ann:{password}@{host}")
    said = str(caught.value)
    assert not [part for part in re.findall(r"\w\w+", password) if part in said]


@pytest.mark.parametrize(
    "url", ["redis://12345/xy", "redis://a:1/xy", "redis://a#3", "redis://a?db=x"]
)
def test_a_database_is_a_number(url: str):
    with pytest.raises(InvalidInputError, match=r"redis_url: must be .*\[/database\]"):
        parse_address(url)


def test_a_password_in_per_cent_signs_is_whole():
    (address,), _ = parse_address("redis://:a%2Fb%23c%3Fd%40e%25@cache:7000/1")
    assert address.greeting() == [("AUTH", "a/b#c?d@e%"), ("SELECT", "1")]
    assert address.name == "cache:7000"
