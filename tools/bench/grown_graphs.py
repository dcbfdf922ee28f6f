"""Larger pairs of graphs, made from a real pair: copies that are grown together.

Both graphs are copied k times. Then, for a share of the pairs of linked entities that an edge joins,
the edges' tails are exchanged between the copies: each pair draws a cyclic order of the copies, and
the head in a copy gets the tail of the next one. A pair's order holds in both graphs and for both
directions, by way of the reference links, so what corresponded before still does. Every entity keeps
its number of edges of each relation, in and out, so the distribution of degrees and the shares of
the relations are exactly those of the real pair, and the copies hang together. Edges of entities
without a link stay within their copy: nobody could exchange them alike in both graphs.

Names of the copies are spelt anew: written in Latin letters, then each copy exchanges vowels,
consonants and digits by a permutation of its own, the same one in both graphs. Two names of one copy
are as alike as the originals, to an encoder that looks at letters; names of different copies differ
like those of different things. Text values of attributes go the same way; numbers and dates stay, as
do names that are only taken from IRIs. The first copy is the original.

    python tools/bench/grown_graphs.py A B GOLD -o DIR [--factors 1 2 4 8] [--rewired 0.5] [--seed 0]

writes DIR/2x/first.nt.gz, second.nt.gz and reference.tsv, and so on. A and B are dumps or stores.
"""

from __future__ import annotations

import argparse
import json
import sys
import unicodedata
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import polars as pl
from anyascii import anyascii
from graph_dumps import tables_of, write_dump, write_pairs
from numpy.typing import NDArray

from kgalign.align import one_per_entity, read_pairs, resolve
from kgalign.errors import KgalignError
from kgalign.kg import IRI_ORIGIN, KnowledgeGraph, load

FIRST, SECOND, REFERENCE = "first.nt.gz", "second.nt.gz", "reference.tsv"
_XSD_STRING = "http://www.w3.org/2001/XMLSchema#string"
_ALPHABETS = ("aeiou", "bcdfghjklmnpqrstvwxyz", "0123456789")

Ids = NDArray[np.int64]


@dataclass(frozen=True)
class Grown:
    """What was written of a grown pair.

    Attributes:
        factor: copies of the real pair.
        statements: statements of each graph.
        edges: edges of each graph, before they were written.
        moved: edges of each graph that lead from one copy into another.
        links: reference links.
    """

    factor: int
    statements: tuple[int, int]
    edges: tuple[int, int]
    moved: tuple[int, int]
    links: int


@dataclass(frozen=True)
class _Rewiring:
    """Which pairs of links are rewired, and how.

    Attributes:
        pairs: ``low`` and ``high`` (numbers of links, low < high) and ``row``, a row of *after*.
        after: pairs × copies; in which copy the high end's partner of each copy of the low end lies.
        before: the same for each copy of the high end: the inverse.
    """

    pairs: pl.DataFrame
    after: Ids
    before: Ids


def grow(
    first: KnowledgeGraph,
    second: KnowledgeGraph,
    gold: pl.DataFrame,
    factor: int,
    folder: Path,
    *,
    rewired: float = 0.5,
    seed: int = 0,
) -> Grown:
    """Write a pair *factor* times as large as *first* and *second* into *folder*.

    Args:
        first: the graph of the sources.
        second: the graph of the targets.
        gold: links as :func:`kgalign.align.read_pairs` gives them.
        factor: how many times as large.
        folder: where :data:`FIRST`, :data:`SECOND` and :data:`REFERENCE` go.
        rewired: share of the joined pairs of links whose edges lead into another copy.
        seed: random seed; the same arguments give the same bytes.
    """
    if factor < 1 or not 0 <= rewired <= 1:
        raise ValueError("a pair grows by a factor from 1 on, and the rewired share lies in 0 to 1")
    graphs = (first, second)
    links = one_per_entity(resolve(gold, first, second))
    numbered = [_numbered_edges(graph, ends) for graph, ends in zip(graphs, links, strict=True)]
    rewiring = _rewiring(numbered, factor, rewired, seed)
    statements, edges, moved = [], [], []
    for graph, numbers, name in zip(graphs, numbered, (FIRST, SECOND), strict=True):
        triples = _grown_triples(graph, numbers, rewiring, factor)
        tables = _grown_tables(graph, factor, seed) | {"triples": triples.select("head", "relation", "tail")}
        statements.append(write_dump(tables, graph, folder / name))
        edges.append(triples.height)
        moved.append(int(triples["moved"].sum()))
    reference = _grown_reference(graphs, links, factor)
    write_pairs(reference, folder / REFERENCE)
    return Grown(
        factor, (statements[0], statements[1]), (edges[0], edges[1]), (moved[0], moved[1]), reference.height
    )


