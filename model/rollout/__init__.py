"""What is asked of the servers at a promotion: model servers, a warm Redis, gateways."""

from model.rollout.gateway_look import gateway_address, look
from model.rollout.gateway_verdict import GatewayVerdict, find_verdict
from model.rollout.gateways import require_open, wait_live
from model.rollout.model_servers import scorer_targets, wait_available
from model.rollout.redis_rows import warm_redis

__all__ = [
    "GatewayVerdict",
    "find_verdict",
    "gateway_address",
    "look",
    "require_open",
    "scorer_targets",
    "wait_available",
    "wait_live",
    "warm_redis",
]
