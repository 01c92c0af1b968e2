"""Random fields, specs and values for property tests."""

from hypothesis import strategies as st

from model.features import DISCRETISERS, FeatureSpec, Field

# Any text that UTF-8 can carry: NUL, emoji and combining marks are in, lone surrogates are not.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="="), min_size=1)
INTEGERS = st.integers(-(2**63), 2**64 - 1)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SIDES = st.sampled_from(["context", "candidate"])
BUCKETS = st.none() | st.integers(2, 2**20)

CATEGORICAL_FIELDS = st.builds(
    Field, name=NAMES, kind=st.just("categorical"), side=SIDES, hash_buckets=BUCKETS
)
NUMERIC_FIELDS = st.builds(
    Field,
    name=NAMES,
    kind=st.just("numeric"),
    side=SIDES,
    discretiser=st.sampled_from(sorted(DISCRETISERS)),
    hash_buckets=BUCKETS,
)
FIELDS = CATEGORICAL_FIELDS | NUMERIC_FIELDS
SPECS = st.builds(
    FeatureSpec,
    fields=st.lists(FIELDS, min_size=1, max_size=5, unique_by=lambda field: field.name),
    min_count=st.integers(1, 100),
)

MISSING_VALUES = st.sampled_from([None, ""])


def values_of(field: Field) -> st.SearchStrategy[object]:
    """Values that a field accepts, often equal ones, as a request or a log may carry them."""
    if field.kind == "categorical":
        return st.sampled_from(["a", "b", "1", 1, 0]) | TEXTS | INTEGERS | MISSING_VALUES
    few = st.sampled_from([0, 0.0, -0.0, 1, 1.0, 2, 2.0, 3, -3, 0.5])
    return few | INTEGERS | FLOATS | MISSING_VALUES


@st.composite
def specs_and_rows(draw: st.DrawFn) -> tuple[FeatureSpec, list[dict[str, object]]]:
    """Draw a spec with rows that fit it; some fields are absent from some rows."""
    spec = draw(SPECS)
    row = st.fixed_dictionaries(
        {}, optional={field.name: values_of(field) for field in spec.fields}
    )
    return spec, draw(st.lists(row, max_size=12))
