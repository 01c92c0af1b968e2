"""What the answer says of its tiers when it is asked."""

import numpy as np

from model.bundle import PRESENT, PRUNED, UNSEEN
from service.explanation import explain
from service.prediction import Prediction
from service.tiers.embedded import Embedded


def explained(**found: object) -> str:
    context = np.array([[UNSEEN]], np.uint8)
    candidates = np.array([[PRESENT, PRUNED, UNSEEN], [PRUNED, PRUNED, PRESENT]], np.uint8)
    embedded = Embedded((np.zeros((1, 1, 2), np.float32),), [context, candidates], **found)
    return explain(Prediction("dynint", "1", np.zeros(3, np.float32), embedded)).decode()


def test_tiers_that_were_asked_and_absences_of_all_blocks():
    header = explained(hits={"l1": 5, "table": 2}, misses={"l1": 2, "table": 0})
    assert header == (
        "l1;hits=5;misses=2, table;hits=2;misses=0, "
        "pruned;count=3, unseen;count=2, unavailable;count=0"
    )


def test_each_reason_of_degradation():
    header = explained(hits={"l1": 7}, degraded=["redis_timeout", "redis_late"], unavailable=4)
    assert header.startswith("l1;hits=7;misses=0, ")
    assert header.endswith(
        "unavailable;count=4, degraded;reason=redis_timeout, degraded;reason=redis_late"
    )
