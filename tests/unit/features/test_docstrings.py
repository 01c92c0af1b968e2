"""The examples in the docstrings, and what importing the package brings along."""

import doctest
import subprocess
import sys
from importlib import import_module

import pytest


@pytest.mark.parametrize("module", ["discretisers", "fingerprint"])
def test_examples_are_true(module):
    results = doctest.testmod(import_module(f"model.features.{module}"))
    assert results.attempted > 0
    assert results.failed == 0


def test_features_need_neither_tensorflow_nor_a_data_frame():
    code = (
        "import sys, model.features;"
        "print(*sorted({'tensorflow', 'keras', 'polars', 'pyarrow', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
