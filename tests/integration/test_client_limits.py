"""Limits of rows, and of clients' addresses where there are no keys."""

from pathlib import Path

import httpx
import pytest

from service.scorers.sum_scorer import SumScorer
from service.settings import Settings
from tests.integration.processes import GatewayProcess, LocalGateway, local_gateway


def settings(root: Path, **others: object) -> Settings:
    return Settings(release_root=root, model_name="sums", **others)


def post(gateway: LocalGateway, rows: int = 1, **headers: str) -> httpx.Response:
    return gateway.client.post("/predict", json={"instances": [{}] * rows}, headers=headers)


def test_rows_are_a_debt_that_is_paid_before_more_is_scored(module_releases: Path):
    with local_gateway(settings(module_releases, rate_rows_per_s=10), SumScorer()) as gateway:
        assert post(gateway, 10_000).status_code == 200
        answer = post(gateway)
        assert answer.status_code == 429
        assert answer.json()["detail"].startswith("rows: must be at most 10 per second")
        assert 900 < int(answer.headers["retry-after"]) <= 1000
        assert gateway.metric("dynint_limited_requests_total", limit="rows") == 1
        assert gateway.client.get("/readyz").status_code == 200


def test_what_is_not_scored_costs_no_rows(module_releases: Path):
    with local_gateway(settings(module_releases, rate_rows_per_s=1), SumScorer()) as gateway:
        for _ in range(20):
            answer = gateway.client.post("/predict", json={"instances": [{}] * 100 + [3]})
            assert answer.status_code == 422


def test_an_address_has_its_burst_and_the_probes_are_no_part_of_it(module_releases: Path):
    chosen = settings(module_releases, rate_requests_per_s=0.01, rate_burst=5)
    with local_gateway(chosen, SumScorer()) as gateway:
        assert [post(gateway).status_code for _ in range(7)] == [200] * 5 + [429] * 2
        assert all(gateway.client.get("/livez").status_code == 200 for _ in range(20))
        # A header says nothing of the address unless a proxy is trusted.
        assert post(gateway, **{"x-forwarded-for": "10.9.9.9"}).status_code == 429


@pytest.mark.slow
def test_forwarded_addresses_count_behind_a_trusted_proxy_only(module_releases: Path):
    limits = {"rate_requests_per_s": 0.01, "rate_burst": 1, "model_name": "dynint"}
    with GatewayProcess(module_releases, trusted_proxies="127.0.0.0/8", **limits) as gateway:
        statuses = [
            httpx.get(f"{gateway.url}/v1/models", headers={"x-forwarded-for": client}).status_code
            for client in ("10.0.0.1", "10.0.0.1", "10.0.0.2", "10.9.9.9, 10.0.0.2")
        ]
        assert statuses == [200, 429, 200, 429]  # the last address is what our proxy saw
    with GatewayProcess(module_releases, **limits) as gateway:
        statuses = [
            httpx.get(f"{gateway.url}/v1/models", headers={"x-forwarded-for": client}).status_code
            for client in ("10.0.0.1", "10.0.0.2")
        ]
        assert statuses == [200, 429]


@pytest.mark.parametrize("proxies", ["*", "10.0.0.0/33", "proxy.example"])
def test_a_proxy_is_named_by_address(proxies: str):
    with pytest.raises(ValueError, match="must be addresses or networks"):
        Settings(trusted_proxies=proxies)
