from __future__ import annotations

import gzip
import hashlib
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl
import pyoxigraph as ox
import pytest

from kgalign.align import AlignOptions, ManyAlignment, Seeds, align, align_many
from kgalign.encode.characters import CharacterEncoder
from kgalign.errors import InputError
from kgalign.evaluate import link_metrics
from kgalign.kg import IngestOptions, KnowledgeGraph, ingest
from kgalign.resources import StageClock
from tests.conftest import MakeGraph

LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
PREFERRED = "http://www.w3.org/2004/02/skos/core#prefLabel"
CHARACTERS = AlignOptions(encoder="characters", rounds=2)
PEOPLE = ("Marie Curie", "Ada Lovelace", "Alan Turing", "Grace Hopper")


def people(graph: str, names: tuple[str, ...] = PEOPLE, shift: int = 1) -> str:
    return "".join(
        f'<http://{graph}/{number}> <{LABEL}> "{name}" .\n'
        f"<http://{graph}/{number}> <http://{graph}/knows> <http://{graph}/{(number + shift) % 4}> .\n"
        for number, name in enumerate(names)
    )


def accepted(found: ManyAlignment) -> set[tuple[str, str]]:
    return set(found.links.accepted.select("source", "target").iter_rows())


def test_two_graphs_are_aligned_as_ever(make_graph: MakeGraph) -> None:
    graphs = [make_graph(name, people(name)) for name in ("one", "two")]
    seeds = Seeds(np.array([3]), np.array([0]))
    single = align(*graphs, CHARACTERS, seeds=seeds)
    clock = StageClock()
    many = align_many(graphs, ("one", "two"), CHARACTERS, seeds={(0, 1): seeds}, clock=clock)
    table = many.links.table
    assert table.select(single.links.table.columns).equals(single.links.table)
    assert table.columns[:4] == ["source_graph", "target_graph", "source", "target"]
    assert table.columns[-1] == "via"
    assert table.select("source_graph", "target_graph").unique().rows() == [("one", "two")]
    assert many.candidates.drop("source_graph", "target_graph").equals(single.candidates)
    assert many.relations.drop("source_graph", "target_graph").equals(single.relations)
    assert many.clusters.height == 2 * many.links.accepted.height
    assert "join" not in [stage.name for stage in clock.stages]


