"""``python -m benchmarks.serving.plain ROOT PORT``: the service a good engineer writes in an hour.

FastAPI and pydantic, a hash per value, one NumPy gather, the unfolded model under ``tf.function``.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from model.quiet import import_tensorflow

import_tensorflow()

import tensorflow as tf  # noqa: E402

from model.features import Encoder  # noqa: E402
from model.trained import TrainedModel  # noqa: E402


class Request(BaseModel):
    """What is asked."""

    instances: list[dict[str, int | float | str | None]]


class Answer(BaseModel):
    """What is answered."""

    probabilities: list[float]


def make_app(model: TrainedModel) -> FastAPI:
    """Put the service together."""
    app = FastAPI()
    network, table = model.network, model.table
    encoders = Encoder(model.spec).fields
    names = model.spec.names
    rows_of = model.vocabulary.rows_of

    @tf.function(input_signature=[tf.TensorSpec((None, len(names), table.shape[1]))])
    def score(x0: Any) -> Any:
        return tf.sigmoid(network(x0, training=False))

    @app.post("/predict")
    async def predict(request: Request) -> Answer:
        marks = np.array(
            [
                [
                    encoder.fingerprint(row.get(name))
                    for encoder, name in zip(encoders, names, strict=True)
                ]
                for row in request.instances
            ],
            np.uint64,
        )
        x0 = table[rows_of(marks)]
        return Answer(probabilities=score(tf.constant(x0)).numpy().tolist())

    return app


if __name__ == "__main__":
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    uvicorn.run(
        make_app(TrainedModel.load(Path(sys.argv[1]))), port=int(sys.argv[2]), log_level="error"
    )
