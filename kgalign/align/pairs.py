"""Reading links that somebody else made: seed links and references."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from urllib.parse import quote

import numpy as np
import polars as pl
import yaml

from kgalign.align.candidates import Ids
from kgalign.align.options import Cardinality
from kgalign.align.text_files import read_lines
from kgalign.errors import InputError
from kgalign.kg import IngestOptions, KnowledgeGraph, load

_LINK_PREDICATES = ("http://www.w3.org/2004/02/skos/core#exactMatch",)
_CELL = "http://knowledgeweb.semanticweb.org/heterogeneity/alignment"
_HEAD_BYTES = 65_536
_PREFIX = re.compile(r"^\s*@prefix\s+([\w.-]*):\s*<([^>]*)>\s*\.\s*$")
# What encoding changes, or may have changed.
_ENCODABLE = r"[^A-Za-z0-9!#$&'()*+,\-./:;=?@\[\]_~]"
_HEADER_NAMES = {"source", "subject", "subject_id", "left", "entity1"}


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
    """Read links from a file.

    Understood are tab-separated values (source, target; further columns are left out; a header is
    recognised), SSSOM TSV, owl:sameAs or skos:exactMatch in any RDF format, and OAEI Alignment RDF.

    Returns:
        ``source``, ``target`` (IRIs) and ``line`` (null where the format has none), without repeats.

    Raises:
        InputError: if the file can't be read or holds no link.
    """
    place = Path(path)
    if not place.is_file():
        raise InputError("there is no such file", path=place, remedy="check the name of the link file")
    head = _head(place)
    pairs = _read_table(place) if _is_table(place, head) else _read_rdf(place)
    if pairs.height == 0:
        raise InputError(
            "no link found",
            path=place,
            remedy="give tab-separated source and target IRIs, SSSOM TSV, or owl:sameAs statements",
        )
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


def encoded_iri(iri: str) -> str:
    """*iri* in ASCII: what is outside is percent-encoded as UTF-8 (RFC 3987, section 3.1)."""
    return quote(iri, safe="!#$%&'()*+,-./:;=?@[]_~")


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


def _head(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return stream.read(_HEAD_BYTES).decode("utf-8", "replace")
    except OSError as error:
        raise InputError(f"can't be read ({error.strerror})", path=path) from None


def _is_table(path: Path, head: str) -> bool:
    if path.name.lower().endswith((".tsv", ".csv", ".txt")):
        return True
    lines = [line for line in head.splitlines() if line.strip() and not line.startswith(("#", "@"))]
    return bool(lines) and all(
        line.count("\t") >= 1 and not line.rstrip().endswith((".", ";", ",", ">")) for line in lines[:5]
    )


def _read_table(path: Path) -> pl.DataFrame:
    separator = "," if path.suffix.lower() == ".csv" else "\t"
    lines = read_lines(path)
    is_comment = pl.col("text").str.contains("^[#@]")
    prefixes = _prefixes(lines.filter(is_comment)["text"].to_list())
    rows = lines.filter(~is_comment).with_columns(fields=pl.col("text").str.split(separator))
    columns = (0, 1)
    if rows.height:
        names = [name.strip().strip('"').lower() for name in rows["fields"][0].to_list()]
        if names[0] in _HEADER_NAMES or "subject_id" in names:
            columns = (
                (names.index("subject_id"), names.index("object_id")) if "object_id" in names else columns
            )
            rows = rows.slice(1)
    pairs = rows.select(
        pl.col("fields").list.get(columns[0], null_on_oob=True).str.strip_chars(' "<>').alias("source"),
        pl.col("fields").list.get(columns[1], null_on_oob=True).str.strip_chars(' "<>').alias("target"),
        pl.col("line").cast(pl.UInt32),
    )
    incomplete = pairs.filter(
        pl.col("target").is_null() | (pl.col("source") == "") | (pl.col("target") == "")
    )
    if incomplete.height:
        raise InputError(
            "a link needs a source and a target, separated by a tab",
            path=path,
            line=int(incomplete["line"][0]),
            remedy="mend or remove the line",
        )
    return _expanded(pairs, prefixes)


def _prefixes(comments: list[str]) -> dict[str, str]:
    """Prefixes declared by SSSOM's ``#curie_map`` or by Turtle's ``@prefix`` lines."""
    declared = {match[1]: match[2] for match in map(_PREFIX.match, comments) if match}
    metadata = "\n".join(line[1:] for line in comments if line.startswith("#"))
    try:
        parsed = yaml.safe_load(metadata)
    except yaml.YAMLError:
        parsed = None
    if isinstance(parsed, dict) and isinstance(parsed.get("curie_map"), dict):
        declared.update({str(name): str(iri) for name, iri in parsed["curie_map"].items()})
    return declared


def _expanded(pairs: pl.DataFrame, prefixes: dict[str, str]) -> pl.DataFrame:
    if not prefixes:
        return pairs
    names = pl.DataFrame(
        {"prefix": list(prefixes), "namespace": list(prefixes.values())},
        schema={"prefix": pl.String, "namespace": pl.String},
    )
    for side in ("source", "target"):
        pairs = (
            pairs.with_columns(pl.col(side).str.extract(r"^([^:/]*):", 1).alias("prefix"))
            .join(names, on="prefix", how="left", maintain_order="left")
            .with_columns(
                pl.when(pl.col("namespace").is_not_null())
                .then(pl.col("namespace") + pl.col(side).str.replace(r"^[^:/]*:", ""))
                .otherwise(pl.col(side))
                .alias(side)
            )
            .drop("prefix", "namespace")
        )
    return pairs


def _read_rdf(path: Path) -> pl.DataFrame:
    graph = load(path, IngestOptions())
    stated = graph.triples.join(graph.relations.rename({"id": "relation", "iri": "predicate"}), on="relation")
    matches = _by_iri(graph, stated.filter(pl.col("predicate").is_in(_LINK_PREDICATES)))
    cells = {
        end: stated.filter(pl.col("predicate").is_in([f"{_CELL}#{end}", f"{_CELL}{end}"]))
        for end in ("entity1", "entity2")
    }
    both = (
        cells["entity1"]
        .select("head", source_id=pl.col("tail"))
        .join(cells["entity2"].select("head", target_id=pl.col("tail")), on="head")
        .select(head="source_id", tail="target_id")
    )
    return pl.concat([graph.same_as.select("source", "target"), matches, _by_iri(graph, both)]).with_columns(
        line=pl.lit(None, pl.UInt32)
    )


def _by_iri(graph: KnowledgeGraph, pairs: pl.DataFrame) -> pl.DataFrame:
    iris = graph.entities["iri"]
    return pl.DataFrame(
        {
            "source": iris.gather(pairs["head"]),
            "target": iris.gather(pairs["tail"]),
        },
        schema={"source": pl.String, "target": pl.String},
    )
