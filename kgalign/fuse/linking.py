"""The links that a fusion starts from: a run's, or those of any link file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import polars as pl

from kgalign.align import distribute, read_pairs
from kgalign.align.links import GRAPH_COLUMNS
from kgalign.align.run_files import CANDIDATES, LINKS, RELATIONS
from kgalign.errors import InputError
from kgalign.fuse.sources import Sources
from kgalign.progress import say

GIVEN, SAME_IRI, CONFIRMED = "given", "same-iri", "confirmed"
LINK_SCHEMA = pl.Schema(
    {
        "first": pl.Int64,
        "second": pl.Int64,
        "probability": pl.Float64,
        "method": pl.String,
        "status": pl.String,
    }
)
_SIDES = ("source", "target")


@dataclass(frozen=True)
class Linking:
    """What is known of which entities are the same.

    Attributes:
        links: the links to fuse by, each two entities once: ``first`` and ``second`` (numbers as in
            :class:`~kgalign.fuse.sources.Sources`, the lower one first), ``probability``, ``method``
            and ``status`` (``accepted``, ``confirmed`` or, if asked for, ``uncertain``).
        declined: ``first``, ``second``: what a person said is not the same.
        candidates: ``first``, ``second``: further pairs that the run looked at; rivals of its links.
        relations: the run's ``relations.parquet`` with the graphs' names in it as they are here; None
            where there is none.
        unknown: how many links name entities that aren't in the graphs.
    """

    links: pl.DataFrame
    declined: pl.DataFrame
    candidates: pl.DataFrame
    relations: pl.DataFrame | None
    unknown: int


def read_linking(path: str | Path, sources: Sources, *, uncertain: bool = False) -> Linking:
    """Read the links of a run (its folder or its ``links.parquet``) or of a link file.

    A run's graphs are recognised by their names or else by their entities, so that a graph may be given
    as another file than when it was aligned. Of a link file (see :func:`~kgalign.align.read_pairs`)
    all links are certain.

    Raises:
        InputError: if there are no links, or they are of other graphs.
    """
    place = Path(path)
    if place.is_dir() or place.suffix == ".parquet":
        return _of_run(place / LINKS if place.is_dir() else place, sources, uncertain)
    pairs = read_pairs(place)
    found = distribute(pairs, sources.graphs)
    if not found.pairs:
        raise _strangers(place)
    _tell_unknown(place, found.unknown, pairs.height)
    parts = [
        pl.DataFrame(
            {
                "first": resolved.source + sources.entity_offsets[i],
                "second": resolved.target + sources.entity_offsets[j],
            }
        )
        for (i, j), resolved in found.pairs.items()
    ]
    links = pl.concat(parts).with_columns(probability=1.0, method=pl.lit(GIVEN), status=pl.lit("accepted"))
    nothing = links.select("first", "second").clear()
    return Linking(_distinct(links), nothing, nothing, None, found.unknown)


def with_same_iris(linking: Linking, sources: Sources) -> Linking:
    """*linking* with a link between any two entities of one IRI that nobody declined."""
    named = [
        graph.entities.select("iri", number=pl.col("id").cast(pl.Int64) + int(offset)).filter(
            ~pl.col("iri").str.starts_with("_:")
        )
        for graph, offset in zip(sources.graphs, sources.entity_offsets[:-1], strict=True)
    ]
    parts = [
        named[i].join(named[j], on="iri").select(first="number", second="number_right")
        for i, j in combinations(range(len(named)), 2)
    ]
    same = (
        pl.concat(parts)
        .join(linking.declined, on=["first", "second"], how="anti")
        .with_columns(probability=1.0, method=pl.lit(SAME_IRI), status=pl.lit("accepted"))
    )
    # What a person confirmed, or the run says of its own seeds, stays as it is.
    links = pl.concat([linking.links, same.select(LINK_SCHEMA.names())]).cast(LINK_SCHEMA)
    return Linking(_distinct(links), linking.declined, linking.candidates, linking.relations, linking.unknown)


def _of_run(table: Path, sources: Sources, uncertain: bool) -> Linking:
    links = _read(table, ("source", "target"))
    if not {"probability", "status"} <= set(links.columns):
        raise InputError(
            "not a table of links", path=table, remedy="name a run's folder or its links.parquet"
        )
    if "method" not in links.columns:
        links = links.with_columns(method=pl.lit(GIVEN))
    wanted = ["accepted", CONFIRMED, *(["uncertain"] if uncertain else [])]
    names = _names_here(links, sources, table)
    numbered = _numbered(links, names, sources)
    if numbered.height == 0:
        raise _strangers(table)
    _tell_unknown(table, links.height - numbered.height, links.height)
    beside = table.parent
    pairs = ["first", "second"]
    used = numbered.filter(pl.col("status").is_in(wanted))
    if used.height == 0:
        raise InputError("no link is accepted", path=table, remedy="take the uncertain ones with --uncertain")
    candidates = used.select(pairs).clear()
    if (beside / CANDIDATES).is_file():
        looked_at = _read(beside / CANDIDATES, ("source", "target"))
        candidates = _numbered(looked_at, names, sources).select(pairs).unique().sort(pairs)
    relations = None
    if (beside / RELATIONS).is_file():
        stated = _read(beside / RELATIONS, ("relation", "counterpart", "forward", "backward"))
        relations = _with_names(stated, names, sources)
    return Linking(
        _distinct(used.select(LINK_SCHEMA.names())),
        numbered.filter(pl.col("status") == "declined").select(pairs).unique().sort(pairs),
        candidates,
        relations,
        links.height - numbered.height,
    )


def _read(path: Path, columns: Sequence[str]) -> pl.DataFrame:
    try:
        table = pl.read_parquet(path, glob=False)
    except FileNotFoundError:
        raise InputError("there are no links here", path=path, remedy="name a run's folder") from None
    except (pl.exceptions.PolarsError, OSError):
        raise InputError(
            "not a table of links", path=path, remedy="name a run's folder or its links.parquet"
        ) from None
    if not set(columns) <= set(table.columns):
        raise InputError("not a table of links", path=path, remedy="name a run's folder or its links.parquet")
    return table


def _names_here(links: pl.DataFrame, sources: Sources, path: Path) -> dict[str, int]:
    """The position of each graph that *links* name: by its name, or by where its entities are."""
    if not set(GRAPH_COLUMNS) <= set(links.columns):
        raise InputError("the links don't tell their graphs", path=path, remedy="run 'kgalign align' again")
    ends = [links.select(graph=graph, iri=side) for graph, side in zip(GRAPH_COLUMNS, _SIDES, strict=True)]
    entities = pl.concat(ends).unique().sort("graph", "iri")
    names = entities["graph"].unique().sort().to_list()
    if set(names) <= set(sources.names):
        return {name: sources.names.index(name) for name in names}
    found: dict[str, int] = {}
    for name in names:
        own = entities.filter(pl.col("graph") == name)
        held = [own.join(graph.entities, on="iri", how="semi").height for graph in sources.graphs]
        best = held.index(max(held))
        if held[best] == 0 or held.count(held[best]) > 1 or best in found.values():
            raise InputError(
                f"the links are of graphs called {', '.join(names)}, and it can't be told which of the "
                f"graphs given is {name}",
                path=path,
                remedy="give the graphs under the names that they had when they were aligned",
            )
        found[name] = best
    return found


def _numbered(table: pl.DataFrame, names: dict[str, int], sources: Sources) -> pl.DataFrame:
    """*table* with its entities by number, the lower one first; without rows about unknown entities."""
    entities = pl.concat(
        [
            sources.graphs[place].entities.select(
                "iri",
                graph=pl.lit(name),
                number=pl.col("id").cast(pl.Int64) + int(sources.entity_offsets[place]),
            )
            for name, place in names.items()
        ]
    )
    for graph, side in zip(GRAPH_COLUMNS, _SIDES, strict=True):
        table = table.join(
            entities.rename({"iri": side, "graph": graph, "number": f"{side}_number"}),
            on=[graph, side],
            maintain_order="left",
        )
    return table.with_columns(
        first=pl.min_horizontal("source_number", "target_number"),
        second=pl.max_horizontal("source_number", "target_number"),
    )


def _with_names(stated: pl.DataFrame, names: dict[str, int], sources: Sources) -> pl.DataFrame | None:
    """Correspondences with the names that the graphs have here; None without names."""
    if not set(GRAPH_COLUMNS) <= set(stated.columns):
        return None
    here = {name: sources.names[place] for name, place in names.items()}
    known = stated.filter(pl.all_horizontal(pl.col(column).is_in(list(here)) for column in GRAPH_COLUMNS))
    return known.with_columns(pl.col(column).replace_strict(here) for column in GRAPH_COLUMNS)


def _distinct(links: pl.DataFrame) -> pl.DataFrame:
    """Each two entities once: by the link that a person confirmed, or the most probable one."""
    return (
        links.cast(LINK_SCHEMA)
        .sort(
            "first",
            "second",
            pl.col("status") == CONFIRMED,
            "probability",
            pl.col("method") == SAME_IRI,
            "method",
            descending=[False, False, True, True, False, False],
        )
        .unique(["first", "second"], keep="first", maintain_order=True)
    )


def _strangers(path: Path) -> InputError:
    return InputError(
        "none of the links is about entities of these graphs",
        path=path,
        remedy="give the graphs that the links were made for",
    )


def _tell_unknown(path: Path, unknown: int, links: int) -> None:
    if unknown:
        say(f"kgalign: {path}: {unknown:,} of {links:,} links name unknown entities; they are left out.")
