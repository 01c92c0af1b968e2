"""Nothing of ours reads what can run: no pickle, no array of objects, no text as code."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FORBIDDEN = frozenset(
    {"pickle", "_pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve", "yaml"}
)
"""Modules that make objects of bytes. yaml may, and what we read is TOML and JSON."""

RUNS = frozenset({"eval", "exec", "compile", "__import__"})
FOLDERS = ("model", "service", "training", "benchmarks", "scripts")
SOURCES = [ROOT / "dynint.py", *(path for name in FOLDERS for path in (ROOT / name).rglob("*.py"))]


def findings(source: str) -> Iterator[str]:
    """Name what a source does that it must not."""
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or "", *(alias.name for alias in node.names)]
        for name in names:
            if FORBIDDEN & set(name.split(".")):
                yield f"line {node.lineno}: imports {name}"
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in RUNS or (
                called.endswith("import_module") and "pickle" in ast.unparse(node)
            ):
                yield f"line {node.lineno}: {called}"
            if called.split(".")[-1] in {"read_pickle", "to_pickle"}:
                yield f"line {node.lineno}: {called}"
            for keyword in node.keywords:
                text = ast.unparse(keyword.value)
                if keyword.arg == "allow_pickle" and text != "False":
                    yield f"line {node.lineno}: allow_pickle={text}"
                if keyword.arg == "safe_mode" and text != "True":
                    yield f"line {node.lineno}: safe_mode={text}"
                if keyword.arg == "weights_only" and text != "True":
                    yield f"line {node.lineno}: weights_only={text}"


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "import joblib.numpy_pickle as j",
        "from dill import load",
        "from sklearn.externals import joblib",
        "def f():\n    import marshal",
        "np.load(path, allow_pickle=True)",
        "np.load(path, allow_pickle=flag)",
        "keras.models.load_model(path, safe_mode=False)",
        "torch.load(path, weights_only=False)",
        "pd.read_pickle(path)",
        "eval(text)",
        "importlib.import_module('pickle')",
    ],
)
def test_each_of_these_is_found(source: str):
    assert list(findings(source))


@pytest.mark.parametrize(
    "source",
    ["import json", "np.load(path, allow_pickle=False)", "re.compile(text)", "model.eval()"],
)
def test_and_none_of_these(source: str):
    assert not list(findings(source))


def test_all_of_the_sources_are_looked_at():
    names = {path.relative_to(ROOT).as_posix() for path in SOURCES}
    assert {"dynint.py", "model/bundle/bundle.py", "service/main.py", "training/cli.py"} <= names


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_source_does_any(path: Path):
    assert list(findings(path.read_text(encoding="utf-8"))) == []
