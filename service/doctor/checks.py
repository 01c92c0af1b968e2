"""The checks, in their order: later ones use what earlier ones found."""

from collections.abc import Callable, Iterable

from service.doctor import (
    embedded_scorer,
    installed,
    keys,
    limits,
    port,
    release_root,
    running_gateway,
    settings_checks,
)
from service.doctor.case import Case
from service.doctor.finding import Finding

Check = Callable[[Case], Iterable[Finding]]


def _redis(case: Case) -> Iterable[Finding]:
    """Import Redis' client only if it is used."""
    if case.settings.redis_url is None:
        return [Finding("redis", "skipped", "DYNINT_REDIS_URL is not set: the tier is not used")]
    from service.doctor.redis_checks import check_redis

    return check_redis(case)


def _model_servers(case: Case) -> Iterable[Finding]:
    """Import gRPC only if it is used."""
    if not case.settings.scorer_targets:
        return []
    from service.doctor.model_servers import check_model_servers

    return check_model_servers(case)


CHECKS: dict[str, Check] = {
    "settings": settings_checks.check_settings,
    "python": installed.check_python,
    "packages": installed.check_packages,
    "release root": release_root.check_root,
    "pointer": release_root.check_pointer,
    "versions": release_root.check_versions,
    "leftovers": release_root.check_leftovers,
    "serving config": release_root.check_serving_config,
    "disk": release_root.check_disk,
    "redis": _redis,
    "model servers": _model_servers,
    "embedded scorer": embedded_scorer.check_embedded,
    "open files": limits.check_files,
    "processors": limits.check_cpus,
    "memory": limits.check_memory,
    "temporary files": limits.check_temporary,
    "api keys": keys.check_keys,
    "port": port.check_port,
    "admin port": port.check_admin_port,
    "gateway": running_gateway.check_gateway,
}
"""Name of each check, for when it cannot tell anything itself."""
