from __future__ import annotations

from pathlib import Path

import pytest

from kgalign.kg import IngestOptions, KnowledgeGraph, ingest
from kgalign.verify import Fact, Name, Term, Verifier

GRAPH_DATA = Path(__file__).resolve().parents[2] / "graph_data"
PALIKIR = "http://gazetteer.example/id/E10529"
PARIS = "http://gazetteer.example/id/E10236"


def term(text: str, *names: str, literal: bool = False) -> Term:
    """A term that is called *text* in English, and by *names* given as ``ru:Москва``."""
    others = [Name(language=name.split(":", 1)[0], text=name.split(":", 1)[1]) for name in names]
    own = Name(text=text, language=None if literal else "en")
    return Term(value=text, literal=literal, names=(own, *others))


def fact(subject: Term | str, relation: str, thing: Term | str) -> Fact:
    """A fact in English words; an object with no letters is a literal."""
    return Fact(
        subject=term(subject) if isinstance(subject, str) else subject,
        relation=term(relation),
        object=term(thing, literal=not any(sign.isalpha() for sign in thing))
        if isinstance(thing, str)
        else thing,
    )


@pytest.fixture(scope="session")
def gazetteer(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeGraph:
    """One of the sample graphs: places with names in English, French and Hindi."""
    folder = tmp_path_factory.mktemp("gazetteer")
    return ingest([GRAPH_DATA / "world_en_fr_hi.ttl"], folder / "store", IngestOptions())


@pytest.fixture(scope="session")
def verifier(gazetteer: KnowledgeGraph) -> Verifier:
    return Verifier(gazetteer)
