from pathlib import Path

from training.datasets.frappe import FRAPPE
from training.datasets.instances import read_instances


def test_ten_fields_and_the_app_with_its_cost_is_the_candidate(tmp_path: Path):
    spec = FRAPPE.spec(1)
    assert len(spec.names) == 10
    sides = {field.name for field in spec.fields if field.side == "candidate"}
    assert sides == {"item", "cost"}
    path = tmp_path / "train.csv"
    path.write_text("label," + ",".join(spec.names) + "\n1," + ",".join("0123456789") + "\n")
    ((_, label, instance),) = read_instances(FRAPPE, [path])
    assert (label, instance) == (1.0, dict(zip(spec.names, "0123456789", strict=True)))
