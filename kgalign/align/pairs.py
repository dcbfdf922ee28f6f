"""Reading links that somebody else made: seed links and references."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl

from kgalign.align.candidates import Ids
from kgalign.align.iris import encoded_iri
from kgalign.align.link_files import read_links
from kgalign.align.options import Cardinality
from kgalign.align.predicates import equivalent
from kgalign.errors import InputError
from kgalign.kg import KnowledgeGraph

# What encoding changes, or may have changed.
_ENCODABLE = r"[^A-Za-z0-9!#$&'()*+,\-./:;=?@\[\]_~]"


@dataclass(frozen=True)
class ResolvedPairs:
    """Pairs by entity id.

    Attributes:
        source: entity ids of the first graph.
        target: entity ids of the second graph.
        unknown: number of pairs that name an entity which is not in its graph.
        first_unknown: the first such pair's line and IRI, if there is one.
    """

    source: Ids
    target: Ids
    unknown: int
    first_unknown: tuple[int | None, str] | None


@dataclass(frozen=True)
class DistributedPairs:
    """Pairs between any of several graphs, by the two graphs that they name.

    Attributes:
        pairs: the pairs of each two graphs, by the graphs' positions, the lower one first; only of
            those that some pair names.
        unknown: number of pairs that don't name entities of two graphs.
        first_unknown: the first such pair's line and an IRI of it, if there is one.
    """

    pairs: dict[tuple[int, int], ResolvedPairs]
    unknown: int
    first_unknown: tuple[int | None, str] | None


def read_pairs(path: str | Path) -> pl.DataFrame:
    """Read pairs of entities that are the same from a file of links.

    What kinds of files are understood see :func:`~kgalign.align.link_files.read_links`. Links that say
    something else, as that one entity is broader than the other, and those that aren't accepted are left
    out.

    Returns:
        ``source``, ``target`` (IRIs) and ``line`` (null where the format has none), without repeats.

    Raises:
        InputError: if the file can't be read or holds no such link.
    """
    links = equivalent(read_links(path)).filter(pl.col("status") == "accepted")
    if links.height == 0:
        raise InputError(
            "no link says that two entities are the same", path=path, remedy="name another file of links"
        )
    pairs = links.select("source", "target", "line")
    return pairs.unique(["source", "target"], keep="first", maintain_order=True)


def resolve(pairs: pl.DataFrame, first: KnowledgeGraph, second: KnowledgeGraph) -> ResolvedPairs:
    """Find the entities that *pairs* (see :func:`read_pairs`) name.

    IRIs are compared as they are, then with their non-ASCII characters percent-encoded, as SSSOM
    and older tools write them. Pairs given the other way round are turned.
    """
    found = distribute(pairs, (first, second))
    nothing = np.empty(0, np.int64)
    known = found.pairs.get((0, 1), ResolvedPairs(nothing, nothing, 0, None))
    return ResolvedPairs(known.source, known.target, found.unknown, found.first_unknown)


def distribute(pairs: pl.DataFrame, graphs: Sequence[KnowledgeGraph]) -> DistributedPairs:
    """Find the entities that *pairs* name among *graphs*, each pair in either direction.

    A pair whose IRIs are in several graphs counts for each two of them; see also :func:`resolve`.
    """
    table = pairs.select("source", "target", "line").with_row_index("row")
    for number, graph in enumerate(graphs):
        for side in ("source", "target"):
            table = _with_id(table, graph, side, f"{side}_{number}")
    by_pair = {pair: _between(table, *pair) for pair in combinations(range(len(graphs)), 2)}
    named = pl.concat([found["row"] for found in by_pair.values()]).unique()
    missing = table.filter(~pl.col("row").is_in(named.implode()))
    example = None
    if missing.height:
        row = missing.row(0, named=True)
        has_source = any(row[f"source_{number}"] is not None for number in range(len(graphs)))
        example = (row["line"], row["target"] if has_source else row["source"])
    resolved = {pair: _resolved(found) for pair, found in by_pair.items() if found.height}
    return DistributedPairs(resolved, missing.height, example)


def concatenated(parts: Sequence[ResolvedPairs]) -> ResolvedPairs:
    """The pairs of all *parts*, in order."""
    return ResolvedPairs(
        np.concatenate([part.source for part in parts]),
        np.concatenate([part.target for part in parts]),
        sum(part.unknown for part in parts),
        next((part.first_unknown for part in parts if part.first_unknown is not None), None),
    )


def one_per_entity(pairs: ResolvedPairs, cardinality: Cardinality = "one-to-one") -> tuple[Ids, Ids]:
    """The pairs whose source, and whose target unless targets may be shared, no earlier pair names."""
    kept = pl.DataFrame({"source": pairs.source, "target": pairs.target}).unique(
        "source", keep="first", maintain_order=True
    )
    if cardinality == "one-to-one":
        kept = kept.unique("target", keep="first", maintain_order=True)
    return kept["source"].to_numpy(), kept["target"].to_numpy()


def _between(table: pl.DataFrame, i: int, j: int) -> pl.DataFrame:
    """The pairs of *table* that name two given graphs, turned where they are the other way round."""
    source, target = pl.col(f"source_{i}"), pl.col(f"target_{j}")
    forward = source.is_not_null() & target.is_not_null()
    turned = pl.col(f"target_{i}").is_not_null() & pl.col(f"source_{j}").is_not_null()
    named = table.filter(forward | turned)
    # Where two graphs share IRIs a pair may fit either way: it is read as most are.
    mostly_turned = named.select(turned.sum() > forward.sum()).item()
    is_forward = forward & ~turned if mostly_turned else forward
    return named.select(
        "row",
        source=pl.when(is_forward).then(source).otherwise(f"target_{i}"),
        target=pl.when(is_forward).then(target).otherwise(f"source_{j}"),
    )


def _resolved(found: pl.DataFrame) -> ResolvedPairs:
    """A table of pairs by id as a record, without repeats; none of them is unknown."""
    distinct = found.unique(["source", "target"], keep="first", maintain_order=True)
    source, target = (distinct[side].to_numpy().astype(np.int64) for side in ("source", "target"))
    return ResolvedPairs(source, target, 0, None)


def _with_id(pairs: pl.DataFrame, graph: KnowledgeGraph, side: str, name: str) -> pl.DataFrame:
    """*pairs* with the id in *graph* of the entity on one *side*, as column *name*."""
    exact = graph.entities.select(pl.col("iri").alias(side), pl.col("id").alias(name))
    found = pairs.join(exact, on=side, how="left", maintain_order="left")
    missing = found.filter(pl.col(name).is_null() & pl.col(side).str.contains(_ENCODABLE))[side].unique()
    return _with_encoded(found, missing, exact, side, name) if len(missing) else found


def _with_encoded(
    found: pl.DataFrame, missing: pl.Series, exact: pl.DataFrame, side: str, name: str
) -> pl.DataFrame:
    encoded = exact.with_columns(
        pl.col(side).map_elements(encoded_iri, return_dtype=pl.String).alias("encoded")
    ).unique("encoded", keep="none")
    named = pl.DataFrame({side: missing}).with_columns(
        pl.col(side).map_elements(encoded_iri, return_dtype=pl.String).alias("encoded")
    )
    other = named.join(encoded.select("encoded", name), on="encoded").rename({name: "other"})
    return (
        found.join(other.select(side, "other"), on=side, how="left", maintain_order="left")
        .with_columns(pl.coalesce(name, "other").alias(name))
        .drop("other")
    )
