"""What becomes an entity, a relation, an attribute, a label."""

import pytest

from kgalign.kg import IRI_ORIGIN

PREFIXES = """
@prefix : <http://a/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"


@pytest.fixture
def turtle(read):
    return lambda content, **options: read(PREFIXES + content, "x.ttl", **options)


def iris(graph) -> list[str]:
    return [iri.rsplit("/", 1)[-1] for iri in graph.entities["iri"]]


def relations(graph) -> list[str]:
    return [iri.rsplit("/", 1)[-1] for iri in graph.relations["iri"]]


def labels(graph, table: str = "labels") -> set[tuple[str, str, str | None, bool, str]]:
    frame = getattr(graph, table)
    names = iris(graph) if table == "labels" else relations(graph)
    return {(names[thing], text, tag, best, origin) for thing, text, tag, best, origin in frame.rows()}


def test_ids_follow_first_appearance(turtle) -> None:
    graph = turtle(":b :q :a . :a :p :c . :b :q 1 .")
    assert graph.entities.rows() == [(0, "http://a/b"), (1, "http://a/a"), (2, "http://a/c")]
    assert relations(graph) == ["q", "p"]
    assert graph.triples.rows() == [(0, 0, 1), (1, 1, 2)]
    assert graph.attributes.rows() == [(0, 0, "1", None, "http://www.w3.org/2001/XMLSchema#integer")]


def test_duplicates_are_removed_and_counted(turtle) -> None:
    graph = turtle(
        ':s :p :o, :o, "x", "x", "x"@en, "x"@EN, "x"@fr, "1"^^xsd:integer, "1"^^xsd:byte ; :q "x" .' * 2
    )
    assert graph.manifest.rows["triples"] == 1
    assert graph.attributes.select("value", "language", "datatype").rows() == [
        ("x", None, None),
        ("x", "en", None),
        ("x", "fr", None),
        ("1", None, "http://www.w3.org/2001/XMLSchema#integer"),
        ("1", None, "http://www.w3.org/2001/XMLSchema#byte"),
        ("x", None, None),
    ]
    assert graph.manifest.triples == 20


def test_predicates_described_by_schema_statements_are_no_entities(turtle) -> None:
    graph = turtle(
        """
        :knows a owl:ObjectProperty, rdf:Property ; rdfs:domain :Person ; rdfs:range :Person ;
            rdfs:label "kennt"@de ; rdfs:comment "who knows whom" ; rdfs:subPropertyOf :related .
        :knew rdfs:subPropertyOf :knows .
        :ann a :Person ; :knows :bob .
        """
    )
    assert iris(graph) == ["Person", "ann", "bob"]
    assert labels(graph, "relation_labels") == {
        ("knows", "kennt", "de", True, LABEL),
        ("22-rdf-syntax-ns#type", "type", None, True, IRI_ORIGIN),
    }


def test_a_predicate_used_in_another_way_is_an_entity_too(turtle) -> None:
    graph = turtle(':s :p :o . :p :inventedBy :x ; a owl:ObjectProperty ; rdfs:label "P" .')
    assert iris(graph) == ["s", "o", "p", "x", "owl#ObjectProperty"]
    assert ("p", "P", None, True, LABEL) in labels(graph)
    assert ("p", "P", None, True, LABEL) in labels(graph, "relation_labels")


def test_types_and_schema_of_anything_else_are_triples(turtle) -> None:
    graph = turtle(':s a :Class . :Class rdfs:subClassOf :Other ; rdfs:comment "c" .')
    assert iris(graph) == ["s", "Class", "Other"]
    assert relations(graph) == ["22-rdf-syntax-ns#type", "rdf-schema#subClassOf", "rdf-schema#comment"]


def test_same_as_makes_no_entities(turtle) -> None:
    graph = turtle(":s :p :o . :s owl:sameAs :elsewhere, :elsewhere . :x owl:sameAs _:b .")
    assert iris(graph) == ["s", "o"]
    assert relations(graph) == ["p"]
    assert graph.same_as.rows() == [("http://a/s", "http://a/elsewhere"), ("http://a/x", "_:f0_b0")]


def test_label_preference_by_property_then_order(turtle) -> None:
    graph = turtle(
        """
        :s skos:prefLabel "pref"@en, "préf"@fr ; rdfs:label "first"@en, "second"@EN, "plain" ;
            skos:altLabel "alias"@en, "diesen"@de .
        """
    )
    skos = "http://www.w3.org/2004/02/skos/core#"
    assert labels(graph) == {
        ("s", "first", "en", True, LABEL),
        ("s", "second", "en", False, LABEL),
        ("s", "plain", None, True, LABEL),
        ("s", "pref", "en", False, skos + "prefLabel"),
        ("s", "préf", "fr", True, skos + "prefLabel"),
        ("s", "alias", "en", False, skos + "altLabel"),
        ("s", "diesen", "de", False, skos + "altLabel"),
    }
    assert relations(graph) == []
    assert graph.manifest.rows["attributes"] == 0


def test_label_properties_are_an_option(turtle) -> None:
    content = ':s :title "title" ; rdfs:label "label" .'
    graph = turtle(content, label_properties=("http://a/title",), alias_properties=())
    assert labels(graph) == {("s", "title", None, True, "http://a/title")}
    assert graph.attributes["value"].to_list() == ["label"]


def test_the_iri_names_what_has_no_label(turtle) -> None:
    graph = turtle(':Some_Thing :is_in _:b . :x rdfs:label " " . :y skos:altLabel "alias only" .')
    assert labels(graph) == {
        ("Some_Thing", "Some Thing", None, True, IRI_ORIGIN),
        ("x", " ", None, False, LABEL),
        ("x", "x", None, True, IRI_ORIGIN),
        ("y", "alias only", None, False, "http://www.w3.org/2004/02/skos/core#altLabel"),
    }
    assert labels(graph, "relation_labels") == {("is_in", "is in", None, True, IRI_ORIGIN)}


def test_language_tags_keep_their_canonical_case(turtle) -> None:
    graph = turtle(':s :p "x"@ZH-hant-tw, "y"@zh-Hant-TW .')
    assert graph.attributes["language"].to_list() == ["zh-Hant-TW"] * 2


def test_a_label_property_with_a_resource_is_a_relation(turtle) -> None:
    graph = turtle(":s skos:prefLabel :label .")
    assert iris(graph) == ["s", "label"]
    assert relations(graph) == ["core#prefLabel"]


def test_only_same_as_statements_make_a_graph_without_entities(turtle) -> None:
    graph = turtle(":a owl:sameAs :b .")
    assert (graph.entity_count, graph.relation_count, graph.manifest.rows["same_as"]) == (0, 0, 1)
    assert len(graph.labels) == len(graph.attributes) == len(graph.triples) == 0


def test_text_in_several_parts_keeps_its_rows(read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kgalign.kg.statements._PART_BYTES", 1000)
    monkeypatch.setattr("kgalign.kg.lines.blocks.__defaults__", (500,))
    lines = [f'<http://a/{number % 7}> <http://a/p> "text {number}"@en .' for number in range(300)]
    lines += [f'<http://a/{number}> <{LABEL}> "name {number}"@en .' for number in range(300)]
    graph = read("\n".join(lines))
    entities = graph.entities["iri"].to_list()
    assert [(entities[row[0]], row[2]) for row in graph.attributes.rows()] == [
        (f"http://a/{number % 7}", f"text {number}") for number in range(300)
    ]
    assert [(entities[row[0]], row[1]) for row in graph.labels.rows()] == [
        (f"http://a/{number}", f"name {number}") for number in range(300)
    ]
