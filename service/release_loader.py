"""From a bundle on disk to a release that answers."""

import asyncio
import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import structlog

from model.bundle import Bundle, Golden
from model.bundle.bundle import EMBEDDINGS
from model.errors import BundleError
from model.features import Encoder
from model.regular_file import read_regular
from service.background import background_thread
from service.deadline import Deadline
from service.parsing.columns import ColumnReader
from service.parsing.parts import Parts
from service.parsing.query import Query
from service.parsing.typed_reader import TypedReader
from service.release import Release
from service.scorers.scorer import Scorer
from service.stage_clock import StageClock
from service.tiers.embedding_tiers import EmbeddingTiers
from service.tiers.l1 import L1
from service.tiers.preload import preload
from service.tiers.row_cache import RowCache
from service.tiers.row_codec import RowCodec
from service.tiers.table_reader import READERS

_log = structlog.get_logger()
_GOLDEN_MS = 10_000


class ReleaseLoader:
    """Opens, checks and warms releases.

    Args:
        model: name of the model; a bundle of another is refused.
        scorer: makes the dense part ready.
        cache: the second embedding tier, if there is one.
        l1_rows: capacity of a release's first tier.
        ignore_unknown: whether unknown fields are ignored instead of refused.
        preload_bytes: how much of a table is read before its release is ready.
    """

    def __init__(
        self,
        model: str,
        scorer: Scorer,
        cache: RowCache | None,
        l1_rows: int,
        ignore_unknown: bool,
        preload_bytes: int = 0,
    ) -> None:
        self._model = model
        self._scorer = scorer
        self._cache = cache
        self._l1_rows = l1_rows
        self._ignore_unknown = ignore_unknown
        self._preload_bytes = preload_bytes
        self._opened: Bundle | None = None
        self._thread = background_thread("open")
        self._readers = ThreadPoolExecutor(READERS, "table")

    async def load(self, folder: Path) -> Release:
        """Load the bundle of a folder and prove that it scores its golden batch as it must.

        Raises:
            BundleError: if the bundle must not be loaded.
            CheckFailedError: if the golden batch's scores are wrong.
            ScorerUnavailableError: if the scorer cannot serve the version now.
        """
        loop = asyncio.get_running_loop()
        bundle = await loop.run_in_executor(self._thread, self._open, folder)
        if bundle.name != self._model:
            raise BundleError(
                f"{folder}: must be a bundle of {self._model!r}; its manifest names another model"
            )
        golden = await loop.run_in_executor(self._thread, bundle.golden)
        encoder = Encoder(bundle.spec)
        table = bundle.table
        release = Release(
            model=bundle.name,
            version=str(bundle.version),
            digest=bundle.manifest_digest,
            spec=bundle.spec,
            typed=TypedReader(bundle.spec, "rank" in bundle.manifest.signatures),
            reader=ColumnReader(encoder, self._ignore_unknown),
            tiers=EmbeddingTiers(
                encoder,
                L1(table.fields, table.width, self._l1_rows, _numeric(bundle)),
                table,
                RowCodec(bundle.manifest_digest, table.width),
                self._cache,
                self._readers,
            ),
            scorer=await self._scorer.open(bundle),
            gates=bundle.manifest.gated_layers,
            example=max(golden.instances, key=len, default={}),
        )
        await self._prove(release, golden)
        self._opened = None
        return release

    def _open(self, folder: Path) -> Bundle:
        """Open a bundle, once: while its scorer is waited for, the same bytes are not read again."""
        last = self._opened
        if last is None or last.path.name != folder.name or not _is_same(last, folder):
            last = self._opened = Bundle.open(folder)
            last.table.expect_single_reads()
            preload(last.path / EMBEDDINGS, self._preload_bytes)
        return last

    async def _prove(self, release: Release, golden: Golden) -> None:
        """Compare the golden batch's logits, on the way that requests take."""
        if not golden.instances:
            return
        query = Query([dict(instance) for instance in golden.instances])
        columns, _ = release.reader.read(query, frozenset(release.spec.names))
        embedded = await release.tiers.embed(Parts.whole(columns), StageClock(), lambda: None)
        logits = await release.scorer.logits(embedded.x0, Deadline.after_ms(_GOLDEN_MS))
        worst = golden.compare(logits)
        _log.info("golden_batch_agrees", version=release.version, worst_difference=worst)


def _is_same(bundle: Bundle, folder: Path) -> bool:
    try:
        manifest = read_regular(folder / "manifest.json")
    except OSError:
        return False
    return hashlib.sha256(manifest).hexdigest() == bundle.manifest_digest


def _numeric(bundle: Bundle) -> list[int]:
    """List the fields whose values are numbers."""
    return [place for place, field in enumerate(bundle.spec.fields) if field.kind == "numeric"]
