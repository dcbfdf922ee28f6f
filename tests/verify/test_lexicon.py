"""What is learnt from texts beside facts."""

from __future__ import annotations

import pytest

from kgalign.errors import InputError
from kgalign.verify import Lesson, Lexicon, Verifier
from kgalign.verify.evidence import Gatherer
from kgalign.verify.phrasing import Phrasing

from .conftest import fact

PEOPLE = ["Ada", "Berta", "Carla", "Dora", "Emma", "Frida", "Greta", "Hanna", "Ida", "Jana", "Klara", "Lena"]
LESSONS = [
    lesson
    for number, person in enumerate(PEOPLE)
    for lesson in (
        Lesson(f"{person} arbeitet für Firma{number}.", "de", (fact(person, "employer", f"Firma{number}"),)),
        Lesson(f"{person} wohnt bei Dorf{number}.", "de", (fact(person, "residence", f"Dorf{number}"),)),
        Lesson(
            f"Das Team{number} wird von {person} geleitet.", "de", (fact(f"Team{number}", "manager", person),)
        ),
    )
]


def test_words_of_a_relation_in_another_language(tmp_path) -> None:
    lexicon = Lexicon.learn(LESSONS)
    strengths = lexicon.strengths("de", ["r:employer"], ["arbeitet", "wohnt", "geleitet"])[0]
    assert strengths[0] > 0.8
    assert strengths[1] == strengths[2] == 0
    lexicon.write(tmp_path / "lexicon.parquet")
    assert Lexicon.read(tmp_path / "lexicon.parquet").table.equals(lexicon.table)
    assert Lexicon.learn(LESSONS).table.equals(lexicon.table)


def test_phrasing_tells_who_does_what() -> None:
    phrasing = Phrasing.learn(LESSONS, Gatherer())
    verifier = Verifier(lexicon=Lexicon.learn(LESSONS), phrasing=phrasing)
    stated = [fact("Team Nord", "manager", "Frida Blau")]
    right, wrong = (
        verifier.verify(text, "de", facts=stated)
        for text in (
            "Das Team Nord wird von Frida Blau geleitet.",
            "Das Frida Blau wird von Team Nord geleitet.",
        )
    )
    assert right.covered > wrong.covered + 0.2


def test_a_file_of_something_else_is_refused(tmp_path) -> None:
    (tmp_path / "x.parquet").write_text("no")
    for kind in (Lexicon, Phrasing):
        with pytest.raises(InputError):
            kind.read(tmp_path / "x.parquet")
