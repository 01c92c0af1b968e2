"""``dynint model-server --root releases --name dynint --port 8500``."""

import os
from pathlib import Path
from typing import Annotated

import typer

from model.console import exit_codes
from model.release_root import root_option


def model_server(
    root: Annotated[Path | None, root_option("Release root; the base path is ROOT/NAME.")] = None,
    name: Annotated[str, typer.Option(help="Name of the model.")] = "dynint",
    model_config_file: Annotated[
        Path | None,
        typer.Option(
            help="ModelServerConfig as text (models, versions, labels), instead of ROOT/NAME; "
            "read again when it changes."
        ),
    ] = None,
    all_versions: Annotated[
        bool,
        typer.Option(
            "--all-versions", help="Serve every version, not only those that current.json names."
        ),
    ] = False,
    latest_only: Annotated[
        bool,
        typer.Option(
            "--latest-only", help="Serve the highest version only, as TF Serving by default."
        ),
    ] = False,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="gRPC port; 0 picks one.")] = 8500,
    threads: Annotated[
        int,
        typer.Option(
            min=1,
            help="Calls that run at once, and TensorFlow's threads.",
            show_default="one per CPU",
        ),
    ] = os.cpu_count() or 2,
    queue: Annotated[
        int, typer.Option(min=0, help="Calls that may wait; beyond it RESOURCE_EXHAUSTED.")
    ] = 64,
    poll_seconds: Annotated[
        float, typer.Option(min=0.01, help="Pause between two looks for versions.")
    ] = 1.0,
    drain_seconds: Annotated[
        float, typer.Option(min=0.0, help="Longest wait for calls in flight at the end.")
    ] = 30.0,
    message_mb: Annotated[int, typer.Option(min=1, help="Largest message in MiB.")] = 256,
    early_labels: Annotated[
        bool,
        typer.Option(
            "--early-labels",
            help="Accept a label not in use for a version that is not available yet (TF Serving's "
            "--allow_version_labels_for_unavailable_models).",
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the address as one JSON object.")
    ] = False,
) -> None:
    """Run a development model server that speaks TF Serving's gRPC.

    For development, for tests and for ARM machines, where TF Serving has no image: in production
    run TF Serving itself, which answers the same calls with the same errors. It serves the
    SavedModels in ROOT/NAME/<version>/ through PredictionService, ModelService and grpc.health.v1:
    the live version, the previous one and the canary by ROOT/NAME/current.json, which it follows,
    or every version if nothing was promoted. It drains on SIGTERM.
    """
    with exit_codes():
        from service.model_server.initial_config import initial_config
        from service.model_server.options import ModelServerOptions

        options = ModelServerOptions(
            root=root,
            name=name,
            config_file=model_config_file,
            all_versions=all_versions,
            latest_only=latest_only,
            host=host,
            port=port,
            threads=threads,
            queue=queue,
            poll_seconds=poll_seconds,
            drain_seconds=drain_seconds,
            message_mb=message_mb,
            early_labels=early_labels,
        )
        initial_config(options)
        from model.quiet import import_tensorflow

        import_tensorflow()
        from service.model_server.run import run

        run(options, as_json)
