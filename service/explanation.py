"""How the embedding rows of one answer were come by, for a caller who asks."""

from service.prediction import Prediction

HEADER = b"x-dynint-explain"
"""Of a request, with the value ``1``: asks for the header of the same name in the answer."""


def explain(prediction: Prediction) -> bytes:
    """Write the header, in the form of ``Server-Timing``: names with parameters, commas between.

    Each tier that was asked, with what it had and what it did not; the values that are pruned and
    unseen; the levels that a failed tier was asked for; each reason of degradation. Counts are those
    of the metrics of the same names; what was asked, and no value.
    """
    embedded = prediction.embedded
    pruned, unseen = embedded.absences
    return ", ".join(
        [
            *(
                f"{tier};hits={hits};misses={embedded.misses.get(tier, 0)}"
                for tier, hits in embedded.hits.items()
            ),
            f"pruned;count={pruned}",
            f"unseen;count={unseen}",
            f"unavailable;count={embedded.unavailable}",
            *(f"degraded;reason={reason}" for reason in embedded.degraded),
        ]
    ).encode()
