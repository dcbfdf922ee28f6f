from __future__ import annotations

import hashlib
import json
from pathlib import Path

import polars as pl
import pyoxigraph
import pytest
import rdflib
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgalign.errors import OutputError
from kgalign.fuse import FuseOptions, Sources, figures, fuse, read_linking, write_fused
from kgalign.fuse.fused_folder import reading_options
from kgalign.kg import KnowledgeGraph, ingest
from kgalign.kg.store import SCHEMAS

_HOSTILE = ['"', "\\", "\n", "\r\n", "\\n", "<script>alert(1)</script>", "\u2028", "\x00", "😀", "", '"@en .']
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    [*_HOSTILE, "1969", "5 m"]
)
_IRI = st.text(st.sampled_from("abé語#/?%20&='()*,;:@!$~_-. {}<>\"\\^`|"), max_size=6).map(
    lambda end: "http://example.org/" + end.replace("%", "%25")
)
_NODE = _IRI | st.sampled_from(["http://example.org/1", "http://example.org/2", "_:a", "_:b.c"])
_KIND = st.sampled_from([(None, None), ("en", None), ("zh-Hant-TW", None), (None, "http://example.org/type")])
_LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
_PREDICATE = st.sampled_from(
    ["http://p.org/1", "http://p.org/2", "http://p.org/é", _LABEL, "http://www.w3.org/2002/07/owl#sameAs"]
)


def _escaped(text: str) -> str:
    return "".join(f"\\U{ord(character):08X}" for character in text)


def _term(node: str) -> str:
    return node if node.startswith("_:") else f"<{_escaped(node)}>"


@st.composite
def _line(draw: st.DrawFn) -> str:
    predicate = draw(_PREDICATE)
    start = f"{_term(draw(_NODE))} <{predicate}>"
    if "owl#" in predicate or (predicate != _LABEL and draw(st.booleans())):
        return f"{start} {_term(draw(_NODE))} .\n"
    language, datatype = draw(_KIND)
    suffix = f"@{language}" if language else f"^^<{datatype}>" if datatype and predicate != _LABEL else ""
    return f'{start} "{_escaped(draw(_TEXT))}"{suffix} .\n'


_ANY_GRAPH = st.lists(_line(), max_size=8).map(
    lambda lines: "".join(lines) + '<http://example.org/1> <http://p.org/1> "x" .\n'
)


def tables(graph: KnowledgeGraph) -> dict[str, list[tuple[object, ...]]]:
    """A store's records by name instead of number; blank nodes without what each reading puts before them."""
    entity, relation = graph.entities["iri"], graph.relations["iri"]
    names = {"head": entity, "tail": entity, "entity": entity, "relation": relation, "attribute": relation}
    found = {}
    for name in SCHEMAS:
        if name in ("entities", "relations"):
            continue
        table: pl.DataFrame = getattr(graph, name)
        for column in set(table.columns) & set(names):
            table = table.with_columns(names[column].gather(table[column]).alias(column))
        plain = pl.selectors.string().str.replace(r"^_:(?:f0_)+", "_:")
        found[name] = sorted(table.with_columns(plain).rows(), key=repr)
    return found


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(_ANY_GRAPH, min_size=2, max_size=3), data=st.data())
def test_what_is_written_reads_back_as_the_same_graph(tmp_path: Path, texts: list[str], data) -> None:
    graphs = []
    for number, text in enumerate(texts):
        dump = tmp_path / f"g{number}.nt"
        dump.write_text(text, "utf-8")
        graphs.append(ingest([dump], tmp_path / f"g{number}"))
    names = ['a<b> & "c"', "日本", "x y"][: len(graphs)]
    sources = Sources.of(names, graphs)
    options = FuseOptions(
        canonical=data.draw(st.sampled_from(["keep", "mint"])),
        on_conflict=data.draw(st.sampled_from(["keep-all", "newest"])),
        same_iri=data.draw(st.booleans()),
    )
    links = tmp_path / "links.tsv"
    links.write_text("http://example.org/1\thttp://example.org/1\n", "utf-8")
    fusion = fuse(sources, read_linking(links, sources), options)
    output = tmp_path / "fused"
    write_fused(fusion, output, links, figures(fusion), {})
    again = ingest([output / "fused.nq"], tmp_path / "again", reading_options(sources))
    store = KnowledgeGraph.open(output / "store")
    assert tables(again) == tables(store)
    as_trig = fuse(sources, read_linking(links, sources), options.model_copy(update={"format": "trig"}))
    write_fused(as_trig, tmp_path / "trig", links, figures(fusion), {})
    assert store.manifest.rejected == 0
    # Every fused statement is in the store, and nothing else is.
    expected = fusion.statements.triples.unique(["subject", "relation", "object"]).height
    assert store.manifest.rows["triples"] == expected
    values = fusion.statements.attributes.unique(["subject", "relation", "meaning"])
    assert store.manifest.rows["attributes"] == values.height
    written = set(zip(values["value"], values["language"], values["datatype"], strict=True))
    read = set(store.attributes.select("value", "language", "datatype").iter_rows())
    assert read == written


