"""From a trained model to a proven bundle: SavedModel, table, certificate, verification."""

from model.export.exporter import Exported, export
from model.export.run import Run
from model.export.sample_rows import SampleRows
from model.export.verify import verify_bundle, verify_scores

__all__ = ["Exported", "Run", "SampleRows", "export", "verify_bundle", "verify_scores"]
