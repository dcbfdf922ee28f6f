from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kgalign.encode.distinct_texts import distinct_texts


@given(st.lists(st.text("ab", max_size=2)))
def test_each_text_is_found_at_its_place(texts: list[str]) -> None:
    distinct, place = distinct_texts(texts)
    assert [distinct[number] for number in place] == texts
    assert len(set(distinct)) == len(distinct)
    assert distinct == sorted(distinct, key=texts.index)