SIMPLE = {
    "a": 'a:1 a:p a:2\na:1 label "One"@en\na:2 x:born "1969"\n_:n a:p a:1',
    "b": 'b:1 b:p b:2\nb:1 label "Eins"@de\nb:2 x:born "1970"',
}


@pytest.fixture
def written(fuse_texts, tmp_path: Path):
    """Fuse and write; gives the folder."""

    def call(name: str, **options: object) -> Path:
        fusion = fuse_texts(SIMPLE, "a:1 b:1\na:2 b:2", **options)
        links = tmp_path / "links.tsv"
        write_fused(fusion, tmp_path / name, links, {"command": "fuse", **figures(fusion)}, {"fuse": {}})
        return tmp_path / name

    return call


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_same_input_gives_the_same_bytes(written) -> None:
    one, other = written("one"), written("other")
    assert digests(one) == digests(other)
    assert {path.name for path in one.iterdir()} == {
        "store",
        "fused.nq",
        "provenance.ttl",
        "statements.parquet",
        "clusters.parquet",
        "conflicts.parquet",
        "suspicious.parquet",
        "summary.json",
        "config.toml",
    }
    summary = json.loads((one / "summary.json").read_text("utf-8"))
    assert (summary["entities"], summary["clusters"], summary["conflicts"]) == (3, 2, 1)


def test_trig_and_nquads_say_the_same(written) -> None:
    quads = []
    for name, options in (("one", {}), ("two", {"format": "trig"})):
        folder = written(name, **options)
        (path,) = folder.glob("fused.*")
        store = pyoxigraph.Store()
        store.load(path=str(path))
        graph = rdflib.Dataset()
        graph.parse(path, format="nquads" if path.suffix == ".nq" else "trig")
        quads.append(
            sorted(str(quad) for quad in store if not isinstance(quad.subject, pyoxigraph.BlankNode))
        )
        assert len(store) == sum(len(part) for part in graph.graphs())
    assert quads[0] == quads[1]
    assert any("<urn:kgalign:graph/a>" in quad and '"One"@en' in quad for quad in quads[0])
    assert any("<urn:kgalign:graph/b>" in quad and '"Eins"@de' in quad for quad in quads[0])
    assert any("<urn:kgalign:identity>" in quad and "sameAs> <http://b/1>" in quad for quad in quads[0])


def test_provenance_leads_from_each_named_graph_to_its_file(written) -> None:
    folder = written("one", dates={"a": "2024-05-01"}, on_conflict="newest")
    graph = rdflib.Graph().parse(folder / "provenance.ttl")
    prov = rdflib.Namespace("http://www.w3.org/ns/prov#")
    (source,) = graph.objects(rdflib.URIRef("urn:kgalign:graph/a"), prov.wasDerivedFrom)
    digest = hashlib.sha256((folder.parent / "a.nt").read_bytes()).hexdigest()
    assert str(source) == f"urn:sha256:{digest}"
    assert len(list(graph.objects(rdflib.URIRef("urn:kgalign:fused"), prov.wasDerivedFrom))) == 2


def test_nothing_is_left_where_the_output_cannot_be_written(written, tmp_path: Path) -> None:
    (tmp_path / "one").write_text("in the way")
    with pytest.raises(OutputError):
        written("one")
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".partial")]
