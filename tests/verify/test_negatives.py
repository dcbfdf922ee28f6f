"""Made mistakes change what they say they change, and nothing else."""

from __future__ import annotations

from kgalign.verify import FactSet, Lesson, Verifier
from kgalign.verify.evidence import Gatherer
from kgalign.verify.negatives import NegativeMaker

from .conftest import fact

LESSONS = [
    Lesson(
        f"{person} was born in {place} on {day} May {year}.",
        "en",
        (fact(person, "birthPlace", place), fact(person, "birthDate", f"{year}-05-{day:02}")),
    )
    for person, place, day, year in [
        ("Ada Lovelace", "London", 5, 1815),
        ("Marie Curie", "Warsaw", 7, 1867),
        ("Alan Turing", "Paddington", 9, 1912),
        ("Emmy Noether", "Erlangen", 12, 1882),
    ]
]


def test_each_kind_and_where_it_is() -> None:
    made = list(NegativeMaker(LESSONS, Gatherer()).make())
    assert {each.kind for each in made} >= {"entity", "date", "roles", "negation", "added"}
    for each in made:
        original = LESSONS[each.original].text
        assert each.text != original or each.facts != LESSONS[each.original].facts
        rest, before = each.text, original
        for span in reversed(each.spans):
            rest = rest[: span.start] + rest[span.end :]
        assert all(sign in before + rest for sign in rest)
        if each.kind in ("entity", "date"):
            (span,) = each.spans
            assert each.text[: span.start] == original[: span.start]


def test_the_same_seed_gives_the_same_mistakes() -> None:
    one, other = (list(NegativeMaker(LESSONS, Gatherer(), seed=3).make()) for _ in range(2))
    assert one == other


def test_the_verifier_finds_changed_names_dates_and_denials() -> None:
    facts = FactSet(each for lesson in LESSONS for each in lesson.facts)
    verifier = Verifier(facts)
    for made in NegativeMaker(LESSONS, Gatherer()).make(["entity", "date", "negation"]):
        verified = verifier.verify(made.text, made.language, facts=made.facts)
        wrong = [each for each in verified.verdicts if each.status != "supported"]
        assert any(each.overlaps(span) for each in wrong for span in made.spans), made
        original = verifier.verify(LESSONS[made.original].text, "en", facts=made.facts)
        assert verified.correctness < original.correctness
        assert not original.of_status("contradicted")
