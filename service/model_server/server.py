"""The model server, put together."""

import time
from concurrent.futures import ThreadPoolExecutor

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from tensorflow_serving.apis.model_service_pb2_grpc import add_ModelServiceServicer_to_server
from tensorflow_serving.apis.prediction_service_pb2_grpc import (
    add_PredictionServiceServicer_to_server,
)

from model.errors import InvalidInputError
from service.model_server.call_gate import CallGate
from service.model_server.config_file import ConfigFile
from service.model_server.events import tell
from service.model_server.initial_config import initial_config
from service.model_server.live_pointer import LivePointer
from service.model_server.model_registry import ModelRegistry
from service.model_server.model_service import ModelService
from service.model_server.options import ModelServerOptions
from service.model_server.prediction_service import PredictionService
from service.model_server.saved_model_servable import SavedModelServable
from service.model_server.version_keeper import VersionKeeper

LAME_DUCK_SECONDS = 0.25
"""How long callers are told UNAVAILABLE before their connections close."""

OTHER_CALLS = 4
"""Threads for the calls that never wait for a place: status, metadata, reload, health."""


class ModelServer:
    """A gRPC server of SavedModels.

    Building it loads nothing; ``start`` loads what is on disk and then listens.

    Raises:
        InvalidInputError: for a configuration that cannot be served, or an address in use.
    """

    def __init__(self, options: ModelServerOptions) -> None:
        self._options = options
        self._config = initial_config(options)
        source: ConfigFile | LivePointer | None = None
        if options.config_file is not None:
            source = ConfigFile(options.config_file)
        elif options.root is not None and options.follows_pointer:
            source = LivePointer(options.root, options.name)
            self._config = source.start()
        self._gate = CallGate(options.threads, options.queue)
        self._registry = ModelRegistry(options.early_labels)
        self._keeper = VersionKeeper(
            self._registry,
            SavedModelServable,
            options.poll_seconds,
            source,
            tell=tell,
        )
        self._health = health.HealthServicer()
        self._server: grpc.Server | None = None

    def start(self) -> int:
        """Load, listen, and return the port."""
        options = self._options
        self._registry.configure(self._config)
        self._keeper.settle()
        server = self._build()
        target = f"[{options.host}]" if ":" in options.host else options.host
        try:
            port = server.add_insecure_port(f"{target}:{options.port}")
        except RuntimeError as error:
            raise InvalidInputError(
                f"port: must be free on {options.host}; received {options.port}"
            ) from error
        server.start()
        self._server = server
        self._health.set("", health_pb2.HealthCheckResponse.SERVING)
        self._keeper.start()
        return int(port)

    def stop(self) -> bool:
        """Refuse new calls, let those in flight end, unload; False if some had to be cut off."""
        self._health.enter_graceful_shutdown()
        self._registry.close()
        start = time.monotonic()
        self._gate.close()
        drained = self._gate.wait_idle(self._options.drain_seconds)
        if self._server is not None:
            # gRPC cancels what arrives while it stops: tell the callers before.
            time.sleep(max(start + LAME_DUCK_SECONDS - time.monotonic(), 0.0))
            self._server.stop(LAME_DUCK_SECONDS).wait(LAME_DUCK_SECONDS)
        left = start + self._options.drain_seconds - time.monotonic()
        return self._keeper.stop(max(left, 1.0)) and drained

    def _build(self) -> grpc.Server:
        options = self._options
        size = options.message_mb * 2**20
        server = grpc.server(
            ThreadPoolExecutor(
                options.threads + options.queue + OTHER_CALLS, thread_name_prefix="model-server"
            ),
            options=[
                ("grpc.max_receive_message_length", size),
                ("grpc.max_send_message_length", size),
                ("grpc.so_reuseport", 0),
            ],
        )
        add_PredictionServiceServicer_to_server(
            PredictionService(self._registry, self._gate), server
        )
        models = ModelService(self._registry, self._keeper, options.root)
        add_ModelServiceServicer_to_server(models, server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        return server
