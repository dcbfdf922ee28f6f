"""What graph_data/ promises, read from the shipped files with a real RDF parser."""

from __future__ import annotations

import gzip
import re
import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pyoxigraph as ox
import pytest

FOLDER = Path(__file__).resolve().parent.parent / "graph_data"
SOURCE, TARGET = "world_ja_ru_ar.nt.gz", "world_en_fr_hi.ttl"
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
LABELS = {
    "http://www.w3.org/2000/01/rdf-schema#label",
    "http://www.w3.org/2004/02/skos/core#prefLabel",
    "http://www.w3.org/2004/02/skos/core#altLabel",
}
SHARED_VOCABULARIES = ("http://www.w3.org/",)
# Languages, countries, currencies and scripts known to be in the data, each standard in its own case.
CODES = {
    *(
        "DE",
        "JP",
        "US",
        "FR",
        "RU",
        "IN",
        "CN",
        "BR",
        "ZA",
        "EG",
        "DEU",
        "JPN",
        "USA",
        "FRA",
        "RUS",
        "IND",
        "CHN",
    ),
    *("EUR", "JPY", "USD", "RUB", "INR", "CNY", "BRL", "ZAR", "EGP", "GBP", "CHF"),
    *("de", "ja", "en", "fr", "ru", "hi", "zh", "ar", "deu", "jpn", "eng", "fra", "rus", "hin", "zho", "ara"),
    *("Latn", "Cyrl", "Arab", "Deva", "Jpan", "Hans", "Grek", "Hebr"),
    *("002", "142", "150", "276", "392", "840", "Europe/Berlin", "Asia/Tokyo", ".de", ".jp", "AF", "EU"),
}


class Statement(NamedTuple):
    subject: ox.NamedNode
    predicate: ox.NamedNode
    object: ox.NamedNode | ox.Literal


@cache
def statements(name: str) -> tuple[Statement, ...]:
    path = FOLDER / name
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    format_ = ox.RdfFormat.N_TRIPLES if ".nt" in name else ox.RdfFormat.TURTLE
    return tuple(_checked(quad) for quad in ox.parse(content, format=format_))


def _checked(quad: ox.Quad) -> Statement:
    assert isinstance(quad.subject, ox.NamedNode)
    assert isinstance(quad.object, ox.NamedNode | ox.Literal)
    return Statement(quad.subject, quad.predicate, quad.object)


@cache
def reference() -> tuple[tuple[str, str], ...]:
    lines = (FOLDER / "reference.tsv").read_text(encoding="utf-8").splitlines()
    return tuple((source, target) for source, target in (line.split("\t") for line in lines))


def iris(name: str) -> set[str]:
    terms = (term for quad in statements(name) for term in (quad.subject, quad.predicate, quad.object))
    return {term.value for term in terms if isinstance(term, ox.NamedNode)}


def related(name: str) -> set[str]:
    """Entities in a statement with another entity; a class is none."""
    links = [
        q for q in statements(name) if isinstance(q.object, ox.NamedNode) and q.predicate.value != RDF_TYPE
    ]
    return {term.value for quad in links for term in (quad.subject, quad.object)}


def typed(name: str) -> set[str]:
    return {quad.subject.value for quad in statements(name) if quad.predicate.value == RDF_TYPE}


def labels(name: str) -> list[ox.Literal]:
    found = [quad.object for quad in statements(name) if quad.predicate.value in LABELS]
    return [literal for literal in found if isinstance(literal, ox.Literal)]


def scripts(name: str) -> set[str]:
    """First word of the Unicode names of the letters that make up at least 2 % of the labels."""
    letters = Counter(c for literal in labels(name) for c in literal.value if c.isalpha())
    words = Counter[str]()
    for character, count in letters.items():
        words[unicodedata.name(character).split()[0]] += count
    return {word for word, count in words.items() if count >= 0.02 * words.total()}


