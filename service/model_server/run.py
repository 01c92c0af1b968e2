"""The model server's process: signals, the line that says where it listens, the end."""

import gc
import os
import signal
import sys
import threading
from types import FrameType

import tensorflow as tf

from model.console import emit
from service.model_server.events import tell
from service.model_server.options import ModelServerOptions
from service.model_server.server import ModelServer


def run(options: ModelServerOptions, as_json: bool) -> None:
    """Serve until SIGTERM or SIGINT, then drain.

    A second signal ends the process at once. Calls that outlive the drain are cut off: exit code 1.

    Raises:
        InvalidInputError: for a configuration that cannot be served, or an address in use.
    """
    asked = threading.Event()

    def leave(number: int, frame: FrameType | None) -> None:
        sys.exit(0)

    def ask(number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        asked.set()

    signal.signal(signal.SIGTERM, leave)
    tf.config.threading.set_intra_op_parallelism_threads(options.threads)
    tf.config.threading.set_inter_op_parallelism_threads(options.threads)
    # What the imports left is here to stay: later collections need not walk through it.
    gc.collect()
    gc.freeze()
    server = ModelServer(options)
    port = server.start()
    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    address = f"{options.host}:{port}"
    tell(f"listening on {address}")
    if as_json:
        emit({"address": address, "host": options.host, "port": port}, True, "")
    while not asked.wait(0.5):  # a signal that met another thread is handled when this one runs
        pass
    tell("draining")
    if not server.stop():
        tell(f"cut off what still ran after {options.drain_seconds:g} s")
        sys.stdout.flush()
        # A thread that does not end would keep the interpreter from exiting.
        os._exit(1)
    tell("stopped")
