"""The composition root: the one place where the gateway's parts meet."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from importlib import metadata as packages
from importlib.util import find_spec
from typing import TYPE_CHECKING

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from model.errors import InvalidInputError
from service.access.guard import Guard
from service.access.key_file import KeyFile
from service.access.places import takes_head
from service.adaptive_limit import AdaptiveLimit
from service.body_budget import BodyBudget
from service.canary.keeper import CanaryKeeper
from service.components import Components
from service.crowd import Crowd
from service.edge import REQUEST_ID
from service.errors import ServiceError
from service.gate_watch import GateWatch
from service.gateway import Gateway
from service.inheritance import inherit
from service.metrics import Metrics
from service.predictor import Predictor
from service.problems import MEDIA_TYPE, problem_of
from service.release_loader import ReleaseLoader
from service.releases import Releases
from service.request_log import RequestLog
from service.routes import docs, health, metrics, models, page
from service.routes.predict import PATHS, PredictEndpoint
from service.scorers.batcher import Batcher
from service.scorers.scorer import Scorer
from service.settings import Settings
from service.slots import Slots
from service.tracer import Tracer
from service.turnstile import Turnstile

if TYPE_CHECKING:
    from service.tiers.redis_cache import RedisCache

_log = structlog.get_logger()
_YOUNG_OBJECTS = 20_000
_ANSWERED = (HTTPException, RequestValidationError, ServiceError, Exception)


def create_app(settings: Settings | None = None, scorer: Scorer | None = None) -> Gateway:
    """Put the gateway together; nothing is loaded, connected or started before the application is.

    Args:
        settings: by default what the environment says.
        scorer: by default the one that the settings name.

    Raises:
        InvalidInputError: if the settings ask for what is not installed.
        pydantic.ValidationError: if the environment's settings break their rules.
    """
    settings = settings or Settings()
    counted = Metrics()
    cache = _cache(settings, counted)
    limit = AdaptiveLimit(settings.max_concurrent_requests, settings.wait_target_s)
    counted.watch(limit)
    slots = _slots(settings)
    turnstile = Turnstile(slots)
    scorer = scorer or _scorer(settings, counted, Crowd(limit, turnstile), slots)
    poll_s, drain_s = settings.pointer_poll_ms / 1e3, 2 * settings.request_timeout_ms / 1e3
    warm = partial(inherit, most_s=settings.l1_inherit_ms / 1e3)
    canaries = CanaryKeeper(
        settings.model_dir,
        _loader(settings, scorer, cache).load,
        settings.canary_thresholds,
        counted.canary,
        poll_s,
        warm,
        drain_s,
    )
    canaries.on_trial.append(counted.set_canary)
    releases = Releases(
        settings.release_root,
        settings.model_name,
        _loader(settings, scorer, cache).load,
        poll_s,
        warm,
        drain_s,
        canaries,
        settings.keep_previous,
    )
    counted.follow(releases, settings.scorer_targets)
    releases.on_live.append(counted.set_live)
    releases.on_attempt.append(counted.count_release_load)
    guard = Guard(counted.access, settings.rate)
    predictor = Predictor(releases, settings.max_rows, limit, turnstile, slots)
    request_log = RequestLog(settings.log_sample, settings.log_slow_ms)
    gate_watch = GateWatch(settings.gate_sample, counted.gate_saturation)
    components = Components(
        settings,
        counted,
        scorer,
        cache,
        releases,
        canaries,
        predictor,
        limit,
        request_log,
        gate_watch,
        guard,
        _tracer(settings),
        _key_file(settings, guard),
    )
    predict = PredictEndpoint(
        predictor,
        counted,
        settings.max_body_bytes,
        settings.body_timeout_ms / 1e3,
        settings.request_timeout_ms,
        BodyBudget(settings.max_body_bytes_in_flight),
        settings.canary_key_header,
    )
    routers = [module.router for module in (health, models, metrics, docs, page)]
    paths = {
        route.path for router in routers for route in router.routes if isinstance(route, Route)
    }
    app = Gateway(
        components,
        predict,
        PATHS | paths,
        title="DynInt gateway",
        version=packages.version("dynint"),
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        exception_handlers=dict.fromkeys(_ANSWERED, _answer_problem),
    )
    app.router.routes.extend(
        Route(path, predict, methods=["POST"], include_in_schema=False) for path in sorted(PATHS)
    )
    for router in routers:
        app.include_router(router)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Bring the parts up beside the running server, and take them down in the end."""
    components: Components = app.state.components
    start = asyncio.create_task(_bring_up(components))
    if components.key_file is not None:
        components.key_file.start()
    yield
    if components.key_file is not None:
        await components.key_file.stop()
    start.cancel()
    await asyncio.gather(start, return_exceptions=True)
    await components.releases.stop()
    await components.gate_watch.close()
    if components.cache is not None:
        await components.cache.close()
    await components.scorer.close()
    if components.tracer is not None:
        await asyncio.to_thread(components.tracer.close)


