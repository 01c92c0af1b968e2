"""Everything that one version needs to answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from model.features import FeatureSpec
from service.canary.latency_window import LatencyWindow
from service.parsing.columns import ColumnReader
from service.parsing.typed_reader import TypedReader
from service.scorers.scorer import VersionScorer
from service.tiers.embedding_tiers import EmbeddingTiers


@dataclass(frozen=True, eq=False)
class Release:
    """A version that is loaded and warm. A request takes one, once, and uses nothing of another.

    Attributes:
        model: name of the model.
        version: digits of the version.
        digest: of the bundle's manifest: the identity of the release.
        spec: its fields.
        typed: reads its fields out of bodies, the fast way.
        reader: reads its fields out of queries, the exact way.
        tiers: its embedding rows.
        scorer: its dense model.
        gates: layers whose gates the scorer can measure; empty if there are none.
        times: how long its last requests took while no canary was on trial.
        example: a row of the golden batch, for whoever runs the gateway to try; not for callers.
    """

    model: str
    version: str
    digest: str
    spec: FeatureSpec
    typed: TypedReader
    reader: ColumnReader
    tiers: EmbeddingTiers
    scorer: VersionScorer
    example: Mapping[str, object]
    gates: tuple[str, ...] = ()
    times: LatencyWindow = field(default_factory=LatencyWindow)
