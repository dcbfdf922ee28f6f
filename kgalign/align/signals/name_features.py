"""The parts of names that a lexicon translates: whole words, and the n-grams within them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
from scipy import sparse

# Scripts whose single letters stand for syllables or meanings, so that one letter is a part already.
_DENSE = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
_DENSE_LENGTHS = range(1, 4)
_ALPHABETIC_LENGTHS = range(2, 5)
_LONGEST_WORD = 40
_LEAST_NAMES = 2


def name_features(texts: pl.Series) -> sparse.csr_matrix:
    """Which parts each name has.

    Case and compatibility forms don't count. Words of alphabetic scripts are marked at both ends
    before n-grams are taken, so that beginnings and endings are parts of their own. Parts that a
    single name has are left out: nothing can be learnt from them.

    Args:
        texts: names.

    Returns:
        names × parts, float32 ones, with sorted columns.
    """
    words = (
        pl.DataFrame({"row": np.arange(len(texts)), "text": texts})
        .with_columns(
            word=pl.col("text")
            .str.normalize("NFKC")
            .str.to_lowercase()
            .str.extract_all(r"[\p{L}\p{M}\p{N}]+")
        )
        .explode("word")
        .drop_nulls("word")
        .select("row", word=pl.col("word").str.slice(0, _LONGEST_WORD))
    )
    parts = pl.concat(_parts(words)).unique()
    kept = (
        parts.group_by("part")
        .len()
        .filter(pl.col("len") >= _LEAST_NAMES)
        .sort("part")
        .with_row_index("column")
        .select("part", "column")
    )
    found = parts.join(kept, on="part").sort("row", "column")
    ones = np.ones(found.height, np.float32)
    places = (found["row"].to_numpy(), found["column"].to_numpy())
    return sparse.csr_matrix((ones, places), (len(texts), kept.height))


def _parts(words: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """``row``, ``part``: the whole words, then the n-grams of one script and length after another."""
    yield words.select("row", part="=" + pl.col("word"))
    dense = pl.col("word").str.contains(_DENSE)
    marked = words.filter(~dense).select("row", word="^" + pl.col("word") + "$")
    for chosen, lengths in ((words.filter(dense), _DENSE_LENGTHS), (marked, _ALPHABETIC_LENGTHS)):
        for length in lengths:
            yield (
                chosen.filter(pl.col("word").str.len_chars() >= length)
                .with_columns(start=pl.int_ranges(0, pl.col("word").str.len_chars() - length + 1))
                .explode("start")
                .select("row", part=pl.col("word").str.slice(pl.col("start"), length))
            )
