"""What the model server is told on its command line."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ModelServerOptions:
    """Settings of one model server, with TF Serving's own defaults where it has them.

    Attributes:
        root: release root; the model's base path is ``root / name``, and a reload request may name
            base paths below it only.
        name: the model's name; with ``config_file`` the file names the models.
        config_file: text form of a ModelServerConfig, read again when it changes.
        all_versions: serve every version, whatever ``current.json`` names.
        latest_only: serve the highest version only, as TF Serving by default.
        host: address to listen on.
        port: port to listen on; 0 picks a free one.
        threads: Predict calls that run at once, and TensorFlow's threads.
        queue: Predict calls that may wait for a thread; beyond it RESOURCE_EXHAUSTED.
        poll_seconds: pause between two looks at the base path and at ``config_file``.
        drain_seconds: longest wait for calls in flight at the end.
        message_mb: largest message in MiB.
        early_labels: a label not in use may be given to a version that is not available yet
            (TF Serving's ``--allow_version_labels_for_unavailable_models``).
    """

    root: Path | None
    name: str
    config_file: Path | None = None
    all_versions: bool = False
    latest_only: bool = False
    host: str = "127.0.0.1"
    port: int = 8500
    threads: int = 2
    queue: int = 64
    poll_seconds: float = 1.0
    drain_seconds: float = 30.0
    message_mb: int = 256
    early_labels: bool = False

    @property
    def follows_pointer(self) -> bool:
        """Tell whether the versions that ``current.json`` names are served, or all without one."""
        return self.config_file is None and not self.all_versions and not self.latest_only
