"""Reading links from any kind of file: tables, SSSOM, RDF, OAEI alignments, and kgalign's own."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl

from kgalign.align.iris import expanded
from kgalign.align.links import OWL_SAME_AS
from kgalign.align.predicates import PREDICATE_OF_RELATION, SKOS_EXACT_MATCH
from kgalign.align.run_files import LINKS
from kgalign.align.sssom_reading import prefixes_of, read_csv, read_sssom
from kgalign.align.text_files import read_bytes, read_lines
from kgalign.errors import InputError
from kgalign.kg import IngestOptions, KnowledgeGraph, load

LINK_FILE_SCHEMA = pl.Schema(
    {
        "source": pl.String,
        "target": pl.String,
        "predicate": pl.String,
        "probability": pl.Float64,
        "status": pl.String,
        "method": pl.String,
        "source_label": pl.String,
        "target_label": pl.String,
        "line": pl.UInt32,
    }
)

_CELL = "http://knowledgeweb.semanticweb.org/heterogeneity/alignment"
_HEAD_BYTES = 65_536
_PREFIX = re.compile(r"^\s*@prefix\s+([\w.-]*):\s*<([^>]*)>\s*\.\s*$")
_HEADER_NAMES = {"source", "subject", "subject_id", "left", "entity1"}
_TABLES = (".tsv", ".csv", ".txt")


def read_links(path: str | Path) -> pl.DataFrame:
    """Read links with all that their file says about them.

    Understood are a run's folder or ``links.parquet``, comma-separated values as kgalign writes them,
    tab-separated values (source, target; a header is recognised), SSSOM TSV, owl:sameAs or
    skos:exactMatch in any RDF format, and OAEI Alignment RDF.

    Returns:
        Columns as in :data:`LINK_FILE_SCHEMA`, null where the format has none; ``status`` is accepted
        unless the file says otherwise. Of a run, all its columns after these. The first of links that
        have one source, one target, one predicate and the same two graphs.

    Raises:
        InputError: if the file can't be read or holds no link.
    """
    place = Path(path)
    if place.is_dir():
        place = place / LINKS
    if not place.is_file():
        raise InputError("there is no such file", path=place, remedy="check the name of the link file")
    if place.suffix.lower() == ".parquet":
        found = _read_parquet(place)
    else:
        found = _read_table(place) if _is_table(place) else _read_rdf(place)
    if found.height == 0:
        raise InputError(
            "no link found",
            path=place,
            remedy="give tab-separated source and target IRIs, SSSOM TSV, or owl:sameAs statements",
        )
    named = [
        name
        for name in ("source", "target", "predicate", "source_graph", "target_graph")
        if name in found.columns
    ]
    return _complete(found).unique(named, keep="first", maintain_order=True)


def _complete(links: pl.DataFrame) -> pl.DataFrame:
    """*links* with all columns of :data:`LINK_FILE_SCHEMA`, these first."""
    absent = [
        pl.lit(None, dtype).alias(name)
        for name, dtype in LINK_FILE_SCHEMA.items()
        if name not in links.columns
    ]
    return (
        links.with_columns(absent)
        .with_columns(pl.col(name).cast(dtype) for name, dtype in LINK_FILE_SCHEMA.items())
        .with_columns(pl.col("status").fill_null("accepted"))
        .select(*LINK_FILE_SCHEMA, pl.exclude(*LINK_FILE_SCHEMA))
    )


def _read_parquet(path: Path) -> pl.DataFrame:
    try:
        table = pl.read_parquet(path, glob=False)
    except (pl.exceptions.PolarsError, OSError):
        table = pl.DataFrame()
    if not {"source", "target"} <= set(table.columns):
        raise InputError("not a table of links", path=path, remedy="name a run's folder or its links.parquet")
    return table


def _is_table(path: Path) -> bool:
    if path.name.lower().endswith(_TABLES):
        return True
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD_BYTES).decode("utf-8", "replace")
    except OSError as error:
        raise InputError(f"can't be read ({error.strerror})", path=path) from None
    lines = [line for line in head.splitlines() if line.strip() and not line.startswith(("#", "@"))]
    return bool(lines) and all(
        line.count("\t") >= 1 and not line.rstrip().endswith((".", ";", ",", ">")) for line in lines[:5]
    )


def _read_table(path: Path) -> pl.DataFrame:
    separator = "," if path.suffix.lower() == ".csv" else "\t"
    content = read_bytes(path)
    comments, skipped, rest = _without_comments(content)
    first = rest.split(b"\n", 1)[0].decode("utf-8", "replace")
    names = [name.strip().strip('"').lower() for name in first.split(separator)]
    if {"subject_id", "object_id"} <= set(names):
        return read_sssom(read_csv(rest, separator, path, skipped), comments, path)
    if separator == "," and {"source", "target"} <= set(names):
        return _read_named(read_csv(rest, separator, path, skipped), path)
    return _read_plain(path, separator)


def _without_comments(content: bytes) -> tuple[str, int, bytes]:
    """The comments at the start of a table without their marks, how many they are, and the rest."""
    rest = content.removeprefix(b"\xef\xbb\xbf")
    comments = []
    while rest.startswith(b"#"):
        line, _, rest = rest.partition(b"\n")
        comments.append(line[1:].decode("utf-8", "replace").rstrip("\r"))
    return "\n".join(comments), len(comments), rest


def _read_named(table: pl.DataFrame, path: Path) -> pl.DataFrame:
    """Links whose columns are called as kgalign calls them."""
    wrong = table.filter(pl.col("source").is_null() | pl.col("target").is_null())
    if "probability" in table.columns:
        number = pl.col("probability").cast(pl.Float64, strict=False)
        wrong = pl.concat([wrong, table.filter(pl.col("probability").is_not_null() & number.is_null())])
        table = table.with_columns(number)
    if wrong.height:
        raise InputError(
            "a link needs a source and a target, and its probability is a number",
            path=path,
            line=int(wrong["line"][0]),
            remedy="mend or remove the line",
        )
    return table


def _read_plain(path: Path, separator: str) -> pl.DataFrame:
    lines = read_lines(path)
    is_comment = pl.col("text").str.contains("^[#@]")
    comments = lines.filter(is_comment)["text"].to_list()
    prefixes = {match[1]: match[2] for match in map(_PREFIX.match, comments) if match}
    prefixes |= prefixes_of("\n".join(line[1:] for line in comments if line.startswith("#")))
    rows = lines.filter(~is_comment).with_columns(fields=pl.col("text").str.split(separator))
    if rows.height:
        first = str(rows["fields"][0][0]).strip().strip('"').lower()
        rows = rows.slice(1) if first in _HEADER_NAMES else rows
    pairs = rows.select(
        pl.col("fields").list.get(0, null_on_oob=True).str.strip_chars(' "<>').alias("source"),
        pl.col("fields").list.get(1, null_on_oob=True).str.strip_chars(' "<>').alias("target"),
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
    return pairs.with_columns(expanded(pl.col(side), prefixes) for side in ("source", "target"))


def _read_rdf(path: Path) -> pl.DataFrame:
    graph = load(path, IngestOptions())
    predicates = graph.relations.rename({"id": "relation", "iri": "predicate"})
    stated = graph.triples.join(predicates, on="relation", maintain_order="left")
    matches = stated.filter(pl.col("predicate") == SKOS_EXACT_MATCH)
    return pl.concat(
        [
            graph.same_as.select("source", "target", predicate=pl.lit(OWL_SAME_AS)),
            _by_iri(graph, matches.select("head", "tail", "predicate")),
            _by_iri(graph, _cells(graph, stated, predicates)),
        ],
        how="diagonal",
    )


def _cells(graph: KnowledgeGraph, stated: pl.DataFrame, predicates: pl.DataFrame) -> pl.DataFrame:
    """The cells of OAEI alignments: ``head``, ``tail``, ``predicate`` and ``probability``."""
    ends = [
        stated.filter(_is_cells(end)).select("head", pl.col("tail").alias(end))
        for end in ("entity1", "entity2")
    ]
    values = graph.attributes.join(
        predicates, left_on="attribute", right_on="relation", maintain_order="left"
    )
    told = [
        values.filter(_is_cells(name))
        .unique("entity", keep="first", maintain_order=True)
        .select(pl.col("entity").alias("head"), pl.col("value").alias(name))
        for name in ("relation", "measure")
    ]
    relation = pl.col("relation").str.strip_chars()
    return (
        ends[0]
        .join(ends[1], on="head", maintain_order="left")
        .join(told[0], on="head", how="left", maintain_order="left")
        .join(told[1], on="head", how="left", maintain_order="left")
        .select(
            head="entity1",
            tail="entity2",
            predicate=relation.replace(PREDICATE_OF_RELATION),
            probability=pl.col("measure").str.strip_chars().cast(pl.Float64, strict=False),
        )
    )


def _is_cells(name: str) -> pl.Expr:
    # Files differ in whether the namespace ends in a hash.
    return pl.col("predicate").is_in([f"{_CELL}#{name}", f"{_CELL}{name}"])


def _by_iri(graph: KnowledgeGraph, links: pl.DataFrame) -> pl.DataFrame:
    iris = graph.entities["iri"]
    ends = {"source": iris.gather(links["head"]), "target": iris.gather(links["tail"])}
    return links.drop("head", "tail").with_columns(**ends)
