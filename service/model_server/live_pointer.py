"""What ``current.json`` says is to be served."""

from pathlib import Path

from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

from model.bundle import bundle_folder, model_folder, read_pointer
from model.errors import InvalidInputError


class LivePointer:
    """The live version, the previous one, the canary and what ``dynint promote`` waits for.

    Every version if nothing was promoted. So an export unloads nothing, and a rollback finds its
    version loaded.

    Args:
        root: release root.
        name: of the model.

    Attributes:
        path: of ``current.json``.

    Raises:
        InvalidInputError: if ``name`` is not a plain name.
        BundleError: if the model's folder is a symlink.
    """

    def __init__(self, root: Path, name: str) -> None:
        self._root = root
        self._name = name
        self._folder = model_folder(root, name)
        self._last: ModelServerConfig | None = None
        self.path = self._folder / "current.json"

    def start(self) -> ModelServerConfig:
        """Return what it says now, whether its versions are there or not.

        Raises:
            BundleError: if ``current.json`` cannot be used.
        """
        self._last = self._config()
        return self._last

    def _config(self) -> ModelServerConfig:
        config = ModelServerConfig()
        model = config.model_config_list.config.add(
            name=self._name, base_path=str(self._folder), model_platform="tensorflow"
        )
        policy = model.model_version_policy
        pointer = read_pointer(self._folder)
        if pointer is None:
            policy.all.SetInParent()
        else:
            policy.specific.versions.extend(sorted(pointer.versions))
        return config

    def read(self) -> ModelServerConfig | None:
        """Return what it says if that is something else than last time, else ``None``.

        Raises:
            BundleError: if ``current.json`` or the model's folder cannot be used.
            InvalidInputError: if the live version is not there: what is served goes on.
        """
        config = self._config()
        if config == self._last:
            return None
        pointer = read_pointer(self._folder)
        if pointer and not bundle_folder(self._root, self._name, pointer.current).is_dir():
            raise InvalidInputError(f"version {pointer.current} must be there; it is not")
        self._last = config  # not before it can be followed: what cannot is looked at again
        return config
