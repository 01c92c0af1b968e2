"""What ``dynint promote`` waits for: model servers, a warm Redis, gateways."""

from model.rollout.gateways import gateway_address, wait_live
from model.rollout.model_servers import scorer_targets, wait_available
from model.rollout.redis_rows import warm_redis

__all__ = ["gateway_address", "scorer_targets", "wait_available", "wait_live", "warm_redis"]
