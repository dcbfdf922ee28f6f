"""IRIs as formats want them."""

from __future__ import annotations

import re
from urllib.parse import quote

import polars as pl
from pyoxigraph import NamedNode

_STRAY_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")


def encoded_iri(iri: str) -> str:
    """*iri* in ASCII: what is outside is percent-encoded as UTF-8 (RFC 3987, section 3.1)."""
    return quote(iri, safe="!#$%&'()*+,-./:;=?@[]_~")


def ascii_iri(iri: str) -> str:
    """:func:`encoded_iri`, with what would still make it invalid percent-encoded too."""
    encoded = encoded_iri(iri)
    return encoded if _is_valid(encoded) else _mended(encoded) or encoded


def valid_iris(iris: pl.Series) -> pl.Series:
    """*iris* with those made valid that RFC 3987 doesn't admit as they are, by percent-encoding.

    Null for one that stays invalid, such as a name without a scheme.
    """
    return pl.Series(iris.name, [_valid(iri) for iri in iris.to_list()], dtype=pl.String)


def _valid(iri: str) -> str | None:
    return iri if _is_valid(iri) else _mended(encoded_iri(iri))


def _mended(iri: str) -> str | None:
    start, mark, fragment = _STRAY_PERCENT.sub("%25", iri).partition("#")
    mended = start + mark + fragment.replace("#", "%23")
    return next((form for form in (mended, _without_brackets(mended)) if _is_valid(form)), None)


def _without_brackets(iri: str) -> str:
    return iri.replace("[", "%5B").replace("]", "%5D")


def _is_valid(iri: str) -> bool:
    try:
        NamedNode(iri)
    except ValueError:
        return False
    return True


def commonest_namespace(iris: pl.Series) -> str | None:
    """The part up to the last slash or hash that most of *iris* share; the first of equals."""
    spaces = pl.DataFrame({"space": iris.str.extract(r"^(.*[/#])[^/#]+$", 1)}).drop_nulls()
    if spaces.height == 0:
        return None
    counted = spaces.group_by("space").len().sort("len", "space", descending=[True, False])
    return str(counted["space"][0])


def expanded(names: pl.Expr, prefixes: dict[str, str]) -> pl.Expr:
    """*names* with those declared *prefixes* spelt out that stand before their first colon."""
    prefix = names.str.extract(r"^([^:/]*):", 1)
    namespace = prefix.replace_strict(
        list(prefixes), list(prefixes.values()), default=None, return_dtype=pl.String
    )
    rest = names.str.replace(r"^[^:/]*:", "")
    return pl.when(namespace.is_not_null()).then(namespace + rest).otherwise(names)
