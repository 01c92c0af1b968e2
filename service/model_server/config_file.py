"""The file of --model-config-file."""

from pathlib import Path

from google.protobuf import text_format
from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

from model.errors import InvalidInputError
from model.regular_file import read_regular


class ConfigFile:
    """A ModelServerConfig as text, in the form of TF Serving's ``--model_config_file``."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> ModelServerConfig:
        """Read the file.

        Raises:
            InvalidInputError: if it is no such configuration.
            OSError: if it cannot be read, or is a pipe or the like.
        """
        text = read_regular(self.path)
        try:
            config = text_format.Parse(text, ModelServerConfig())
        except (text_format.ParseError, UnicodeDecodeError) as error:
            raise InvalidInputError(f"{self.path}: not a ModelServerConfig: {error}") from error
        if config.WhichOneof("config") != "model_config_list":
            raise InvalidInputError(
                f"{self.path}: expected model_config_list {{ config {{ ... }} }}; received "
                f"{config.WhichOneof('config') or 'an empty file'}"
            )
        return config
