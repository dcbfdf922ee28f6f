"""Links as SSSOM TSV (Simple Standard for Sharing Ontological Mappings, version 1)."""

from __future__ import annotations

from urllib.parse import quote

import polars as pl

from kgalign import __version__
from kgalign.align.iris import ascii_iri, commonest_namespace, expanded
from kgalign.align.links import OWL_SAME_AS, Links, named
from kgalign.align.predicates import PREFIXES

COMPOSITE = "semapv:CompositeMatching"
JUSTIFICATIONS = {
    "aligned": COMPOSITE,
    "seed": "semapv:ManualMappingCuration",
    "joined": "semapv:MappingChaining",
    "confirmed": "semapv:ManualMappingCuration",
    "same-iri": COMPOSITE,
}
# The first method of each justification; others are told beside it.
METHODS = {justification: method for method, justification in reversed(JUSTIFICATIONS.items())}
_SIDES = {"source": "subject", "target": "object"}


def sssom(links: Links, predicate: str = OWL_SAME_AS) -> str:
    """The accepted links between named entities as SSSOM TSV; see :func:`sssom_of`."""
    return sssom_of(links.accepted, predicate)


def sssom_of(links: pl.DataFrame, predicate: str = OWL_SAME_AS) -> str:
    """Links between named entities as SSSOM TSV; IRIs are percent-encoded and labels one line each.

    What the columns can't hold as it is (IRIs that aren't ASCII or begin like a prefix, line ends in
    labels, methods without a justification of their own, a status other than accepted) stands in the
    column ``other`` as well, as ``name=value`` with percent-encoded values, separated by ``|``.

    The most frequent namespace of either side becomes the prefix ``source`` or ``target``; other
    IRIs stand in full. No date is written: the same run gives the same bytes.

    Args:
        links: columns as of :class:`~kgalign.align.Links`.
        predicate: of the links for which the column ``predicate`` names none.
    """
    rows = named(links)
    columns = {side: _ids(rows[side]) for side in _SIDES}
    prefixes = {name: PREFIXES[name] for name in ("owl", "semapv", "skos")}
    for side, iris in columns.items():
        namespace = commonest_namespace(iris)
        if namespace is not None:
            # Two prefixes of one namespace are no valid prefix map.
            known = (name for name, space in prefixes.items() if space == namespace)
            prefix = next(known, side)
            prefixes[prefix] = namespace
            columns[side] = _shortened(iris, prefix, namespace)
    labels = {side: _one_line(rows[f"{side}_label"].cast(pl.String)) for side in _SIDES}
    if "predicate" not in rows.columns:
        rows = rows.with_columns(predicate=pl.lit(predicate))
    table = pl.DataFrame(
        {
            "subject_id": columns["source"],
            "subject_label": labels["source"],
            "predicate_id": rows.select(_curie(pl.col("predicate").fill_null(predicate))).to_series(),
            "object_id": columns["target"],
            "object_label": labels["target"],
            "mapping_justification": rows.select(_justification()).to_series(),
            "confidence": rows["probability"],
            "mapping_tool": pl.repeat("kgalign", rows.height, eager=True),
            "mapping_tool_version": pl.repeat(__version__, rows.height, eager=True),
            "other": _other(rows, columns, labels, prefixes),
        }
    )
    return _header(prefixes) + table.write_csv(separator="\t", quote_style="necessary")


def _header(prefixes: dict[str, str]) -> str:
    lines = ["#curie_map:"]
    lines += [f'#  {name}: "{iri}"' for name, iri in sorted(prefixes.items())]
    lines += [
        "#license: https://w3id.org/sssom/license/unspecified",
        "#mapping_set_id: https://w3id.org/sssom/mappings/kgalign",
        "#sssom_version: '1.0'",
    ]
    return "".join(line + "\n" for line in lines)


def _justification() -> pl.Expr:
    """A method's justification; one that was read from SSSOM is its own."""
    method = pl.col("method")
    return (
        pl.when(method.str.contains(r"^[\w.-]+:"))
        .then(method)
        .otherwise(method.replace_strict(JUSTIFICATIONS, default=COMPOSITE))
        .fill_null(COMPOSITE)
        .alias("mapping_justification")
    )


def _curie(predicate: pl.Expr) -> pl.Expr:
    """*predicate* by a prefix that SSSOM has built in, else as it is."""
    short = predicate
    for name in ("owl", "semapv", "skos"):
        space = PREFIXES[name]
        local = predicate.str.strip_prefix(space)
        fits = predicate.str.starts_with(space) & local.str.contains(r"^\w+$")
        short = pl.when(fits).then(pl.lit(f"{name}:") + local).otherwise(short)
    return short


def _other(
    rows: pl.DataFrame, ids: dict[str, pl.Series], labels: dict[str, pl.Series], prefixes: dict[str, str]
) -> pl.Series:
    """What reading the other columns would not give back, for each of *rows*; null where nothing."""
    extras = []
    for side, subject in _SIDES.items():
        found = ids[side].to_frame("id").select(expanded(pl.col("id"), PREFIXES | prefixes)).to_series()
        extras.append(_extra(f"{subject}_iri", rows[side], found))
        extras.append(_extra(f"{subject}_label", rows[f"{side}_label"].cast(pl.String), labels[side]))
    told = rows.select(_justification().replace_strict(METHODS, default=pl.col("method"))).to_series()
    extras.append(_extra("method", rows["method"], told))
    extras.append(_extra("status", rows["status"], pl.repeat("accepted", rows.height, eager=True)))
    return pl.DataFrame(extras).select(
        pl.concat_str(pl.all(), separator="|", ignore_nulls=True).replace("", None).alias("other")
    )["other"]


def _extra(name: str, exact: pl.Series, found: pl.Series) -> pl.Series:
    """``name=value`` where reading would find another value, null elsewhere."""
    differs = (exact.is_not_null() & exact.ne_missing(found)).to_list()
    values = [
        f"{name}={quote(value, safe='')}" if other else None
        for value, other in zip(exact.to_list(), differs, strict=True)
    ]
    return pl.Series(name, values, dtype=pl.String)


def _ids(iris: pl.Series) -> pl.Series:
    return pl.Series(iris.name, [ascii_iri(iri) for iri in iris.to_list()], dtype=pl.String)


def _one_line(labels: pl.Series) -> pl.Series:
    """Labels without line ends and control characters; null where nothing is left."""
    return labels.str.replace_all(r"[\x00-\x1f\x7f]+", " ").str.strip_chars().replace("", None)


def _shortened(iris: pl.Series, prefix: str, namespace: str) -> pl.Series:
    frame = pl.DataFrame({"iri": iris})
    local = pl.col("iri").str.strip_prefix(namespace)
    plain = pl.col("iri").str.starts_with(namespace) & local.str.contains(r"^[^/#?]+$")
    return frame.select(
        pl.when(plain).then(pl.lit(f"{prefix}:") + local).otherwise(pl.col("iri")).alias("iri")
    ).to_series()
