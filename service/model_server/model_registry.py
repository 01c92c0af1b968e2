"""The models, their versions and labels: what a call is resolved against."""

import threading
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from typing import Any

import grpc
from tensorflow_serving.config.model_server_config_pb2 import ModelConfig, ModelServerConfig

from model.wire import VersionState, VersionStatus
from service.model_server.model_configs import resolve_labels, validated_configs
from service.model_server.servable import Servable
from service.model_server.served_version import ServedVersion
from service.model_server.serving_error import ServingError
from service.model_server.version_folders import VersionFolder


class ModelRegistry:
    """Resolve calls to versions and keep the versions' states; safe for threads.

    A call leases its version: a version that is to go takes no new calls (UNLOADING) and ends with
    its last call in flight.

    Args:
        early_labels: a label not in use may be given to a version that is not available yet.
        kept_ended: ended versions of a model whose status is still told.
    """

    def __init__(self, early_labels: bool = False, kept_ended: int = 50) -> None:
        self._changed = threading.Condition()
        self._early_labels = early_labels
        self._kept_ended = kept_ended
        self._configs: dict[str, ModelConfig] = {}
        self._labels: dict[str, dict[str, int]] = {}
        self._versions: dict[str, dict[int, ServedVersion]] = {}
        self._closed = False
        self.generation = 0

    def configure(self, config: ModelServerConfig) -> set[str]:
        """Serve what ``config`` says from now on, or change nothing; returns the new models.

        Raises:
            ServingError: INVALID_ARGUMENT for a bad configuration, FAILED_PRECONDITION for a label
                of a version that is not available.
        """
        configs = validated_configs(config)
        with self._changed:
            available = {name: set(self._in_state(name)) for name in configs}
            labels = resolve_labels(configs, available, self._labels, self._early_labels)
            new = configs.keys() - self._configs.keys()
            if configs != self._configs:
                self.generation += 1
            self._configs, self._labels = configs, labels
        return new

    def configs(self) -> dict[str, ModelConfig | None]:
        """Return each model's configuration; None for one that is no longer configured."""
        with self._changed:
            gone = dict.fromkeys(self._versions)
            return {**gone, **self._configs}

    @contextmanager
    def lease(self, spec: Any) -> Iterator[Servable]:
        """Hold the version that a ModelSpec names for the length of a call.

        Raises:
            ServingError: NOT_FOUND or INVALID_ARGUMENT with TF Serving's texts.
        """
        with self._changed:
            version = self._resolve(spec)
            version.calls += 1
            servable = version.servable
        try:
            if servable is None:
                raise ServingError(grpc.StatusCode.INTERNAL, "an available version has no model")
            yield servable
        finally:
            with self._changed:
                version.calls -= 1
                self._end_if_idle(version)

    def statuses(self, spec: Any) -> list[VersionStatus]:
        """Return the status of the version that a ModelSpec names, or of all, highest first.

        Raises:
            ServingError: NOT_FOUND with TF Serving's texts.
        """
        with self._changed:
            versions = self._versions.get(spec.name, {})
            if spec.HasField("version"):
                number = spec.version.value
                if number not in versions:
                    raise ServingError(
                        grpc.StatusCode.NOT_FOUND,
                        f"Could not find version {number} of model {spec.name}",
                    )
                return [versions[number].status()]
            if not versions:
                raise ServingError(
                    grpc.StatusCode.NOT_FOUND, f"Could not find any versions of model {spec.name}"
                )
            return [versions[number].status() for number in sorted(versions, reverse=True)]

    def expect(self, name: str, wanted: Mapping[int, VersionFolder]) -> list[ServedVersion]:
        """Enter the wanted versions that are new (START); returns those to load, in order.

        A version that could not be loaded is tried again only when its directory is another one.
        """
        with self._changed:
            versions = self._versions.setdefault(name, {})
            for number, folder in wanted.items():
                old = versions.get(number)
                broken = old is not None and old.failed and old.folder.identity == folder.identity
                if old is None or (old.ended and not broken):
                    versions[number] = ServedVersion(folder)
            self._forget(versions)
            return [versions[n] for n in wanted if versions[n].state is VersionState.START]

    def loading(self, version: ServedVersion) -> None:
        """Tell that a version is being loaded."""
        with self._changed:
            self._move(version, VersionState.LOADING)

    def loaded(self, version: ServedVersion, servable: Servable) -> None:
        """Let calls reach a version."""
        with self._changed:
            version.servable = servable
            self._move(version, VersionState.AVAILABLE)

    def not_loaded(self, version: ServedVersion, code: int, message: str) -> None:
        """End a version that could not be loaded."""
        with self._changed:
            version.error_code, version.error_message = code, message
            self._move(version, VersionState.END)

    def retire(self, name: str, wanted: Mapping[int, VersionFolder]) -> list[ServedVersion]:
        """Unload the unwanted versions, once a wanted one is available; returns them."""
        with self._changed:
            available = self._in_state(name)
            if wanted and not wanted.keys() & available.keys():
                return []
            going = [version for number, version in available.items() if number not in wanted]
            for version in going:
                self._move(version, VersionState.UNLOADING)
                self._end_if_idle(version)
            return going

    def wait_available(self, names: Set[str], seconds: float) -> list[str]:
        """Wait until each model has an available version or failed; returns what is missing.

        ``close`` ends the wait, as does the end of the time.
        """

        def settled() -> bool:
            return self._closed or all(map(self._attempted, names))

        with self._changed:
            self._changed.wait_for(settled, seconds)
            return [self._describe(name) for name in sorted(names) if not self._in_state(name)]

    def close(self) -> None:
        """End every wait."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _attempted(self, name: str) -> bool:
        versions = self._versions.get(name, {}).values()
        return bool(self._in_state(name)) or any(version.failed for version in versions)

    def _describe(self, name: str) -> str:
        failed = [version for version in self._versions.get(name, {}).values() if version.failed]
        if not failed:
            return f"{{{{name: {name}}}}}"
        last = max(failed, key=lambda version: version.version)
        return f"{{{{name: {name} version: {last.version}}} due to error: {last.error_message}}}"

    def _resolve(self, spec: Any) -> ServedVersion:
        if not spec.name:
            raise ServingError(grpc.StatusCode.INVALID_ARGUMENT, "ModelSpec has no name specified.")
        available = self._in_state(spec.name)
        choice = spec.WhichOneof("version_choice")
        if choice is None:
            if not available:
                raise _not_found(f"Latest({spec.name})")
            return available[max(available)]
        if choice == "version":
            number = spec.version.value
        else:
            label = spec.version_label
            labelled = self._labels.get(spec.name, {}).get(label)
            if labelled is None:
                raise ServingError(
                    grpc.StatusCode.INVALID_ARGUMENT,
                    f"Unrecognized servable version label: {label}",
                )
            number = labelled
        if number not in available:
            raise _not_found(f"Specific({spec.name}, {number})")
        return available[number]

    def _in_state(
        self, name: str, state: VersionState = VersionState.AVAILABLE
    ) -> dict[int, ServedVersion]:
        versions = self._versions.get(name, {})
        return {number: version for number, version in versions.items() if version.state is state}

    def _move(self, version: ServedVersion, state: VersionState) -> None:
        version.state = state
        self._changed.notify_all()

    def _end_if_idle(self, version: ServedVersion) -> None:
        if version.state is VersionState.UNLOADING and version.calls == 0:
            version.servable = None
            self._move(version, VersionState.END)

    def _forget(self, versions: dict[int, ServedVersion]) -> None:
        ended = sorted(n for n, version in versions.items() if version.ended)
        for number in ended[: max(len(ended) - self._kept_ended, 0)]:
            del versions[number]


def _not_found(request: str) -> ServingError:
    return ServingError(grpc.StatusCode.NOT_FOUND, f"Servable not found for request: {request}")
