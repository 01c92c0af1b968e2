"""One version of a model in the server, from START to END."""

from dataclasses import dataclass

from model.wire import VersionState, VersionStatus
from service.model_server.servable import Servable
from service.model_server.version_folders import VersionFolder


@dataclass(slots=True)
class ServedVersion:
    """State of one version; changed under the registry's lock only.

    Attributes:
        folder: where it was found.
        state: START, LOADING, AVAILABLE, UNLOADING, END.
        error_code: why it ended, a google.rpc.Code; 0 if it was asked to.
        error_message: the text of that.
        servable: the loaded model while there is one.
        calls: calls in flight.
    """

    folder: VersionFolder
    state: VersionState = VersionState.START
    error_code: int = 0
    error_message: str = ""
    servable: Servable | None = None
    calls: int = 0

    @property
    def version(self) -> int:
        """The version's number."""
        return self.folder.version

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self.state is VersionState.END

    @property
    def failed(self) -> bool:
        """Whether it ended because it could not be loaded."""
        return self.ended and self.error_code != 0

    def status(self) -> VersionStatus:
        """Describe it for GetModelStatus."""
        return VersionStatus(self.version, self.state, self.error_code, self.error_message)
