import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.digests import canonical_json

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(values)
def test_the_bytes_are_those_of_the_standard(value) -> None:
    assert canonical_json(value) == rfc8785.dumps(value)


@given(st.dictionaries(st.text(st.characters(min_codepoint=0, max_codepoint=127)), st.text() | st.integers(0, 9)))
def test_flat_records_are_written_as_the_standard_says(value) -> None:
    assert canonical_json(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("value", [2**53, "\ud800", {1: 2}, float("nan"), object()])
def test_what_the_standard_refuses_is_refused(value) -> None:
    with pytest.raises(Exception):  # noqa: B017, PT011
        canonical_json(value)
