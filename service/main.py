"""The composition root: the one place where the gateway's parts meet."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import metadata as packages
from importlib.util import find_spec

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from model.errors import InvalidInputError
from service.adaptive_limit import AdaptiveLimit
from service.body_budget import BodyBudget
from service.components import Components
from service.edge import REQUEST_ID
from service.errors import ServiceError
from service.gateway import Gateway
from service.metrics import Metrics
from service.predictor import Predictor
from service.problems import MEDIA_TYPE, problem_of
from service.release_loader import ReleaseLoader
from service.releases import Releases
from service.routes import docs, health, metrics, models
from service.routes.predict import PATHS, PredictEndpoint
from service.scorers.scorer import Scorer
from service.settings import Settings
from service.tiers.redis_cache import RedisCache
from service.tiers.redis_factory import make_cache

_log = structlog.get_logger()
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
    scorer = scorer or _scorer(settings, counted)
    loader = ReleaseLoader(
        settings.model_name,
        scorer,
        cache,
        settings.l1_rows,
        settings.unknown_fields == "ignore",
        settings.table_preload_mb * 2**20,
    )
    releases = Releases(
        settings.release_root, settings.model_name, loader.load, settings.pointer_poll_ms / 1e3
    )
    releases.on_live.append(counted.set_live)
    releases.on_attempt.append(counted.count_release_load)
    limit = AdaptiveLimit(settings.max_concurrent_requests, settings.queue_target_ms / 1e3)
    counted.watch(limit)
    predictor = Predictor(releases, settings.max_rows, limit)
    components = Components(settings, counted, scorer, cache, releases, predictor, limit)
    predict = PredictEndpoint(
        predictor,
        counted,
        settings.max_body_bytes,
        settings.body_timeout_ms / 1e3,
        settings.request_timeout_ms,
        BodyBudget(settings.max_body_bytes_in_flight),
    )
    routers = [module.router for module in (health, models, metrics, docs)]
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
    yield
    start.cancel()
    await asyncio.gather(start, return_exceptions=True)
    await components.releases.stop()
    if components.cache is not None:
        await components.cache.close()
    await components.scorer.close()


async def _bring_up(components: Components) -> None:
    try:
        await components.scorer.start()
        # What was imported so far stays for ever: the collector need not look at it, with requests
        # waiting.
        gc.collect()
        gc.freeze()
        if components.cache is not None:
            await components.cache.start()
        components.releases.start()
    except Exception as error:
        _log.error("start_failed", error=type(error).__name__, exc_info=error)
        components.releases.problem = "the gateway could not start; the log says why"


def _cache(settings: Settings, counted: Metrics) -> RedisCache | None:
    if settings.redis_url is None:
        return None
    return make_cache(
        settings,
        counted.count_redis_error,
        counted.redis_written.inc,
        counted.redis_skipped.inc,
    )


def _scorer(settings: Settings, counted: Metrics) -> Scorer:
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

    if find_spec("tensorflow") is None:
        raise InvalidInputError(
            "scorer: 'embedded' needs TensorFlow, which is not installed. Install it "
            "(pip install 'dynint[embedded]') or name a model server: grpc://host:port"
        )
    return EmbeddedScorer(settings.scorer_threads, settings.scorer_inline_rows)


async def _answer_problem(request: Request, error: Exception) -> Response:
    """Answer with a problem where FastAPI would with a form of its own."""
    problem = problem_of(error)
    body = problem.body(request.scope[REQUEST_ID])
    return Response(body, problem.status, problem.headers, MEDIA_TYPE)