def copy_iri(iri: pl.Expr, copy: int) -> pl.Expr:
    """The IRI that *iri* has in a copy; the original's is its own."""
    return iri if copy == 0 else pl.concat_str(iri, pl.lit(f"_copy{copy}"))


def respelt(texts: pl.Series, copy: int, seed: int = 0) -> pl.Series:
    """*texts* as the copy number *copy* spells them; the original's stay as they are."""
    if copy == 0:
        return texts
    distinct = texts.unique(maintain_order=True).drop_nulls()
    # As the character encoder folds texts, so that two names stay as alike as it takes them to be.
    latin = [anyascii(unicodedata.normalize("NFKC", text)) for text in distinct.to_list()]
    before, after = _permuted_letters(copy, seed)
    spelt = pl.Series(latin, dtype=pl.String).str.replace_many(before, after)
    kept = pl.DataFrame({"text": distinct, "spelt": spelt})
    rows = pl.DataFrame({"text": texts}).join(kept, on="text", how="left", maintain_order="left")
    return rows["spelt"].alias(texts.name)


def _permuted_letters(copy: int, seed: int) -> tuple[list[str], list[str]]:
    """Every letter and digit that changes, in both cases, and what it becomes."""
    random = np.random.default_rng([seed, copy])
    before, after = "".join(_ALPHABETS), ""
    for alphabet in _ALPHABETS:
        after += "".join(random.permutation(list(alphabet)).tolist())
    letters = sum(character.isalpha() for character in before)
    return [*before, *before[:letters].upper()], [*after, *after[:letters].upper()]


def _numbered_edges(graph: KnowledgeGraph, ends: Ids) -> pl.DataFrame:
    """The graph's edges in order, with the numbers of the links at their ends: ``from``, ``to``."""
    number = np.full(graph.entity_count, -1, np.int64)
    number[ends] = np.arange(len(ends))
    return pl.DataFrame(
        {
            "from": number[graph.triples["head"].to_numpy()],
            "to": number[graph.triples["tail"].to_numpy()],
        }
    ).with_columns(low=pl.min_horizontal("from", "to"), high=pl.max_horizontal("from", "to"))


def _rewiring(numbered: list[pl.DataFrame], factor: int, share: float, seed: int) -> _Rewiring:
    """Draw the pairs to rewire among those that an edge of either graph joins, and an order for each."""
    joined = (
        pl.concat([edges.select("low", "high") for edges in numbered])
        .filter((pl.col("low") >= 0) & (pl.col("low") < pl.col("high")))
        .unique()
        .sort("low", "high")
    )
    random = np.random.default_rng(seed)
    chosen = joined.filter(pl.Series(random.random(joined.height) < (share if factor > 1 else 0.0)))
    order = np.argsort(random.random((chosen.height, factor)), axis=1)
    after, before = np.empty_like(order), np.empty_like(order)
    np.put_along_axis(after, order, np.roll(order, -1, axis=1), axis=1)
    np.put_along_axis(before, order, np.roll(order, 1, axis=1), axis=1)
    return _Rewiring(chosen.with_row_index("row").cast(pl.Int64), after, before)


