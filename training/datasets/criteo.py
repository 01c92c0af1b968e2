"""Criteo's display advertising logs.

Tabs, no header: label, I1 to I13 (integers), C1 to C26 (eight hexadecimal digits); an empty column
is a missing value. The test file of the challenge has no label.
"""

from training.datasets.column import Column
from training.datasets.delimited_format import DelimitedFormat

CRITEO = DelimitedFormat(
    name="criteo",
    about="label, I1..I13 numeric, C1..C26 categorical; tabs, no header, empty = missing",
    columns=(
        *(Column(f"I{place}", "numeric", "candidate") for place in range(1, 14)),
        *(Column(f"C{place}", "categorical", "context") for place in range(1, 27)),
    ),
    separator="\t",
    default_discretiser="log_square_plus_one",
)
