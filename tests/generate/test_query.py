"""Facts chosen by a SPARQL query, on a real graph."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kgalign.errors import InputError
from kgalign.generate import GenerateOptions, Session, TemplateRealiser, hand_written
from kgalign.generate.query import FactQuery
from kgalign.generate.wanted import Wanted
from kgalign.kg import KnowledgeGraph, load

GRAPH = Path(__file__).resolve().parents[2] / "graph_data" / "world_en_fr_hi.ttl"
ID, DEF = "http://gazetteer.example/id/", "http://gazetteer.example/def/"
ESTONIA, PARIS = f"{ID}E10664", f"{ID}E10236"
ROWS = f"""
PREFIX def: <{DEF}>  # SERVICE in a comment, <urn:service> and ?service are no request
SELECT ?entity ?relation ?object WHERE {{
  VALUES (?relation ?place) {{ (def:areaKm2 1) (def:capital 2) (def:borders 3) }}
  ?entity a def:Country ; def:population ?many ; ?relation ?object .
  FILTER(?many > 1000000 && "a SERVICE" != 'SERVICE' && !BOUND(?service))
}} ORDER BY ?entity ?place
"""


@pytest.fixture(scope="module")
def world() -> KnowledgeGraph:
    return load(GRAPH)


def options(path: Path, text: str) -> GenerateOptions:
    path.write_text(text, "utf-8")
    return GenerateOptions(query=str(path))


def session(world: KnowledgeGraph, chosen: GenerateOptions) -> Session:
    return Session(world, "en", chosen, TemplateRealiser(hand_written()))


def test_rows_choose_facts_and_their_order(world: KnowledgeGraph, tmp_path: Path) -> None:
    own = session(world, options(tmp_path / "q.rq", ROWS))
    told, city = own.described([ESTONIA, PARIS])
    assert told.outcome == "verified"
    assert told.text == (
        "Estonia has an area of 45,226 km². The capital of Estonia is Tallinn. "
        "Estonia shares a border with Latvia and Russia."
    )
    assert city.outcome == "abstained" and city.reason == "the graph says nothing of it"
    entities = Wanted().of(world, "en", chosen=own.chosen)
    assert ESTONIA in entities and PARIS not in entities
    assert 100 < len(entities) < 200


def test_constructed_statements_choose_facts(world: KnowledgeGraph, tmp_path: Path) -> None:
    query = f"CONSTRUCT {{ ?a <{DEF}population> ?n }} WHERE {{ ?a a <{DEF}Country> ; <{DEF}population> ?n }}"
    (told,) = session(world, options(tmp_path / "q.rq", query)).described([ESTONIA])
    assert [fact.relation for fact in told.used] == [f"{DEF}population"]


def test_only_statements_of_the_graph_are_told(
    world: KnowledgeGraph, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    query = f"""SELECT ?entity ?relation ?object {{
      VALUES (?entity ?relation ?object) {{
        (<{ESTONIA}> <{DEF}capital> "Atlantis") (<{ESTONIA}> <{DEF}population> ?n) (UNDEF UNDEF UNDEF)
      }} }}""".replace("?n)", "1)")
    chosen = options(tmp_path / "q.rq", query)
    with pytest.raises(InputError, match="chooses no statement of the graph"):
        session(world, chosen)
    query = f"""SELECT ?entity ?relation ?object {{
      VALUES ?entity {{ <{ESTONIA}> }} VALUES ?relation {{ <{DEF}capital> }}
      {{ ?entity ?relation ?object }} UNION {{ BIND("Atlantis" AS ?object) }} }}"""
    (told,) = session(world, options(tmp_path / "q.rq", query)).described([ESTONIA])
    assert told.text == "The capital of Estonia is Tallinn."
    assert "1 rows of the query are no statements of the graph" in capsys.readouterr().err


def test_numbers_are_found_however_they_are_written(make_graph, tmp_path: Path) -> None:
    integer = "<http://www.w3.org/2001/XMLSchema#integer>"
    name = '<http://www.w3.org/2000/01/rdf-schema#label> "Aland"@en'
    graph = make_graph("g", f'<urn:a> <{DEF}population> "0042"^^{integer} .\n<urn:a> {name} .\n')
    query = f"SELECT ?entity (<{DEF}population> AS ?relation) ?object {{ ?entity <{DEF}population> ?object }}"
    (told,) = session(graph, options(tmp_path / "q.rq", query)).described(["urn:a"])
    assert told.text == "Aland has a population of 42." and told.used[0].object == "0042"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT ?entity WHERE {\n ?entity }", ":2: no valid SPARQL query"),
        ("ASK { ?s ?p ?o }", "gives yes or no"),
        ("SELECT ?entity ?relation { ?entity ?relation ?o }", "rows lack ?object"),
        ("INSERT DATA { <urn:a> <urn:b> <urn:c> }", "no valid SPARQL query"),
        ("SELECT ?entity ?relation ?object { service<http://127.0.0.1:9/> { ?entity ?relation ?object } }",
         "asks another server"),
        ('SELECT ?entity ?relation ?object { ?entity ?relation "\\"" . SERVICE SILENT ?x { ?x ?y ?object } }',
         "asks another server"),
    ],
)  # fmt: skip
def test_a_wrong_query_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "q.rq"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError) as caught:
        FactQuery.read(str(path))
    assert message in str(caught.value) and str(path) in str(caught.value)


def test_another_query_makes_other_texts(world: KnowledgeGraph, tmp_path: Path) -> None:
    first = session(world, options(tmp_path / "q.rq", ROWS)).fingerprint
    same = session(world, options(tmp_path / "same.rq", ROWS)).fingerprint
    other = session(world, options(tmp_path / "q.rq", ROWS.replace("1000000", "2000000"))).fingerprint
    assert first == same != other


def test_the_command_takes_a_query(tmp_path: Path) -> None:
    from kgalign.cli.main import kgalign, run

    path, output = tmp_path / "q.rq", tmp_path / "out"
    path.write_text(ROWS.replace("1000000", "100000000"), "utf-8")

    def call(*flags: str) -> int:
        arguments = ["generate", str(GRAPH), "--language", "fr", "--query", str(path), *flags]
        return run(lambda: kgalign.main([*arguments, "-o", str(output)], "kgalign", standalone_mode=False))

    assert call() == 0
    rows = (output / "descriptions.jsonl").read_text("utf-8").splitlines()
    told = [json.loads(row) for row in rows]
    assert 5 < len(told) < 30 and all(row["outcome"] == "verified" for row in told)
    assert all(" a une superficie de " in row["text"] for row in told)
    assert call("--property", "urn:x") == 2
    path.write_text("SELECT", "utf-8")
    assert call() == 2
