"""Puts the Redis tier together."""

from collections.abc import Callable

from model.errors import InvalidInputError
from service.settings import Settings
from service.tiers.circuit_breaker import CircuitBreaker
from service.tiers.redis_address import RedisAddress, parse_address
from service.tiers.redis_cache import RedisCache
from service.tiers.redis_cluster import RedisCluster
from service.tiers.redis_connections import RedisConnections
from service.tiers.redis_node import RedisNode
from service.tiers.redis_servers import RedisServers, SingleRedis
from service.tiers.write_back import WriteBack


def make_servers(settings: Settings) -> RedisServers:
    """Make the server or the Cluster of the settings' address; nothing is connected yet.

    Raises:
        InvalidInputError: if there is no address, or it or a file that it needs breaks a rule.
    """
    if settings.redis_url is None:
        raise InvalidInputError("redis_url: must be set (DYNINT_REDIS_URL); it is not")
    addresses, clustered = parse_address(
        settings.redis_url.get_secret_value(),
        settings.redis_password_file,
        settings.redis_ca_file,
        settings.redis_password.get_secret_value(),
    )
    timeout_s = settings.redis_connect_timeout_ms / 1e3

    def node(address: RedisAddress) -> RedisNode:
        return RedisNode(
            RedisConnections(address, settings.redis_max_connections, timeout_s),
            CircuitBreaker(settings.redis_breaker_failures, address.name),
            settings.redis_breaker_cooldown_ms / 1e3,
            timeout_s,
        )

    return RedisCluster(addresses, node) if clustered else SingleRedis(node(addresses[0]))


def make_cache(
    settings: Settings,
    count_error: Callable[[str, str], None],
    count_written: Callable[[int], None],
    count_skipped: Callable[[int], None],
) -> RedisCache:
    """Make the tier; nothing is connected or started yet.

    Args:
        settings: what to reach and how.
        count_error: told the operation and the reason of each failure.
        count_written: told the rows of each batch that was written.
        count_skipped: told the rows that a read did not ask for in its time.

    Raises:
        InvalidInputError: if there is no address, or it or a file that it needs breaks a rule.
    """
    servers = make_servers(settings)
    writer = WriteBack(
        servers,
        settings.redis_write_queue_rows,
        settings.redis_ttl_s,
        count_error,
        count_written,
    )
    return RedisCache(
        servers,
        settings.redis_budget_ms / 1e3,
        settings.redis_max_keys,
        writer,
        count_error,
        count_skipped,
    )
