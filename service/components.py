"""The gateway's parts, as ``service.main`` has put them together."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from service.access.guard import Guard
from service.access.key_file import KeyFile
from service.adaptive_limit import AdaptiveLimit
from service.canary.keeper import CanaryKeeper
from service.gate_watch import GateWatch
from service.metrics import Metrics
from service.predictor import Predictor
from service.releases import Releases
from service.request_log import RequestLog
from service.scorers.scorer import Scorer
from service.settings import Settings
from service.tracer import Tracer

if TYPE_CHECKING:
    from service.tiers.redis_cache import RedisCache


@dataclass(slots=True)
class Components:
    """What the routes delegate to.

    Attributes:
        settings: the frozen settings.
        metrics: counters and histograms.
        scorer: embedded or remote.
        cache: the Redis tier, if configured.
        releases: which release is live.
        canaries: keeps the canary.
        predictor: answers queries.
        limit: how many requests may be under way.
        request_log: tells of requests.
        gate_watch: measures the model's gates.
        guard: who may ask, and how much.
        tracer: traces requests, if configured.
        key_file: gives the guard its keys, if configured.
        admin_port: the port of what is administrative, once it is known; ``None`` without one.
        draining: whether the process is about to end.
    """

    settings: Settings
    metrics: Metrics
    scorer: Scorer
    cache: "RedisCache | None"
    releases: Releases
    canaries: CanaryKeeper
    predictor: Predictor
    limit: AdaptiveLimit
    request_log: RequestLog
    gate_watch: GateWatch
    guard: Guard
    tracer: Tracer | None = None
    key_file: KeyFile | None = None
    admin_port: int | None = None
    draining: bool = False
