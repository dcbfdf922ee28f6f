from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from kgalign.adapters.completion.data import CompletionData
from kgalign.adapters.completion.reading import read_completion
from kgalign.errors import InputError
from kgalign.fuse import Sources
from kgalign.kg import load

LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
GRAPHS = {
    "a": f"""
<http://a/x> <http://r/bornIn> <http://a/y> .
<http://a/x> <http://r/livesIn> <http://a/z> .
<http://a/x> {LABEL} "Xaver"@de .
<http://a/y> {LABEL} "Yburg"@de .
""",
    "b": f"""
<http://b/x> <http://r/livesIn> <http://b/z> .
<http://b/x> <http://r/bornIn> <http://b/y> .
<http://b/x> {LABEL} "Xavier"@fr .
""",
}
Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    monkeypatch.setattr("kgalign.kg.cache.cache_folder", lambda: tmp_path / "cache")

    def call(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return path

    return call


@pytest.fixture
def sources(write: Write) -> Sources:
    return Sources.of(tuple(GRAPHS), [load(write(f"{name}.nt", text)) for name, text in GRAPHS.items()])


def stated(data: CompletionData, part: str) -> set[tuple[str, str, str]]:
    triples = getattr(data, part)
    return {
        (
            data.graphs[data.graph_of(triples.head)[place]] + str(data.joined[triples.head[place]]),
            relation,
            tail,
        )
        for place, (relation, tail) in enumerate(
            zip(
                (data.relation_labels[number] for number in triples.relation),
                (str(data.joined[number]) for number in triples.tail),
                strict=True,
            )
        )
    }


def test_held_out_facts_are_not_learnt_from(sources: Sources, write: Write) -> None:
    links = write("links.tsv", "http://a/x\thttp://b/x\nhttp://a/y\thttp://b/y\n")
    validation = write("validation.nt", "<http://a/x> <http://r/livesIn> <http://a/z> .\n")
    test = write("test.nt", "<http://b/x> <http://r/bornIn> <http://b/y> .\n")
    data = read_completion(sources, links, [validation], [test])
    assert data.graphs == ("a", "b")
    assert (len(data.known), len(data.validation), len(data.test)) == (2, 1, 1)
    x = {data.entity_labels.index("Xaver"), data.entity_labels.index("Xavier")}
    assert len({int(data.joined[number]) for number in x}) == 1
    assert {data.relation_labels[number] for number in data.known.relation} == {"born in", "lives in"}
    assert data.relation_labels[data.test.relation[0]] == "born in"
    assert int(data.graph_of(data.test.head)[0]) == 1
    assert not stated(data, "known") & stated(data, "validation")


def test_a_fused_folder_tells_what_is_the_same(sources: Sources, write: Write, tmp_path: Path) -> None:
    folder = tmp_path / "fused"
    folder.mkdir()
    clusters = {"cluster": [0, 0], "graph": ["a", "b"], "entity": ["http://a/y", "http://b/y"]}
    pl.DataFrame(clusters).write_parquet(folder / "clusters.parquet")
    test = write("test.nt", "<http://b/x> <http://r/bornIn> <http://b/y> .\n")
    data = read_completion(sources, folder, [], [test])
    ends = [sources.entity_iris[int(end)] for end in (data.link_first[0], data.link_second[0])]
    assert ends == ["http://a/y", "http://b/y"]
    assert data.joined_count == data.entity_count - 1


def test_facts_of_strangers_are_refused(sources: Sources, write: Write) -> None:
    links = write("links.tsv", "http://a/x\thttp://b/x\n")
    test = write("test.nt", "<http://elsewhere/x> <http://r/bornIn> <http://elsewhere/y> .\n")
    with pytest.raises(InputError, match="no fact is about entities"):
        read_completion(sources, links, [], [test])