def test_three_graphs_agree_and_the_encoder_is_loaded_once(
    make_graph: MakeGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = []

    def load(name: str, **_: object) -> CharacterEncoder:
        loaded.append(name)
        return CharacterEncoder()

    monkeypatch.setattr("kgalign.align.many.load_encoder", load)
    monkeypatch.setattr("kgalign.align.aligner.load_encoder", load)
    names = ("one", "two", "three")
    found = align_many([make_graph(name, people(name)) for name in names], names, CHARACTERS)
    assert loaded == ["characters"]
    assert accepted(found) == {
        (f"http://{first}/{n}", f"http://{second}/{n}")
        for first, second in combinations(names, 2)
        for n in range(4)
    }
    assert found.clusters.columns == ["cluster", "graph", "entity"]
    assert found.clusters["cluster"].to_list() == [number for number in range(4) for _ in names]
    assert found.between((0, 2)).accepted.height == 4
    for table in (found.candidates, found.relations):
        assert table.columns[:2] == ["source_graph", "target_graph"]
        assert table.select("source_graph", "target_graph").n_unique() == 3


def test_a_graph_in_between_joins_what_names_do_not(make_graph: MakeGraph) -> None:
    middle = "".join(
        f'<http://two/{number}> <{LABEL}> "{name}" .\n<http://two/{number}> <{LABEL}> "{other}" .\n'
        for number, (name, other) in enumerate(zip(PEOPLE, ("Xqz", "Wvu", "Jkj", "Yfy"), strict=True))
    )
    last = "".join(
        f'<http://three/{number}> <{LABEL}> "{name}" .\n'
        for number, name in enumerate(("Xqz", "Wvu", "Jkj", "Yfy"))
    )
    graphs = [make_graph("one", people("one")), make_graph("two", middle), make_graph("three", last)]
    found = align_many(graphs, ("one", "two", "three"), CHARACTERS)
    joined = found.links.table.filter(pl.col("method") == "joined")
    assert joined.height == found.joined > 0
    assert all(row["source"][-1] == row["target"][-1] for row in joined.to_dicts())
    assert joined["via"].to_list() == [[f"http://two/{source[-1]}"] for source in joined["source"]]


def test_seeds_of_any_pair_decide(make_graph: MakeGraph) -> None:
    names = ("one", "two", "three")
    graphs = [make_graph(name, people(name)) for name in names]
    # In the wrong places on purpose: person 0 of the first graph is person 3 of the third.
    seeds = {(0, 2): Seeds(np.array([0]), np.array([3]))}
    found = align_many(graphs, names, CHARACTERS, seeds=seeds)
    assert ("http://one/0", "http://three/3") in accepted(found)
    seeded = found.links.table.filter(pl.col("method") == "seed")
    assert seeded.select("source_graph", "target_graph", "status").rows() == [("one", "three", "accepted")]
    for a, b in combinations(accepted(found), 2):
        assert a[0] != b[0] or a[1].split("/")[2] != b[1].split("/")[2]


def test_shared_iris_stand_in_all_graphs(make_graph: MakeGraph) -> None:
    texts = [
        people("same", PEOPLE),
        people("same", PEOPLE[::-1], 2),
        people("same", ("Ann", "Bo", "Cy", "Di")),
    ]
    graphs = [make_graph(f"g{number}", text) for number, text in enumerate(texts)]
    found = align_many(graphs, ("a", "b", "c"), CHARACTERS)
    assert found.links.accepted.height == 12
    assert (found.links.accepted["source"] == found.links.accepted["target"]).all()
    assert set(found.links.accepted["method"]) == {"same-iri"}


@pytest.mark.parametrize(
    ("names", "options", "says"),
    [
        (("one",), AlignOptions(), "at least two graphs"),
        (("one", "one"), AlignOptions(), "name of its own"),
        (("one", "two", "three"), AlignOptions(cardinality="many-to-one"), "two graphs only"),
    ],
)
def test_what_cannot_be_aligned_is_refused(
    names: tuple[str, ...], options: AlignOptions, says: str, make_graph: MakeGraph
) -> None:
    graphs = [make_graph(f"{number}", people(name)) for number, name in enumerate(names)]
    with pytest.raises(InputError, match=says):
        align_many(graphs, names, options)


def drawn(share: int, *parts: object) -> bool:
    """Whether the hash of *parts* falls into one part of *share*."""
    return hashlib.sha256(" ".join(map(str, parts)).encode()).digest()[0] % share == 0


@pytest.fixture(scope="module")
def languages(graph_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, KnowledgeGraph]:
    """The countries and currencies of the sample in three graphs, each in one language.

    Each graph has IRIs of its own and no literal but names, and lacks one entity in four and one of the
    remaining statements in two.
    """
    folder = tmp_path_factory.mktemp("languages")
    stated = list(ox.parse(path=graph_data / "world_en_fr_hi.ttl"))
    kinds = {"Country", "Currency", "Continent"}
    of_kind = {
        quad.subject
        for quad in stated
        if quad.predicate.value.endswith("#type") and local_name(quad.object.value) in kinds
    }
    graphs = {}
    for language in ("en", "fr", "hi"):
        kept = {entity for entity in of_kind if not drawn(4, language, entity)}
        lines = set()
        for quad in stated:
            subject, value = quad.subject, quad.object
            named = isinstance(value, ox.Literal) and value.language == language
            if subject in kept and named and quad.predicate.value == PREFERRED:
                lines.add(f"{renamed(subject, language)} <{LABEL}> {value} .\n")
            elif subject in kept and value in kept and not drawn(2, language, subject, value):
                lines.add(f"{renamed(subject, language)} {quad.predicate} {renamed(value, language)} .\n")
        dump = folder / f"{language}.nt.gz"
        dump.write_bytes(gzip.compress("".join(sorted(lines)).encode()))
        graphs[language] = ingest([dump], folder / language, IngestOptions())
    return graphs


def local_name(iri: str) -> str:
    return iri.rsplit("/", 1)[-1]


def renamed(entity: ox.NamedNode, language: str) -> str:
    return f"<http://{language}.example/{local_name(entity.value)}>"


def test_three_languages_of_the_sample_gain_by_agreeing(languages: dict[str, KnowledgeGraph]) -> None:
    graphs, names = list(languages.values()), tuple(languages)
    found = align_many(graphs, names)
    agreed, alone = [], []
    for i, j in combinations(range(3), 2):
        first, second = (
            graphs[number].entities.select("iri", local=pl.col("iri").str.extract(r"([^/]+)$"))
            for number in (i, j)
        )
        reference = first.join(second, on="local").select(source="iri", target="iri_right")
        agreed.append(link_metrics(found.between((i, j)).accepted, reference).f1)
        alone.append(link_metrics(found.alignments[i, j].links.accepted, reference).f1)
    assert np.mean(agreed) >= 0.9
    assert np.mean(agreed) > np.mean(alone)
    again = align_many(graphs, names)
    assert again.links.table.equals(found.links.table)
    assert again.clusters.equals(found.clusters)
