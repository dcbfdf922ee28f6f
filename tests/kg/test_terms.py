import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgalign.kg import terms
from kgalign.kg.terms import TermTable


@settings(deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from([f"http://a/{n}" for n in range(40)]) | st.text(max_size=3), max_size=30)
    )
)
def test_numbers_follow_first_appearance(batches: list[list[str]]) -> None:
    table, expected = TermTable(), dict[str, int]()
    for batch in batches:
        numbers = table.add(table.find(batch)).tolist()
        assert numbers == [expected.setdefault(name, len(expected)) for name in batch]
    assert table.texts().to_list() == list(expected)
    assert len(table) == len(expected)


@pytest.mark.parametrize("capacity", [2, 1 << 10])
def test_it_grows_and_goes_back(capacity: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terms, "_FIRST_CAPACITY", capacity)
    table, draw = TermTable(), random.Random(0)
    for _ in range(20):
        table.add(table.find([f"http://a/{draw.randrange(5000)}" for _ in range(500)]))
    before = table.texts().to_list()
    table.add(table.find([f"http://b/{number}" for number in range(3000)]))
    table.rewind(len(before))
    assert table.texts().to_list() == before
    assert table.numbers_of(before).tolist() == list(range(len(before)))
    assert table.numbers_of(["http://b/1"]).tolist() == [0xFFFFFFFF]
    assert table.add(table.find(["http://b/1", before[3], "http://b/1"])).tolist() == [
        len(before),
        3,
        len(before),
    ]
