import numpy as np
import pytest

from model.features import FeatureSpec, Field, Vocabulary
from training.train.row_map import RowMap

SPEC = FeatureSpec(tuple(Field(f"C{place}", "categorical", "context") for place in range(2)))


def vocabulary(*levels):
    arrays = [(np.array(marks, np.uint64), np.ones(len(marks), np.int64)) for marks in levels]
    return Vocabulary.from_counts(SPEC, arrays)


def test_rows_are_matched_by_fingerprint_and_rare_rows_by_field():
    # Rows 0 and 1 are the fields' own; the levels' follow, field by field.
    old, new = vocabulary([10, 20, 30], [15, 25]), vocabulary([20, 40], [5, 15, 25, 50])
    rows = RowMap.between(old, new)
    assert rows.new.tolist() == [0, 1, 2, 5, 6]
    assert rows.old.tolist() == [0, 1, 3, 5, 6]
    assert rows.counts() == {"carried": 5, "new": 3, "dropped": 2}


@pytest.mark.parametrize("levels", [([], []), ([7], [])])
def test_a_vocabulary_without_levels_has_the_fields_rows(levels):
    rows = RowMap.between(vocabulary([], []), vocabulary(*levels))
    assert rows.new.tolist() == rows.old.tolist() == [0, 1]
    assert rows.counts() == {"carried": 2, "new": len(levels[0]), "dropped": 0}
