from __future__ import annotations

import time
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgalign.encode.characters import CharacterEncoder
from kgalign.errors import InputError

ENCODER = CharacterEncoder()
NATIVE = CharacterEncoder(transliterate=False)
latin = st.text(st.characters(max_codepoint=0x24F, exclude_categories=["Cc"]), max_size=30)


def similarity(first: str, second: str, encoder: CharacterEncoder = ENCODER) -> float:
    left, right = encoder.encode([first, second])
    return float(left @ right)


@given(st.lists(st.text(max_size=20), max_size=8))
def test_length_is_one_or_zero(texts: list[str]) -> None:
    for encoder in (ENCODER, NATIVE):
        lengths = np.linalg.norm(encoder.encode(texts), axis=1)
        assert np.all((np.abs(lengths - 1) < 1e-5) | (lengths == 0))


@given(st.text(max_size=20), st.text(max_size=20))
def test_company_does_not_matter(first: str, second: str) -> None:
    together = ENCODER.encode([first, second])
    assert np.array_equal(together, np.concatenate([ENCODER.encode([first]), ENCODER.encode([second])]))


@given(latin)
def test_case_does_not_matter(text: str) -> None:
    left, right = NATIVE.encode([text, text.casefold()])
    assert np.array_equal(left, right)


@given(latin)
def test_diacritics_do_not_matter(text: str) -> None:
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(character for character in decomposed if not unicodedata.combining(character))
    left, right = NATIVE.encode([decomposed, bare])
    assert np.array_equal(left, right)


@given(st.text(min_size=1, max_size=20))
def test_identical_texts(text: str) -> None:
    left, right = ENCODER.encode([text, text])
    assert np.array_equal(left, right)
    assert not left.any() or left @ right == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ÉCOLE  normale", "ecole normale"),
        ("Москва", "Moskva"),
        ("Straße", "STRASSE"),
        ("New-York", "new york"),
        ("ｆｕｌｌ", "full"),
        ("a\nb", "a b"),
        ("“quoted”", "quoted"),
    ],
)
def test_spellings_of_one_name(first: str, second: str) -> None:
    assert similarity(first, second) == pytest.approx(1, abs=1e-5)


def test_nearer_spellings_score_higher() -> None:
    assert similarity("Copenhagen", "Kopenhagen") > similarity("Copenhagen", "Stockholm") + 0.3
    assert similarity("Ελλάδα", "Ellada") > 0.6


def test_word_order_counts_little_and_words_are_not_mixed() -> None:
    assert similarity("Marie Curie", "Curie Marie") == pytest.approx(1, abs=1e-5)
    assert similarity("ab", "a b") < 0.5


def test_without_transliteration() -> None:
    assert similarity("Москва", "Moskva", NATIVE) == pytest.approx(0, abs=0.2)
    assert similarity("МОСКВА", "Москва", NATIVE) == pytest.approx(1, abs=1e-5)


def test_letters_that_are_marks_count() -> None:
    assert similarity("कु", "के", NATIVE) < 0.99
    assert similarity("ガ", "カ", NATIVE) < 0.99


def test_sparse_equals_dense() -> None:
    texts = ["Berlin", "", "東京", "a"]
    rows = ENCODER.encode_sparse(texts, dimension=ENCODER.dimension)
    assert np.array_equal(rows.toarray(), ENCODER.encode(texts))
    assert rows.dtype == np.float32


def test_sparse_columns_are_sorted_and_distinct() -> None:
    rows = ENCODER.encode_sparse(["abracadabra", "banana"])
    assert rows.shape == (2, 1 << 20)
    assert rows.has_canonical_format


def test_hashes_do_not_change() -> None:
    """Another Python, machine or run gives the same columns: the hash is our own."""
    rows = NATIVE.encode_sparse(["ab"])
    assert rows.indices.tolist() == EXPECTED_COLUMNS
    assert np.sign(rows.data).tolist() == EXPECTED_SIGNS


EXPECTED_COLUMNS = [60023, 213284, 339393, 531810, 836380, 866731]
EXPECTED_SIGNS = [-1.0, -1.0, 1.0, 1.0, 1.0, -1.0]


def test_nothing() -> None:
    assert ENCODER.encode_sparse([]).shape == (0, 1 << 20)
    assert ENCODER.encode([]).shape == (0, ENCODER.dimension)


def test_options() -> None:
    assert CharacterEncoder(64).dimension == 64
    assert CharacterEncoder(64).identity != ENCODER.identity != NATIVE.identity
    with pytest.raises(InputError):
        CharacterEncoder(0)
    with pytest.raises(InputError):
        CharacterEncoder(lengths=(1, 3))


def test_speed() -> None:
    texts = [f"Étiquette numéro {number} 東京" for number in range(40_000)]
    start = time.process_time()
    ENCODER.encode_sparse(texts)
    assert time.process_time() - start < 5