def _grown_triples(
    graph: KnowledgeGraph, numbered: pl.DataFrame, rewiring: _Rewiring, factor: int
) -> pl.DataFrame:
    """The triples of all copies, and whether each leads into another one: ``moved``."""
    rows = numbered.join(rewiring.pairs, on=["low", "high"], how="left", maintain_order="left")
    row = rows["row"].fill_null(-1).to_numpy()
    places = np.flatnonzero(row >= 0)
    from_low = rows["from"].to_numpy()[places] < rows["to"].to_numpy()[places]
    parts = []
    for copy in range(factor):
        tail_copy = np.full(graph.triples.height, copy, np.int64)
        tail_copy[places] = np.where(
            from_low, rewiring.after[row[places], copy], rewiring.before[row[places], copy]
        )
        parts.append(
            graph.triples.select(
                head=pl.col("head").cast(pl.Int64) + copy * graph.entity_count,
                relation="relation",
                tail=pl.col("tail").cast(pl.Int64) + pl.Series(tail_copy) * graph.entity_count,
                moved=pl.Series(tail_copy != copy),
            )
        )
    return pl.concat(parts)


def _grown_tables(graph: KnowledgeGraph, factor: int, seed: int) -> dict[str, pl.DataFrame]:
    """Every table but the triples, for all copies; relations are the same in each of them."""
    tables = tables_of(graph)
    entities, attributes, labels, same_as = [], [], [], []
    stated = graph.labels.filter(pl.col("origin") != IRI_ORIGIN)
    for copy in range(factor):
        shift = copy * graph.entity_count
        entities.append(graph.entities.select(pl.col("id") + shift, copy_iri(pl.col("iri"), copy)))
        labels.append(stated.with_columns(pl.col("entity") + shift, text=respelt(stated["text"], copy, seed)))
        attributes.append(_copied_attributes(graph.attributes, shift, copy, seed))
        same_as.append(graph.same_as.select(copy_iri(pl.col(side), copy) for side in ("source", "target")))
    return tables | {
        "entities": pl.concat(entities),
        "attributes": pl.concat(attributes),
        "labels": pl.concat(labels),
        "same_as": pl.concat(same_as),
    }


def _copied_attributes(attributes: pl.DataFrame, shift: int, copy: int, seed: int) -> pl.DataFrame:
    is_text = pl.col("datatype").is_null() | (pl.col("datatype") == _XSD_STRING)
    return attributes.with_columns(
        pl.col("entity") + shift,
        value=pl.when(is_text).then(respelt(attributes["value"], copy, seed)).otherwise("value"),
    )


def _grown_reference(
    graphs: tuple[KnowledgeGraph, KnowledgeGraph], links: tuple[Ids, Ids], factor: int
) -> pl.DataFrame:
    columns = {
        side: graph.entities["iri"].gather(ends)
        for side, graph, ends in zip(("source", "target"), graphs, links, strict=True)
    }
    pairs = pl.DataFrame(columns)
    return pl.concat(
        [pairs.select(copy_iri(pl.col(side), copy) for side in columns) for copy in range(factor)]
    )


def main() -> int:
    """Grow a pair by each factor asked for, and tell what was written."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("first", help="the first graph: a dump or a store")
    parser.add_argument("second", help="the second graph")
    parser.add_argument("gold", type=Path, help="links between the two")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder for the grown pairs")
    parser.add_argument(
        "--factors", type=int, nargs="+", default=[1, 2, 4, 8], help="how many times as large"
    )
    parser.add_argument("--rewired", type=float, default=0.5, help="share of joined links rewired")
    parser.add_argument("--seed", type=int, default=0, help="random seed")
    options = parser.parse_args()
    try:
        first, second, gold = load(options.first), load(options.second), read_pairs(options.gold)
        for factor in options.factors:
            folder = options.output / f"{factor}x"
            grown = grow(first, second, gold, factor, folder, rewired=options.rewired, seed=options.seed)
            print(json.dumps({"folder": str(folder), **asdict(grown)}))
    except KgalignError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
