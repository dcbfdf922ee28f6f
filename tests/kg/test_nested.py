import pytest

from kgalign.errors import InputError
from kgalign.kg.nested import base_iri

SP = ("http://a/s", "http://a/p")
ONE = {(*SP, "http://a/o", None, "IRI"), (*SP, "texte", "fr", None)}
CONTENTS = {
    "x.nt": '<http://a/s> <http://a/p> <http://a/o> .\n<http://a/s> <http://a/p> "texte"@fr .\n',
    "x.nq": '<http://a/s> <http://a/p> <http://a/o> <http://g> .\n<http://a/s> <http://a/p> "texte"@fr .\n',
    "x.ttl": '@prefix a: <http://a/> .\na:s a:p a:o, """texte"""@fr .\n',
    "x.trig": '@prefix a: <http://a/> .\na:g { a:s a:p a:o . }\na:s a:p "texte"@fr .\n',
    "x.rdf": """<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:a="http://a/">
  <rdf:Description rdf:about="http://a/s"><a:p rdf:resource="http://a/o"/><a:p xml:lang="fr">texte</a:p>
  </rdf:Description></rdf:RDF>""",
    "x.jsonld": """{"@context": {"a": "http://a/"}, "@id": "a:s",
  "a:p": [{"@id": "a:o"}, {"@value": "texte", "@language": "fr"}]}""",
    "x.n3": '@prefix a: <http://a/> .\na:o is a:p of a:s .\na:s a:p "texte"@fr .\n',
}


@pytest.mark.parametrize("name", CONTENTS)
def test_every_format_gives_the_same_statements(name: str, read, statements) -> None:
    graph = read(CONTENTS[name], name)
    assert statements(graph) == ONE
    assert graph.manifest.triples == 2


@pytest.mark.parametrize("name", [name for name in CONTENTS if name != "x.n3"])
def test_every_format_is_sniffed(name: str, read, statements) -> None:
    assert statements(read(CONTENTS[name], "unnamed")) == ONE


def test_format_option_overrides_the_name(read, statements) -> None:
    assert statements(read(CONTENTS["x.ttl"], "x.rdf", format="turtle")) == ONE


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.ttl", "@prefix a: <http://a/> .\na:s a:p a:o .\na:s a:p , .\n", r"^x\.ttl:3: "),
        ("x.trig", "@prefix a: <http://a/> .\n\n{ a:s a:p }\n", r"^x\.trig:3: "),
        ("x.rdf", "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\n<a>", r"^x\.rdf"),
        ("x.jsonld", '{"@id": "http://a/s",\n "http://a/p" }', r"^x\.jsonld:2: "),
        ("x.ttl", "@prefix a: <http://a/> .\n", "holds no statements"),
        ("x.jsonld", "{}", "holds no statements"),
        ("x.rdf", "@prefix a: <http://a/> .", r"^x\.rdf"),
    ],
)
def test_the_first_error_ends_it_with_its_line(name: str, content: str, message: str, read) -> None:
    with pytest.raises(InputError, match=message):
        read(content, name)


@pytest.mark.parametrize("context", ['"http://schema.org/"', '[{"a": "http://a/"}, "context.jsonld"]'])
def test_a_remote_context_is_never_fetched(context: str, read) -> None:
    content = f'{{"@context": {context}, "@id": "http://a/s", "http://a/p": "x"}}'
    with pytest.raises(InputError, match="context on the network, and kgalign never fetches one"):
        read(content, "x.jsonld")


def test_relative_iris_do_not_depend_on_the_place_of_the_file(read) -> None:
    graph = read("@prefix : <#> .\n:s :p <o> .\n", "my file.ttl.gz".removesuffix(".gz"))
    assert graph.entities["iri"].to_list() == ["file:///my%20file.ttl#s", "file:///o"]
    assert base_iri("folder/x.ttl") == "file:///x.ttl"


def test_blank_nodes_are_numbered_so_that_two_readings_agree(read) -> None:
    content = "@prefix : <http://a/> .\n:s :p [ :q [ :r 1 ] ], _:x .\n"
    entities = read(content, "x.ttl").entities["iri"].to_list()
    assert set(entities) == {"http://a/s", "_:f0_b0", "_:f0_b1", "_:f0_b2"}
    assert read(content, "x.ttl").entities["iri"].to_list() == entities


def test_formulas_of_n3_assert_nothing(read, statements) -> None:
    content = (
        "@prefix : <http://a/> .\n:s :p :o .\n:doc :says { :x :y :z } .\n{ ?a :p ?b } => { ?b :p ?a } .\n"
    )
    assert statements(read(content, "x.n3")) == {("http://a/s", "http://a/p", "http://a/o", None, "IRI")}


def test_n3_that_nobody_can_read(read) -> None:
    with pytest.raises(InputError, match=r"^x\.n3:2: not valid N3"):
        read("@prefix : <http://a/> .\n{ ?a :p ?b } => .\n:s :p", "x.n3")


def test_triple_terms_are_refused(read) -> None:
    with pytest.raises(InputError, match="triple terms"):
        read("@prefix : <http://a/> .\n:s :p <<( :a :b :c )>> .\n", "x.ttl")
