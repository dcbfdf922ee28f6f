"""A tiny model that learnt a few sentences by heart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kgalign.generate import Example
from kgalign.generate.neural.options import NeuralOptions
from kgalign.generate.neural.session import train_generator
from kgalign.verify import Fact, Name, Term

TOWNS = ("Warsaw", "London", "Madrid", "Vienna", "Dublin", "Athens", "Ottawa", "Lisbon")
PEOPLE = ("Marie Curie", "Ada Lovelace", "Alan Bean", "Ann Miller", "Bob Dole", "Ida Noddack")


def fact(subject: str, relation: str, thing: str, literal: bool = False) -> Fact:
    return Fact(
        subject=Term(value=subject, names=(Name(text=subject, language="en"),)),
        relation=Term(value=relation, names=(Name(text=relation, language="en"),)),
        object=Term(value=thing, literal=literal, names=(Name(text=thing, language="en"),)),
    )


def lessons() -> list[Example]:
    found = []
    for number in range(24):
        person, town = PEOPLE[number % 6], TOWNS[number % 8]
        day = f"1867-11-{number + 1:02}"
        born = fact(person, "birth place", town)
        on = fact(person, "birth date", day, literal=True)
        found += [
            Example(f"{person} was born in {town}.", "en", (born,)),
            Example(f"{person} was born on {number + 1} November 1867.", "en", (on,)),
            Example(f"{person} was born in {town} on {number + 1} November 1867.", "en", (born, on)),
        ]
    return found


def tiny(**other: Any) -> NeuralOptions:
    told: dict[str, Any] = {
        "vocabulary": 330,
        "width": 32,
        "inner": 64,
        "layers": 1,
        "heads": 2,
        "dropout": 0.0,
        "epochs": 100,
        "batch": 1500,
        "rate": 1e-2,
        "label_smoothing": 0.0,
        "precision": "float32",
        "device": "cpu",
    }
    return NeuralOptions(**(told | other))


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generator") / "model"
    train_generator(lessons(), [], tiny(), folder)
    return folder
