"""Spelling names, and learning from one's own verified sentences."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from kgalign.errors import InputError
from kgalign.generate import DrafterChain, Example, GenerateOptions, Generator, TemplateRealiser, hand_written
from kgalign.generate.neural.artefact import read_description
from kgalign.generate.neural.drafter import open_drafter
from kgalign.generate.neural.network import Batch
from kgalign.generate.neural.options import SelfTrainingOptions
from kgalign.generate.neural.pieces import Tokens
from kgalign.generate.neural.self_training import asked_of, best_texts, fact_scores, self_train
from kgalign.generate.neural.session import train_generator
from kgalign.generate.neural.spellings import Spelling, spellings
from kgalign.verify import Fact, Name, Term, Verifier

from .conftest import fact, lessons, tiny

# Greek letters for Latin ones, so that a small model can learn all there is to know.
LETTERS = str.maketrans("abdegiklmnoprstuv", "αβδεγικλμνοπρστυβ")
NAMES = ("Adela Marin", "Ignat Parov", "Boris Kolar", "Selma Toden", "Vera Dubin", "Ludo Saber")


def person(name: str, town: str) -> Fact:
    greek = Name(text=town.lower().translate(LETTERS).capitalize(), language="el")
    return Fact(
        subject=Term(value=name, names=(Name(text=name, language="en"),)),
        relation=Term(value="birth place", names=(Name(text="birth place", language="en"),)),
        object=Term(value=town, names=(greek, Name(text=town, language="en"))),
    )


def in_greek(name: str) -> str:
    return " ".join(word.translate(LETTERS).capitalize() for word in name.lower().split())


def greek_lessons() -> list[Example]:
    towns = ("Madrid", "Oslo", "Milano", "Lisboa", "Dublin", "Porto", "Berlin", "Torino")
    found = []
    for number in range(48):
        name, town = NAMES[number % 6], towns[number % 8]
        told = person(name, town)
        text = f"Ο {in_greek(name)} γεννήθηκε στην {told.object.names[0].text}."
        found.append(Example(text, "el", (told,)))
    return found


def test_words_in_two_scripts_are_found_in_labels_and_texts() -> None:
    found = spellings(greek_lessons())
    assert Spelling("el", "madrid", "Μαδριδ") in found
    assert Spelling("el", "parov", "Παροβ") in found
    assert spellings(lessons()) == []


def test_a_name_is_spelt_and_verified_by_the_graphs_name(tmp_path: Path) -> None:
    train_generator(greek_lessons(), [], tiny(epochs=120), tmp_path / "model")
    drafter = open_drafter(tmp_path / "model", "cpu")
    assert read_description(tmp_path / "model").spells == ("el",)
    assert drafter.spelt(["Boris Marin"], "el") == ["Βορισ Μαριν"]
    assert drafter.spelt(["Boris Marin"], "en") == [None]
    told = person("Boris Marin", "Oslo")
    chain = DrafterChain(drafter, TemplateRealiser(hand_written()))
    (found,) = Generator(chain, Verifier(), GenerateOptions()).describe([("Boris Marin", [told])], "el")
    assert "Βορισ Μαριν" in found.text and found.outcome == "verified"
    assert {name.origin for name in found.names} == {"transliterated", "label"}


def test_what_is_not_taught_has_no_part_in_the_loss() -> None:
    source = Tokens([5, 6], [0, 0], [0, 0])
    batch = Batch.of([source, source], [[7, 8, 1], [9, 1]], torch.device("cpu"), [(True, False, True), None])
    assert batch.labels is not None and batch.outputs is not None
    assert batch.labels.tolist() == [[7, -100, 1], [9, 1, -100]]
    assert batch.outputs.tolist() == [[7, 8, 1], [9, 1, 0]]


def test_a_model_learns_from_its_verified_sentences(trained: Path, tmp_path: Path) -> None:
    options = SelfTrainingOptions(texts=2, device="cpu", rate=1e-4)
    before = open_drafter(trained, "cpu")
    asked = asked_of(lessons(), before, options)
    judged = best_texts(before, asked, 2)
    assert any(all(each.right) for each in judged)
    scores = fact_scores(judged, sum(len(facts) for facts, _ in asked))
    assert 0 < scores.precision <= 1 and 0 < scores.recall <= 1
    first = self_train(trained, lessons(), options, tmp_path / "one")
    again = self_train(trained, lessons(), options, tmp_path / "two")
    assert first == again and first.description.sha256 != read_description(trained).sha256
    assert first.before is not None and first.after is not None
    told = json.loads((tmp_path / "one" / "self_training.json").read_text("utf-8"))
    assert told["after"]["recall"] == first.after.recall
    after = best_texts(open_drafter(tmp_path / "one", "cpu"), asked, 2)
    assert fact_scores(after, sum(len(facts) for facts, _ in asked)).recall >= scores.recall - 0.1


def test_a_model_that_writes_nothing_right_is_refused(trained: Path, tmp_path: Path) -> None:
    nameless = fact("Ann Miller", "birth place", "").model_copy(update={"object": Term(value="")})
    options = SelfTrainingOptions(device="cpu")
    with pytest.raises(InputError, match="verified"):
        self_train(trained, [Example("Ann Miller was born.", "en", (nameless,))], options, tmp_path / "more")
    assert not (tmp_path / "more" / "model.safetensors").exists()