async def _bring_up(components: Components) -> None:
    try:
        await components.scorer.start()
        # What was imported so far stays for ever: the collector need not look at it, with requests
        # waiting.
        gc.collect()
        gc.freeze()
        # Nor at what some dozens of requests hold: each look takes milliseconds of one of them.
        gc.set_threshold(_YOUNG_OBJECTS)
        if components.cache is not None:
            await components.cache.start()
        components.releases.start()
    except Exception as error:
        _log.error("start_failed", error=type(error).__name__, exc_info=error)
        components.releases.problem = "the gateway could not start; the log says why"


def _loader(settings: Settings, scorer: Scorer, cache: "RedisCache | None") -> ReleaseLoader:
    """Make a loader; the canary's is another than the live release's, which waits for nobody."""
    return ReleaseLoader(
        settings.model_name,
        scorer,
        cache,
        settings.l1_rows,
        settings.unknown_fields == "ignore",
        settings.table_preload_mb * 2**20,
    )


def _cache(settings: Settings, counted: Metrics) -> "RedisCache | None":
    """Import Redis' client only if it is used: it takes longer than all of ours."""
    if settings.redis_url is None:
        return None
    from service.tiers.redis_factory import make_cache

    return make_cache(
        settings,
        counted.count_redis_error,
        counted.redis_written.inc,
        counted.redis_skipped.inc,
    )


def _key_file(settings: Settings, guard: Guard) -> KeyFile | None:
    """Read the keys; without a file none are asked for."""
    if settings.api_keys_file is None:
        return None
    return KeyFile(settings.api_keys_file, guard.use, guard.refused)


def _tracer(settings: Settings) -> Tracer | None:
    """Import OpenTelemetry only if traces are asked for."""
    if settings.tracing_endpoint is None:
        return None
    try:
        from service.otlp_sink import OtlpSink
    except ModuleNotFoundError as error:
        raise InvalidInputError(
            "tracing_endpoint: needs OpenTelemetry, which is not installed. Install it "
            "(pip install 'dynint[tracing]') or set no endpoint"
        ) from error
    return Tracer(OtlpSink(settings.tracing_endpoint), settings.tracing_sample)


def _slots(settings: Settings) -> Slots:
    """Count threads where there are any: one call more than they are keeps them busy."""
    if settings.scorer_targets:
        return Slots()
    from service.scorers.scoring_threads import never_worth_a_hop

    workers = settings.scorer_workers
    return Slots(workers + 1, 1 + never_worth_a_hop(workers, settings.scorer_inline_rows))


def _scorer(settings: Settings, counted: Metrics, crowd: Crowd, slots: Slots) -> Scorer:
    """Import only the scorer that is asked for."""
    if settings.scorer_targets:
        from service.scorers.remote import RemoteScorer

        return RemoteScorer(
            settings.scorer_targets,
            settings.model_name,
            settings.remote_dtype,
            counted.count_scorer_retry,
        )
    from service.scorers.embedded import EmbeddedScorer
    from service.scorers.scoring_threads import ScoringThreads, never_worth_a_hop

    if find_spec("tensorflow") is None:
        raise InvalidInputError(
            "scorer: 'embedded' needs TensorFlow, which is not installed. Install it "
            "(pip install 'dynint[embedded]') or name a model server: grpc://host:port"
        )
    # Joined rows are scored on the event loop, which is where the requests wait.
    workers, inline_rows = settings.scorer_workers, settings.scorer_inline_rows
    rows = min(settings.batch_rows, inline_rows)
    make_batcher = None
    if settings.batch_delay_ms:
        make_batcher = partial(
            Batcher,
            most_rows=rows,
            small_rows=min(rows // 2, never_worth_a_hop(workers, inline_rows)),
            delay_s=settings.batch_delay_ms / 1e3,
            crowd=crowd,
            observe=counted.batch_requests.observe,
        )
    threads = ScoringThreads(workers, inline_rows, crowd, slots)
    return EmbeddedScorer(settings.scorer_threads, threads, make_batcher)


async def _answer_problem(request: Request, error: Exception) -> Response:
    """Answer with a problem where FastAPI would with a form of its own."""
    problem = problem_of(error)
    body = problem.body(request.scope[REQUEST_ID])
    headers = problem.headers
    if problem.status == HTTPStatus.METHOD_NOT_ALLOWED and takes_head(request.scope["path"]):
        headers = headers | {"Allow": "GET, HEAD"}
    return Response(body, problem.status, headers, MEDIA_TYPE)
