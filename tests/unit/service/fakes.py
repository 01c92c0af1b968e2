"""A release of fakes."""

from service.parsing.columns import ColumnReader
from service.parsing.typed_reader import TypedReader
from service.release import Release
from service.scorers.sum_scorer import SumVersion
from service.tiers.embedding_tiers import EmbeddingTiers
from service.tiers.l1 import L1
from service.tiers.row_codec import RowCodec
from tests.unit.service.specs import ENCODER, SPEC, make_table


def make_release(version: str, scorer: SumVersion | None = None) -> Release:
    """Make a release whose logits are the sums of its rows."""
    digest = f"{int(version):064x}"
    return Release(
        model="dynint",
        version=version,
        digest=digest,
        spec=SPEC,
        typed=TypedReader(SPEC, ranks=True),
        reader=ColumnReader(ENCODER),
        tiers=EmbeddingTiers(ENCODER, L1(3, 2, 100), make_table(), RowCodec(digest, 2)),
        scorer=scorer or SumVersion(),
        example={},
    )