@pytest.mark.parametrize("name", [SOURCE, TARGET])
def test_every_typed_entity_is_related_and_labelled(name: str) -> None:
    labelled = {quad.subject.value for quad in statements(name) if quad.predicate.value in LABELS}
    assert len(related(name)) >= 1500
    assert typed(name) == related(name)
    assert typed(name) <= labelled


@pytest.mark.parametrize("name", [SOURCE, TARGET])
def test_each_statement_is_there_once(name: str) -> None:
    assert len(set(statements(name))) == len(statements(name))


def test_at_least_four_languages_in_three_scripts_and_none_shared() -> None:
    source, target = ({literal.language for literal in labels(name)} for name in (SOURCE, TARGET))
    assert source == {"ja", "ru", "ar"}
    assert target == {"en", "fr", "hi"}
    assert {"KATAKANA", "CYRILLIC", "ARABIC"} <= scripts(SOURCE)
    assert scripts(TARGET) == {"LATIN", "DEVANAGARI"}


def test_the_sides_share_only_terms_of_the_w3c() -> None:
    shared = iris(SOURCE) & iris(TARGET)
    assert all(iri.startswith(SHARED_VOCABULARIES) for iri in shared), shared


def test_reference_is_one_to_one_sorted_and_about_both_sides() -> None:
    sources, targets = zip(*reference(), strict=True)
    assert len(reference()) >= 1000
    assert len(set(sources)) == len(sources)
    assert len(set(targets)) == len(targets)
    assert set(sources) <= iris(SOURCE)
    assert set(targets) <= iris(TARGET)
    assert list(reference()) == sorted(reference())


def test_both_sides_have_entities_without_a_partner() -> None:
    assert len(typed(SOURCE) - {source for source, _ in reference()}) >= 100
    assert len(typed(TARGET) - {target for _, target in reference()}) >= 100


@pytest.mark.parametrize("name", [SOURCE, TARGET])
def test_no_code_is_a_literal(name: str) -> None:
    texts = {
        q.object.value for q in statements(name) if isinstance(q.object, ox.Literal) and not numeric(q.object)
    }
    assert not texts & CODES
    assert not {text for text in texts if re.fullmatch(r"[A-Z]{2,3}|\d{3}|[a-z]{2}", text)}
    assert not {text for text in texts if any("\U0001f1e6" <= c <= "\U0001f1ff" for c in text)}


def numeric(literal: ox.Literal) -> bool:
    return literal.datatype.value.endswith(("#integer", "#decimal"))


@pytest.mark.parametrize("name", [SOURCE, TARGET])
def test_entity_iris_end_in_a_number_of_five_digits(name: str) -> None:
    last_parts = {urlsplit(iri).path.rsplit("/", 1)[-1] for iri in typed(name)}
    assert all(re.fullmatch(r"E?\d{5}", part) for part in last_parts)


def test_numbers_of_the_sides_are_unrelated() -> None:
    pairs = [(source[-5:], target[-5:]) for source, target in reference() if source[-5:].isdigit()]
    places = {number: place for place, number in enumerate(sorted(target for _, target in pairs))}
    order = [places[target] for _, target in sorted(pairs)]
    middle = (len(order) - 1) / 2
    moments = [
        sum((x - middle) ** 2 for x in order),
        sum((i - middle) * (x - middle) for i, x in enumerate(order)),
    ]
    assert abs(moments[1] / moments[0]) < 0.1


def test_small_enough_with_licences_beside() -> None:
    files = [path for path in FOLDER.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 5_000_000
    licences = {
        path.name.split("_")[0]: path.read_text(encoding="utf-8") for path in FOLDER.glob("LICENSES/*.txt")
    }
    assert licences.keys() == {"Unicode-3.0", "LGPL-2.1", "CC-BY-4.0", "MIT"}
    assert all(len(text) > 900 for text in licences.values())
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert all(name in readme for name in (SOURCE, TARGET, "Unicode-3.0", "LGPL-2.1", "CC BY 4.0", "MIT"))


def test_gzip_holds_neither_name_nor_time() -> None:
    header = (FOLDER / SOURCE).read_bytes()[:10]
    assert header[3] == 0
    assert header[4:8] == bytes(4)
