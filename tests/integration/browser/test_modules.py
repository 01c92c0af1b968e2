"""The page's modules by themselves, in the browser that runs them."""

import json
from typing import Any

import numpy as np
import pytest
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from tests.integration.browser.visit import Visit

pytestmark = pytest.mark.slow


def call(visit: Visit, module: str, script: str, *given: Any) -> Any:
    """Run a script with a module as ``m`` and what is given as ``given``."""
    path = f"{visit.url}/page/{module}.js"
    return visit.page.evaluate(
        f"async ([path, given]) => {{ const m = await import(path); return {script}; }}",
        [path, list(given)],
    )


def test_quantiles_are_those_of_the_observations(visit: Visit):
    registry = CollectorRegistry()
    bounds = [0.001 * each for each in range(1, 101)]
    times = Histogram("t_seconds", "-", ["model_version"], buckets=bounds, registry=registry)
    values = np.random.default_rng(0).gamma(3.0, 0.008, 2000).clip(0, 0.1)
    texts = []
    for place in range(1000):
        times.labels(str(place % 2)).observe(0.0005)  # of before
    texts.append(generate_latest(registry).decode())
    for place, value in enumerate(values):
        times.labels(str(place % 3)).observe(value)
    texts.append(generate_latest(registry).decode())
    script = """(() => {
      const read = (text) => m.read(text, new Set(["t_seconds_bucket"]));
      const grown = m.buckets(read(given[0]), read(given[1]), "t_seconds");
      return given[2].map((q) => m.quantile(grown, q));
    })()"""
    shares = [0.5, 0.95, 0.99]
    found = call(visit, "exposition", script, *texts, shares)
    assert found == pytest.approx(np.quantile(values, shares).tolist(), abs=0.0011)


def test_quantiles_by_hand(visit: Visit):
    quantile = "m.quantile(given[0].map(([b, c]) => [b === null ? Infinity : b, c]), given[1])"
    buckets = [[1, 0], [2, 10], [4, 20], [None, 25]]
    assert call(visit, "exposition", quantile, buckets, 0.2) == 1.5  # the fifth of ten in (1, 2]
    assert call(visit, "exposition", quantile, buckets, 0.8) == 4
    assert call(visit, "exposition", quantile, buckets, 0.99) == 4  # beyond the last bound
    assert call(visit, "exposition", quantile, [[1, 0], [None, 0]], 0.5) is None
    assert call(visit, "exposition", quantile, [], 0.5) is None


def test_counters_that_begin_anew_or_are_new_or_gone(visit: Visit):
    registry = CollectorRegistry()
    counter = Counter("n", "-", ["name"], registry=registry)
    counter.labels('a"b\\c\nd').inc(5)
    counter.labels("gone").inc(7)
    counter.labels("anew").inc(9)
    before = generate_latest(registry).decode()
    counter.clear()
    counter.labels('a"b\\c\nd').inc(8)
    counter.labels("new").inc(2)
    counter.labels("anew").inc(1)
    now = generate_latest(registry).decode()
    read = "m.increase(...given.slice(0, 2).map((text) => m.read(text, new Set(['n_total']))), 'n_total'"
    assert call(visit, "exposition", f"{read})", before, now) == 3 + 2 + 1
    wanted = f"{read}, ({{ name }}) => name === given[2])"
    assert call(visit, "exposition", wanted, before, now, 'a"b\\c\nd') == 3


def test_headers_are_read(visit: Visit):
    timing = call(visit, "fields", "m.readTiming('parse;dur=0.5, score;dur=2, total;dur=3')")
    stages = [{"name": "parse", "ms": 0.5}, {"name": "score", "ms": 2}]
    assert timing == {"stages": stages, "total": 3}
    assert call(visit, "fields", "m.readTiming(null)") == {"stages": [], "total": 0}
    header = "l1;hits=3;misses=1, pruned;count=2, degraded;reason=redis_late"
    assert call(visit, "fields", "m.readExplanation(given[0])", header) == {
        "tiers": [{"name": "l1", "hits": 3, "misses": 1}],
        "absences": [{"name": "pruned", "count": 2}],
        "reasons": ["redis_late"],
    }
    assert call(visit, "fields", "m.readExplanation(null)") is None


def test_examples_take_all_forms_and_are_what_they_look_like(visit: Visit):
    fields = [
        {"name": "I1", "kind": "numeric", "side": "candidate"},
        {"name": "C1", "kind": "categorical", "side": "context"},
    ]
    for given in (fields, fields[:1], fields[1:], []):
        examples = call(visit, "examples", "m.examplesOf(given[0])", given)
        assert [list(example["body"]) for example in examples] == [
            ["context", "candidates"],
            ["instances"],
            ["instances"],
            ["columns"],
        ]
        for example in examples:
            written = call(visit, "examples", "m.write(given[0])", example["body"])
            assert json.loads(written) == example["body"]


@pytest.mark.parametrize(
    "text",
    ["", "[", "null", "[]", "1", '{"columns": 3}', '{"columns": {}}', '{"columns": {"a": 1}}'],
)
def test_what_is_no_request_has_no_rows(visit: Visit, text: str):
    assert call(visit, "examples", "m.rowsOf(given[0])", text) == []


def test_rows_are_named_by_what_differs(visit: Visit):
    rows = [{"a": 1, "b": 1, "c": "x"}, {"a": 1, "b": 2}, {"a": 1, "b": 2, "c": None}]
    names = call(visit, "examples", "m.namesOf(given[0])", rows)
    assert names == ["b 1 · c x", "b 2 · c missing", "b 2 · c missing"]
    assert call(visit, "examples", "m.namesOf(given[0])", [*rows, None, 3])[3:] == [
        "a missing · b missing · c missing",
        "a missing · b missing · c missing",
    ]


def test_digits_and_tops(visit: Visit):
    numbers = [0, 0.03333333, 0.5, 1, 0.000012345]
    shown = call(visit, "bars", "given[0].map(m.digits)", numbers)
    assert shown == ["0", "0.03333", "0.5", "1", "1.23e-5"]
    assert call(visit, "bars", "m.ranked([0.1, 0.3, 0.1, 0.2])") == [1, 3, 0, 2]
    tops = call(visit, "plot", "given[0].map(m.top)", [0, 0.3, 1, 1.1, 4, 30, 99, 1000.5])
    assert tops == pytest.approx([1, 0.5, 1, 2, 5, 50, 100, 2000])
    stretches = call(
        visit, "plot", "m.stretches([1, null, 2, 2], 5, 2).map((points) => points.length)"
    )
    assert stretches == [1, 2]
