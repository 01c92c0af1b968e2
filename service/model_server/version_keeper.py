"""The thread that looks for versions, loads and unloads them."""

import gc
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import grpc
from tensorflow_serving.config.model_server_config_pb2 import ModelConfig

from model.errors import DynIntError
from service.model_server.config_file import ConfigFile
from service.model_server.live_pointer import LivePointer
from service.model_server.model_registry import ModelRegistry
from service.model_server.servable import Load
from service.model_server.served_version import ServedVersion
from service.model_server.serving_error import ServingError, status_number
from service.model_server.version_folders import VersionFolder, version_folders
from service.model_server.version_policy import wanted_versions

NICENESS = 5
"""How far the loading thread steps back for the calls."""


class VersionKeeper:
    """Bring the registry's versions in line with configuration and disk, one load at a time.

    A wanted version is loaded before an unwanted one goes, so that calls are always answered; a
    version that cannot be loaded ends with its error and changes nothing else.

    Args:
        registry: what calls are resolved against.
        load: loads one version.
        poll_seconds: pause between two looks at the disk.
        source: configuration that is read again and again.
        tell: takes one line per event.
    """

    def __init__(
        self,
        registry: ModelRegistry,
        load: Load,
        poll_seconds: float,
        source: ConfigFile | LivePointer | None = None,
        tell: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._registry = registry
        self._load = load
        self._poll_seconds = poll_seconds
        self._source = source
        self._tell = tell
        self._told = ""
        self._wake = threading.Event()
        self._stopping = False
        self._going: list[tuple[str, ServedVersion]] = []
        self._thread = threading.Thread(target=self._run, name="version-keeper", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def wake(self) -> None:
        """Look now, not after the pause."""
        self._wake.set()

    def stop(self, seconds: float) -> bool:
        """End the thread after the load in progress; False if that takes more than ``seconds``."""
        self._stopping = True
        self.wake()
        if self._thread.is_alive():
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def settle(self) -> None:
        """Look once: load what is wanted and not there, unload what is there and not wanted."""
        for name, config in self._registry.configs().items():
            self._settle_model(name, config)
        self._collect()

    def _run(self) -> None:
        if sys.platform == "linux":
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        while not self._stopping:
            self._wake.wait(self._poll_seconds)
            self._wake.clear()
            if not self._stopping:
                self._read_source()
                self.settle()

    def _read_source(self) -> None:
        if self._source is None:
            return
        try:
            config = self._source.read()
            if config is not None:
                self._registry.configure(config)
        except (DynIntError, OSError, ValueError) as error:
            self._tell_once(f"{self._source.path} is not taken: {error}")

    def _settle_model(self, name: str, config: ModelConfig | None) -> None:
        wanted: Mapping[int, VersionFolder] = {}
        if config is not None:
            try:
                found = version_folders(Path(config.base_path))
            except OSError as error:
                self._tell_once(f"{name}: cannot read {config.base_path}: {error.strerror}")
                return
            wanted = wanted_versions(config.model_version_policy, found)
        generation = self._registry.generation
        for version in self._registry.expect(name, wanted):
            if self._stopping or generation != self._registry.generation:
                self.wake()
                return
            self._load_version(name, version)
        self._going += ((name, version) for version in self._registry.retire(name, wanted))

    def _collect(self) -> None:
        ended = [(name, version) for name, version in self._going if version.ended]
        for name, version in ended:
            self._going.remove((name, version))
            self._tell(f"{name}/{version.version}: unloaded")
        if ended:
            # A loaded SavedModel is full of reference cycles.
            gc.collect()

    def _load_version(self, name: str, version: ServedVersion) -> None:
        number = version.version
        self._registry.loading(version)
        started = time.monotonic()
        try:
            servable = self._load(version.folder.path, name, number)
        except ServingError as error:
            self._registry.not_loaded(version, status_number(error.code), error.message)
            self._tell(f"{name}/{number}: not loaded: {error.message}")
        except Exception as error:
            # A model that breaks its loader in any way must not end the server.
            code = status_number(grpc.StatusCode.UNKNOWN)
            self._registry.not_loaded(version, code, f"{type(error).__name__}: {error}")
            self._tell(f"{name}/{number}: not loaded: {type(error).__name__}: {error}")
        else:
            self._registry.loaded(version, servable)
            self._tell(f"{name}/{number}: available after {time.monotonic() - started:.1f} s")

    def _tell_once(self, line: str) -> None:
        if line != self._told:
            self._told = line
            self._tell(line)
