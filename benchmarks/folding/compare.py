"""Time one network folded and unfolded."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from benchmarks.folding.equations import equations
from model.bundle import relative_difference
from model.folding import fold
from model.zoo import build_network


def compare(name: str, fields: int, batch: int, calls: int) -> dict[str, Any]:
    """Measure the three graphs of a network in turns.

    Args:
        name: of the zoo; its configuration is the default one (dim 16, h 16, 3 layers, K 64, r 4).
        fields: number of fields.
        batch: rows of a call.
        calls: timed calls of each graph.

    Returns:
        Medians in milliseconds, their ratios, and the folded graph's largest differences from the
        network in float64.
    """
    network = build_network(name, fields)
    generator = np.random.default_rng(0)
    for variable in network.variables:  # as after training: no bias is zero, nothing is dead
        noise = generator.normal(scale=0.02, size=variable.shape)
        variable.assign_add(noise.astype(np.float32))
    exact = build_network(name, fields, dtype="float64")
    for key, variable in exact.named_variables.items():
        variable.assign(network.named_variables[key].numpy())
    shape = (batch, fields, network.row_width)
    embeddings = generator.normal(scale=0.25, size=shape).astype(np.float32)
    graphs = {
        "unfolded": lambda x: equations(network, x),
        "zoo": lambda x: network(x, training=False),
        "folded": fold(network),
    }
    signature = [tf.TensorSpec((None, *shape[1:]), tf.float32)]
    compiled = {
        key: tf.function(graph, input_signature=signature, autograph=False)
        for key, graph in graphs.items()
    }
    reference = exact(embeddings.astype(np.float64)).numpy()
    result = compiled["folded"](embeddings).numpy()
    times = time_in_turns(compiled, tf.constant(embeddings), calls)
    return {
        "network": name,
        "batch": batch,
        **{f"{key}_ms": round(seconds * 1000, 4) for key, seconds in times.items()},
        "speedup": round(times["unfolded"] / times["folded"], 3),
        "speedup_over_zoo": round(times["zoo"] / times["folded"], 3),
        "max_abs_logit_diff": float(np.abs(result - reference).max()),
        "max_relative_logit_diff": float(relative_difference(result, reference).max()),
        "max_abs_logit": float(np.abs(reference).max()),
    }


def time_in_turns(graphs: dict[str, Callable[..., Any]], x: Any, calls: int) -> dict[str, float]:
    """Call each graph in turn and return the median seconds of each, after three calls to warm up."""
    seconds: dict[str, list[float]] = {key: [] for key in graphs}
    for call in range(calls + 3):
        for key, graph in graphs.items():
            start = time.perf_counter()
            graph(x).numpy()
            if call >= 3:
                seconds[key].append(time.perf_counter() - start)
    return {key: float(np.median(values)) for key, values in seconds.items()}
