"""Names: which label property is preferred, and what an IRI alone says."""

from __future__ import annotations

import re
from contextlib import suppress
from urllib.parse import unquote_to_bytes

import numpy as np
import polars as pl

from kgalign.kg.statements import Mask
from kgalign.kg.terms import Ids

_SEPARATORS = re.compile(r"[\s_\x00-\x1f\x7f]+")


def name_from_iri(iri: str) -> str | None:
    """What *iri* itself says of the thing: its last part as words; None for a blank node.

    The part after the last ``/`` or ``#`` (after the last ``:`` where there is neither), with
    percent-encoded UTF-8 decoded and underscores read as spaces; a final separator is ignored.

    >>> name_from_iri("http://example.org/resource/S%C3%A3o_Paulo")
    'São Paulo'
    """
    if iri.startswith("_:"):
        return None
    trimmed = iri.rstrip("/#:")
    separator = "[/#]" if "/" in trimmed or "#" in trimmed else ":"
    last = re.split(separator, trimmed)[-1]
    if "%" in last:
        with suppress(UnicodeDecodeError):  # not UTF-8: better shown as it is written
            last = unquote_to_bytes(last).decode()
    return _SEPARATORS.sub(" ", last).strip() or iri


def names_from_iris(iris: pl.Series) -> pl.Series:
    """:func:`name_from_iri` of each of *iris*."""
    return pl.Series("text", [name_from_iri(iri) for iri in iris], dtype=pl.String)


def preferred(named: Ids, language: Ids, rank: Ids, usable: Mask) -> Mask:
    """Mark for each named thing and language the label of the best rank, the first among equals.

    Args:
        named: what each label names.
        language: its language, as a code.
        rank: its property's place in the order of preference, 0 the best.
        usable: whether the label may be preferred at all.

    Returns:
        One truth value for each label.
    """
    chosen = np.zeros(len(named), dtype=np.bool_)
    candidates = np.flatnonzero(usable)
    # lexsort is stable, so equal ranks stay in reading order.
    order = candidates[np.lexsort((rank[candidates], language[candidates], named[candidates]))]
    if len(order):
        is_first = np.ones(len(order), dtype=np.bool_)
        is_first[1:] = (named[order[1:]] != named[order[:-1]]) | (language[order[1:]] != language[order[:-1]])
        chosen[order[is_first]] = True
    return chosen
