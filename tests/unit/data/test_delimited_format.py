import pytest

from model.errors import InvalidInputError
from model.features import FeatureSpec, Field
from training.datasets import DelimitedFormat
from training.datasets.criteo import CRITEO
from training.datasets.reserved import RESERVED


def log(*names: str) -> DelimitedFormat:
    columns = tuple((name, "categorical", "context") for name in names)
    return DelimitedFormat(name="mine", about="for a test", columns=columns, separator=",")


def test_a_format_has_its_columns_names():
    assert log("user", "Label").names == ("user", "Label")


@pytest.mark.parametrize("name", RESERVED)
def test_names_that_prepared_data_keeps_for_itself_are_refused(name: str):
    with pytest.raises(InvalidInputError, match=f"columns: no field may be .* received {name}$"):
        log("user", name)
    spec = FeatureSpec((Field(name, "categorical"),))
    with pytest.raises(InvalidInputError, match=f"spec: no field may be .* received {name}$"):
        CRITEO.check_spec(spec)
