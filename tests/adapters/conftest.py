from __future__ import annotations

from pathlib import Path

import pytest

from kgalign.kg import KnowledgeGraph

LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
ABSTRACT = "<http://dbpedia.org/ontology/abstract>"

CITIES = {
    "a": {"en": "athens", "es": "atenas", "de": "athen"},
    "b": {"en": "berlin", "es": "berlin", "de": "berlin"},
    "c": {"en": "cologne", "es": "colonia", "de": "koeln"},
    "d": {"en": "dublin", "es": "dublin"},
    "e": {"en": "edinburgh", "es": "edimburgo"},
    "f": {"en": "florence", "es": "florencia", "de": "florenz"},
    "g": {"en": "geneva", "es": "ginebra", "de": "genf"},
    "h": {"en": "hamburg"},
}
COUNTRIES = {
    "gr": {"en": "greece", "es": "grecia", "de": "griechenland"},
    "de": {"en": "germany", "es": "alemania", "de": "deutschland"},
    "ie": {"en": "ireland", "es": "irlanda", "de": "irland"},
}
IN = (("a", "gr"), ("b", "de"), ("c", "de"), ("d", "ie"), ("h", "de"))


@pytest.fixture(autouse=True)
def private_vectors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kgalign.encode.cache.vectors_folder", lambda: tmp_path / "vectors")


@pytest.fixture
def cities_nt() -> str:
    """Cities and countries named in up to three languages, as N-Triples."""
    lines = [
        f'<http://x/{key}> {LABEL} "{name}"@{language} .'
        for key, names in (CITIES | COUNTRIES).items()
        for language, name in names.items()
    ]
    lines += [f"<http://x/{city}> <http://x/country> <http://x/{country}> ." for city, country in IN]
    lines += [
        f'<http://x/country> {LABEL} "country"@en .',
        f'<http://x/country> {LABEL} "land"@de .',
        f'<http://x/a> {ABSTRACT} "athens is the capital of greece. it is old. it is large."@en .',
        '<http://x/h> <http://www.w3.org/2004/02/skos/core#altLabel> "hansestadt"@en .',
    ]
    return "\n".join(lines) + "\n"


@pytest.fixture
def cities(make_graph, cities_nt: str) -> KnowledgeGraph:
    return make_graph("cities", cities_nt)
