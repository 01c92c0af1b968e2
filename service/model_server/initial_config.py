"""What to serve at the start, checked before anything heavy is imported."""

from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

from model.bundle import model_folder
from model.errors import InvalidInputError
from service.model_server.config_file import ConfigFile
from service.model_server.live_pointer import LivePointer
from service.model_server.model_configs import resolve_labels, validated_configs
from service.model_server.options import ModelServerOptions
from service.model_server.serving_error import ServingError


def initial_config(options: ModelServerOptions) -> ModelServerConfig:
    """Return the configuration that the options name.

    Raises:
        InvalidInputError: if there is none, or it cannot be served.
        BundleError: if the model's folder or its ``current.json`` cannot be used.
        OSError: if the config file cannot be read.
    """
    if options.root is not None and not options.root.is_dir():
        raise InvalidInputError(f"root: must be an existing folder; received {options.root}")
    if options.config_file is None:
        return _one_model(options)
    config = ConfigFile(options.config_file).read()
    try:
        configs = validated_configs(config)
        nothing_yet: dict[str, set[int]] = {name: set() for name in configs}
        resolve_labels(configs, nothing_yet, {}, options.early_labels)
    except ServingError as error:
        hint = (
            ". Labels of versions that are still to be loaded need --early-labels"
            if "assign label" in error.message
            else ""
        )
        raise InvalidInputError(f"{options.config_file}: {error}{hint}") from error
    return config


def _one_model(options: ModelServerOptions) -> ModelServerConfig:
    if options.root is None:
        raise InvalidInputError("root: give --root, or --model-config-file; received neither")
    if options.all_versions and options.latest_only:
        raise InvalidInputError("--all-versions, --latest-only: give one of them; received both")
    if options.follows_pointer:
        return LivePointer(options.root, options.name).start()
    config = ModelServerConfig()
    model = config.model_config_list.config.add(
        name=options.name,
        base_path=str(model_folder(options.root, options.name)),
        model_platform="tensorflow",
    )
    if options.all_versions:
        model.model_version_policy.all.SetInParent()
    return config
