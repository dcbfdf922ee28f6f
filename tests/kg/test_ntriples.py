from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgalign.errors import OutputError
from kgalign.kg import ingest, write_ntriples

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    [
        '"',
        "\\",
        '\\"',
        "\n",
        "\r\n",
        "\t",
        "\\n",
        "'''",
        "a\\",
        "\u2028",
        "\x00\x7f",
        "😀",
        " ",
        "",
        "^^",
        '"@en .',
    ]
)
_IRI = st.text(st.sampled_from("abé語#/?%20&='()*,;:@!$~_-."), max_size=8).map(
    lambda end: "http://example.org/" + end.replace("%", "%25").replace("#", "~", end.count("#") - 1)
)
_NODE = _IRI | st.sampled_from(["_:a", "_:b.c", "_:1"])
_SUFFIX = st.sampled_from(
    [(None, None), ("en", None), ("zh-Hant-TW", None), (None, "http://example.org/type")]
)
_LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
_SAME_AS = "http://www.w3.org/2002/07/owl#sameAs"
_PREDICATE = st.sampled_from(["http://p.org/1", "http://p.org/2", "http://p.org/é", _LABEL, _SAME_AS])


@st.composite
def _statement(draw: st.DrawFn) -> tuple[str, str, str, str | None, str | None]:
    subject, predicate = draw(_NODE), draw(_PREDICATE)
    if draw(st.booleans()) or predicate == _SAME_AS:
        return subject, predicate, draw(_NODE), None, "IRI"
    language, datatype = draw(_SUFFIX)
    return subject, predicate, draw(_TEXT), language, None if predicate == _LABEL else datatype


def _ntriples(statement: tuple[str, str, str, str | None, str | None]) -> str:
    subject, predicate, thing, language, datatype = statement
    if datatype == "IRI":
        return f"{_node(subject)} <{predicate}> {_node(thing)} .\n"
    escaped = "".join(f"\\U{ord(character):08X}" for character in thing)
    suffix = f"@{language}" if language else f"^^<{datatype}>" if datatype else ""
    return f'{_node(subject)} <{predicate}> "{escaped}"{suffix} .\n'


def _node(node: str) -> str:
    return node if node.startswith("_:") else f"<{node}>"


def _prefixed(statement: tuple[str, str, str, str | None, str | None], prefix: str):
    subject, predicate, thing, language, datatype = statement
    if datatype == "IRI":
        thing = thing.replace("_:", prefix, 1) if thing.startswith("_:") else thing
    return (
        subject.replace("_:", prefix, 1) if subject.startswith("_:") else subject,
        predicate,
        thing,
        language,
        datatype,
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=st.lists(_statement(), min_size=1, max_size=12))
def test_statements_survive_the_store_and_the_writer(tmp_path: Path, statements, written) -> None:
    """Statements → store → N-Triples → store; blank nodes gain one prefix each time."""
    source, copy = tmp_path / "source.nt", tmp_path / "copy.nt"
    source.write_text("".join(map(_ntriples, written)), encoding="utf-8")
    graph = ingest([source], tmp_path / "first")
    assert (graph.manifest.rejected, graph.manifest.repaired) == (0, 0)
    assert statements(graph) == {_prefixed(statement, "_:f0_") for statement in written}
    assert write_ntriples(graph, copy) == len(statements(graph))
    again = ingest([copy], tmp_path / "second")
    assert (again.manifest.rejected, again.manifest.repaired) == (0, 0)
    assert statements(again) == {_prefixed(statement, "_:f0_f0_") for statement in written}


def test_an_invalid_iri_is_escaped(read, statements, tmp_path: Path) -> None:
    graph = read('<http://a/with space{}> <http://a/p> "x" .\n<http://a/s> <http://a/p> "y" .\n')
    write_ntriples(graph, tmp_path / "copy.nt")
    assert "<http://a/with\\u0020space\\u007B\\u007D> " in (tmp_path / "copy.nt").read_text(encoding="utf-8")
    again = ingest([tmp_path / "copy.nt"], tmp_path / "again")
    assert statements(again) == statements(graph)
    assert again.manifest.repaired == 1


def test_relation_labels_are_written_and_iri_labels_are_not(read, statements, tmp_path: Path) -> None:
    graph = read(f'<http://a/s> <http://a/p> <http://a/o> .\n<http://a/p> <{_LABEL}> "p"@en .\n')
    assert write_ntriples(graph, tmp_path / "copy.nt") == 2
    assert statements(ingest([tmp_path / "copy.nt"], tmp_path / "again")) == statements(graph)


def test_a_folder_in_the_way(read, tmp_path: Path) -> None:
    (tmp_path / "copy.nt").mkdir()
    with pytest.raises(OutputError):
        write_ntriples(read("<http://a/s> <http://a/p> <http://a/o> .\n"), tmp_path / "copy.nt")
