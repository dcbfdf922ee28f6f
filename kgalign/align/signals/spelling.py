"""How alike texts are spelt: character n-grams, weighted by how rare they are."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from kgalign.align.candidates import Ids, Scores
from kgalign.encode.characters import CharacterEncoder

_PRODUCTS_AT_ONCE = 200_000


def weighted_grams(texts: list[list[str]]) -> list[sparse.csr_matrix]:
    """Character n-grams weighted by how rare they are in all *texts* together, a matrix per list.

    Returns:
        Sparse float32 matrices with the same columns, a row of Euclidean length 1 (or 0) per text.
    """
    encoder = CharacterEncoder()
    counts = [sparse.csr_matrix(encoder.encode_sparse(side)) for side in texts]
    total = sum(matrix.shape[0] for matrix in counts)
    occurrences = sum(np.bincount(matrix.indices, minlength=matrix.shape[1]) for matrix in counts)
    rarity = np.log((total + 1) / (occurrences + 1)).astype(np.float32)
    weighted = []
    for matrix in counts:
        scaled = sparse.csr_matrix(matrix.multiply(rarity[None, :]), dtype=np.float32)
        length = np.sqrt(np.asarray(scaled.multiply(scaled).sum(axis=1)).ravel())
        weighted.append(
            sparse.csr_matrix(sparse.diags(1 / np.maximum(length, 1e-9)) @ scaled, dtype=np.float32)
        )
    return weighted


def without_frequent(grams: list[sparse.csr_matrix], most: float) -> list[sparse.csr_matrix]:
    """*grams* without the n-grams that more than *most* texts of all lists have: those to search by."""
    occurrences = np.bincount(
        np.concatenate([matrix.indices for matrix in grams]), minlength=grams[0].shape[1]
    )
    telling = np.where(occurrences <= most, np.float32(1), np.float32(0))
    reduced = [sparse.csr_matrix(matrix.multiply(telling[None, :]), dtype=np.float32) for matrix in grams]
    for matrix in reduced:
        matrix.eliminate_zeros()
    return reduced


def within_budget(queries: sparse.csr_matrix, keys: sparse.csr_matrix, postings: int) -> sparse.csr_matrix:
    """*queries* by their rarest n-grams only, so that a search of *keys* visits few entries.

    An n-gram costs a query as many visits as texts of *keys* have it, which grows with their number.

    Args:
        queries: texts × n-grams.
        keys: other texts × the same n-grams.
        postings: how many entries of *keys* the kept n-grams of a query may have between them. A text
            whose rarest n-gram alone has more keeps none: it is like too many to tell them apart.
    """
    occurrences = np.bincount(keys.indices, minlength=keys.shape[1])[queries.indices]
    row = np.repeat(np.arange(queries.shape[0]), np.diff(queries.indptr))
    rarest_first = np.lexsort((queries.indices, occurrences, row))
    visits = np.concatenate([[0], np.cumsum(occurrences[rarest_first])])
    kept = np.empty(len(row), bool)
    kept[rarest_first] = visits[1:] - visits[queries.indptr[row]] <= postings
    reduced = queries.copy()
    reduced.data[~kept] = 0
    reduced.eliminate_zeros()
    return reduced


def products(first: sparse.csr_matrix, second: sparse.csr_matrix, rows: Ids, columns: Ids) -> Scores:
    """Inner products of ``first[rows[i]]`` and ``second[columns[i]]``, in blocks."""
    found = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), _PRODUCTS_AT_ONCE):
        block = slice(start, start + _PRODUCTS_AT_ONCE)
        together = first[rows[block]].multiply(second[columns[block]])
        found[block] = np.asarray(together.sum(axis=1)).ravel()
    return found
