import numpy as np
import pytest

from kgalign.kg.labels import name_from_iri, preferred


@pytest.mark.parametrize(
    ("iri", "name"),
    [
        ("http://example.org/resource/New_York", "New York"),
        ("http://example.org/onto#hasPart", "hasPart"),
        ("http://example.org/S%C3%A3o_Paulo", "São Paulo"),
        ("http://example.org/%E4%B8%AD", "中"),
        ("http://example.org/caf%E9", "caf%E9"),
        ("http://example.org/a%0Ab", "a b"),
        ("http://example.org/x/", "x"),
        ("http://example.org", "example.org"),
        ("urn:isbn:0451450523", "0451450523"),
        ("http://example.org/___", "http://example.org/___"),
        ("_:f0_b1", None),
    ],
)
def test_name_from_iri(iri: str, name: str | None) -> None:
    assert name_from_iri(iri) == name


def test_preferred_is_the_best_rank_then_the_first() -> None:
    named = np.array([0, 0, 0, 0, 1, 1], dtype=np.uint32)
    language = np.array([1, 1, 1, 2, 1, 1], dtype=np.uint32)
    rank = np.array([3, 1, 1, 3, 0, 2], dtype=np.uint32)
    usable = np.array([True, True, True, True, False, True])
    assert preferred(named, language, rank, usable).tolist() == [False, True, False, True, False, True]


def test_preferred_of_nothing() -> None:
    none = np.empty(0, dtype=np.uint32)
    assert preferred(none, none, none, np.empty(0, dtype=bool)).tolist() == []
