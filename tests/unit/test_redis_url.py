"""Addresses of Redis: what a command refuses is what the gateway refuses."""

import pytest

from model.errors import InvalidInputError
from model.redis_url import parse_redis_url
from service.tiers.redis_address import parse_address

GOOD = [
    *("redis://cache", "redis://ann:s%40crt@cache:7000/3", "unix:///run/redis.sock?db=2"),
    *("redis+cluster://:secret@a:1,b,[::1]:3", "rediss://cache?ssl_check_hostname=false"),
    "rediss+cluster://a:1,b:2/0",
]
BAD = [
    *("", "foo", "http://secret@a", "redis:/a", "redis://secret@a:port", "redis://secret@a/abc"),
    *("redis://:secret@a:99999", "redis+cluster://:secret@a:1,b:x", "redis+cluster://a/1"),
    *("redis://:se/cret@a:1", "redis://a?timeout=secret", "rediss://a?ssl_cert_reqs=none"),
    *("redis://a?db=secret", "redis://[::1", "unix://a?db=secret"),
]


@pytest.mark.parametrize("url", GOOD)
def test_the_servers_of_an_address_are_those_of_the_gateway(url: str):
    parsed, clustered = parse_redis_url(url, "--redis-url")
    addresses, also = parse_address(url)
    assert clustered == also
    assert [each.get("port", 6379) for each in parsed] == [each.port for each in addresses]
    hosts = [each.get("host", "") for each in parsed]
    assert hosts == [each.host for each in addresses]


@pytest.mark.parametrize("url", BAD)
def test_what_the_gateway_refuses_is_refused_by_the_options_name(url: str):
    with pytest.raises(InvalidInputError):
        parse_address(url)
    with pytest.raises(InvalidInputError, match=r"^--redis-url-file: ") as caught:
        parse_redis_url(url, "--redis-url-file")
    assert "cret" not in str(caught.value)
