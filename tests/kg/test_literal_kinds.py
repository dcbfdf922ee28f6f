import pytest

from kgalign.kg.literal_kinds import LiteralKinds

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


def test_codes_of_languages_and_datatypes() -> None:
    kinds = LiteralKinds()
    assert kinds["http://www.w3.org/2001/XMLSchema#string"] == kinds[RDF + "langString"] == 0
    assert kinds["EN-us"] == kinds["en-US"] != kinds["en"]
    assert kinds["http://a/type"] == 3
    assert kinds.languages == [None, "en-US", "en", None]
    assert kinds.datatypes == [None, None, None, "http://a/type"]


@pytest.mark.parametrize("wrong", ["toolongsubtag", RDF + "langString", "http://a/with space"])
def test_validating_refuses_what_a_strict_parser_does(wrong: str) -> None:
    kinds = LiteralKinds()
    kinds.validating = True
    with pytest.raises(SyntaxError):
        kinds[wrong]
    assert kinds["de"] == 1
