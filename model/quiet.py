"""Import TensorFlow without its greeting, so that a command's standard error is the command's own."""

import os
import sys
import tempfile


def import_tensorflow() -> None:
    """Import TensorFlow for the first time with standard error held back; shown only if the import fails.

    TensorFlow's C++ logs a dozen lines about devices before any level applies. Later messages are not held back.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    if "tensorflow" in sys.modules:
        return
    sys.stderr.flush()
    saved = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            import tensorflow as tf

            tf.config.list_physical_devices()
        except BaseException:
            sys.stderr.flush()
            os.dup2(saved, 2)
            held.seek(0)
            sys.stderr.write(held.read().decode(errors="replace"))
            raise
        finally:
            os.dup2(saved, 2)
            os.close(saved)
