"""Grown pairs keep what a real pair is like; built from graph_data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import networkx as nx
import numpy as np
import polars as pl
import pytest
from grown_graphs import FIRST, REFERENCE, SECOND, Grown, grow, respelt

from kgalign.align import read_pairs, resolve
from kgalign.encode.characters import CharacterEncoder
from kgalign.kg import KnowledgeGraph, load

FACTOR = 3


@dataclass(frozen=True)
class Pair:
    first: KnowledgeGraph
    second: KnowledgeGraph
    gold: pl.DataFrame

    @property
    def graphs(self) -> tuple[KnowledgeGraph, KnowledgeGraph]:
        return self.first, self.second


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def real(cache: Path, graph_data: Path) -> Pair:
    names = ("world_ja_ru_ar.nt.gz", "world_en_fr_hi.ttl")
    first, second = (load(graph_data / name, cache=cache) for name in names)
    return Pair(first, second, read_pairs(graph_data / "reference.tsv"))


@pytest.fixture(scope="module")
def written(real: Pair, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Grown]:
    folder = tmp_path_factory.mktemp("grown")
    return folder, grow(real.first, real.second, real.gold, FACTOR, folder)


@pytest.fixture(scope="module")
def grown(written: tuple[Path, Grown], cache: Path) -> Pair:
    folder, _ = written
    first, second = (load(folder / name, cache=cache) for name in (FIRST, SECOND))
    return Pair(first, second, read_pairs(folder / REFERENCE))


def degrees(graph: KnowledgeGraph, end: str) -> list[int]:
    return sorted(graph.triples.group_by(end, "relation").len()["len"].to_list())


def relation_counts(graph: KnowledgeGraph) -> dict[str, int]:
    counts = graph.triples.group_by("relation").len().join(graph.relations, left_on="relation", right_on="id")
    return dict(counts.select("iri", "len").iter_rows())


def test_degrees_and_relations_are_those_of_the_real_pair(real: Pair, grown: Pair) -> None:
    for before, after in zip(real.graphs, grown.graphs, strict=True):
        assert after.entity_count == FACTOR * before.entity_count
        assert after.manifest.rows["labels"] == FACTOR * before.manifest.rows["labels"]
        assert after.manifest.rows["attributes"] == FACTOR * before.manifest.rows["attributes"]
        for end in ("head", "tail"):
            assert degrees(after, end) == sorted(FACTOR * degrees(before, end))
        assert relation_counts(after) == {
            name: FACTOR * count for name, count in relation_counts(before).items()
        }


def test_copies_hang_together(written: tuple[Path, Grown], grown: Pair) -> None:
    for graph, moved in zip(grown.graphs, written[1].moved, strict=True):
        assert moved > 0.1 * graph.triples.height
        network = nx.Graph(graph.triples.select("head", "tail").iter_rows())
        assert nx.number_connected_components(network) == 1


def linked_edges(pair: Pair) -> list[set[frozenset[int]]]:
    """For each graph, the pairs of reference links that an edge joins."""
    links = resolve(pair.gold, pair.first, pair.second)
    found = []
    for graph, ends in zip(pair.graphs, (links.source, links.target), strict=True):
        number = np.full(graph.entity_count, -1)
        number[ends] = np.arange(len(ends))
        ids = number[graph.triples.select("head", "tail").to_numpy()]
        found.append({frozenset(edge) for edge in ids[(ids >= 0).all(axis=1)].tolist()})
    return found


def test_both_graphs_are_rewired_alike(real: Pair, grown: Pair) -> None:
    assert grown.gold.height == FACTOR * real.gold.height
    assert resolve(grown.gold, grown.first, grown.second).unknown == 0
    for links in (grown.gold["source"], grown.gold["target"]):
        assert links.is_unique().all()
    before, after = linked_edges(real), linked_edges(grown)
    # What both graphs say of two linked entities, both still say, in every copy.
    assert len(after[0] & after[1]) == FACTOR * len(before[0] & before[1])
    assert len(after[0] | after[1]) == FACTOR * len(before[0] | before[1])


def test_names_of_one_copy_are_as_alike_as_before_and_those_of_two_are_not() -> None:
    names = pl.Series(["Москва", "Moscow", "München", "Munich", "مكة", None])
    characters = CharacterEncoder()
    spelt = [respelt(names, copy).drop_nulls().to_list() for copy in range(3)]
    vectors = [characters.encode_sparse(texts) for texts in spelt]
    for copy in (1, 2):
        assert spelt[copy] == respelt(names, copy).drop_nulls().to_list()
        alike = (vectors[copy] @ vectors[copy].T).toarray()
        assert np.allclose(alike, (vectors[0] @ vectors[0].T).toarray(), atol=1e-6)
        assert (vectors[0] @ vectors[copy].T).diagonal().max() < 0.4
    assert not set(spelt[1]) & set(spelt[2])


def test_the_same_arguments_give_the_same_bytes(
    real: Pair, written: tuple[Path, Grown], tmp_path: Path
) -> None:
    folder, told = written
    assert grow(real.first, real.second, real.gold, FACTOR, tmp_path / "again") == told
    grow(real.first, real.second, real.gold, FACTOR, tmp_path / "other", seed=1)
    for name in (FIRST, SECOND):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()
        assert (tmp_path / "other" / name).read_bytes() != (folder / name).read_bytes()


def test_once_as_large_is_the_real_pair(real: Pair, cache: Path, tmp_path: Path) -> None:
    told = grow(real.first, real.second, real.gold, 1, tmp_path)
    assert told.moved == (0, 0)
    for before, name in zip(real.graphs, (FIRST, SECOND), strict=True):
        after = load(tmp_path / name, cache=cache)
        assert named_triples(after) == named_triples(before)
        assert set(after.labels["text"]) == set(before.labels["text"])


def named_triples(graph: KnowledgeGraph) -> set[tuple[str, str, str]]:
    names, relations = graph.entities["iri"], graph.relations["iri"]
    columns = (
        names.gather(graph.triples["head"]),
        relations.gather(graph.triples["relation"]),
        names.gather(graph.triples["tail"]),
    )
    return set(zip(*(column.to_list() for column in columns), strict=True))
