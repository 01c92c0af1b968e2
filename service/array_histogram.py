"""A Prometheus histogram that takes many values at once."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from prometheus_client import CollectorRegistry
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString


class Bins:
    """The counts of one set of labels.

    Args:
        bounds: upper bounds, inclusive, ascending, ``(n,)`` float32.
    """

    __slots__ = ("_bounds", "counts", "total")

    def __init__(self, bounds: NDArray[np.float32]) -> None:
        self._bounds = bounds
        self.counts = np.zeros(len(bounds) + 1, np.int64)
        self.total = 0.0

    def observe(self, values: NDArray[np.float32]) -> None:
        """Count values, ``(any,)``; a few microseconds for a hundred."""
        places = self._bounds.searchsorted(values)
        self.counts += np.bincount(places, minlength=len(self.counts))
        self.total += float(values.sum(dtype=np.float64))


class ArrayHistogram(Collector):
    """``prometheus_client`` counts value by value, half a millisecond for a thousand; this does not.

    Args:
        name: of the metric.
        documentation: what it measures.
        labels: their names.
        bounds: upper bounds of the buckets, ascending; the last one, infinity, is added.
        registry: where it is collected.
    """

    def __init__(
        self,
        name: str,
        documentation: str,
        labels: Sequence[str],
        bounds: Sequence[float],
        registry: CollectorRegistry,
    ) -> None:
        self._name = name
        self._documentation = documentation
        self._labels = tuple(labels)
        self._bounds = np.asarray(bounds, np.float32)
        self._names = [*map(floatToGoString, bounds), "+Inf"]
        self._bins: dict[tuple[str, ...], Bins] = {}
        registry.register(self)

    def labels(self, *values: str) -> Bins:
        """Return the counts of one set of labels."""
        if len(values) != len(self._labels):
            raise ValueError(f"labels: must be {self._labels}; received {len(values)} values")
        if values not in self._bins:
            self._bins[values] = Bins(self._bounds)
        return self._bins[values]

    def remove_by_labels(self, wanted: Mapping[str, str]) -> None:
        """Drop the counts of every set of labels that has the given values."""
        places = [(self._labels.index(name), value) for name, value in wanted.items()]
        for values in list(self._bins):
            if all(values[place] == value for place, value in places):
                del self._bins[values]

    def describe(self) -> Iterator[HistogramMetricFamily]:
        """Tell its name without any values."""
        yield HistogramMetricFamily(self._name, self._documentation, labels=self._labels)

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """Write the counts in Prometheus' form: each bucket includes those below it."""
        family = HistogramMetricFamily(self._name, self._documentation, labels=self._labels)
        for values, bins in list(self._bins.items()):
            counts = zip(self._names, bins.counts.cumsum().tolist(), strict=True)
            family.add_metric(values, list(counts), bins.total)
        yield family
