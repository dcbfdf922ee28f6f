from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from kgalign.adapters.base_model import BaseModel
from kgalign.errors import InputError
from kgalign.verify import Lesson, Request, VerifiedText, Verifier, VerifyOptions
from kgalign.verify.alignment import AlignmentOptions, AlignmentScorer, read_alignment, train_alignment
from kgalign.verify.alignment.training import train
from kgalign.verify.alignment.training_data import Batches, examples_of


def options(base: Path, **changes: object) -> AlignmentOptions:
    told = {
        "base": str(base), "steps": 120, "tokens": 1024, "rate": 3e-3, "head_rate": 3e-3, "held_out": 30,
        "checkpoint_every": 3, "device": "cpu",
    }  # fmt: skip
    return AlignmentOptions.model_validate(told | changes)


@pytest.fixture(scope="module")
def trained(tiny_bert: Path, lessons: Sequence[Lesson], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("alignment")
    train_alignment(lessons * 4, options(tiny_bert), folder)
    return folder


def test_it_learns_what_a_text_states(trained: Path) -> None:
    description = read_alignment(trained).description
    held_out = description.held_out["en"]
    assert held_out.stated is not None and held_out.stated > 0.6
    assert held_out.wrong is not None and held_out.wrong > 0.8
    assert "| en |" in (trained / "README.md").read_text()
    assert not (trained / "checkpoint.safetensors").exists()


def test_the_verifier_asks_both_layers(trained: Path, lessons: Sequence[Lesson]) -> None:
    scorer = AlignmentScorer.open(trained, "cpu")
    plain = Verifier()
    both = Verifier(alignment=scorer)
    alone = Verifier(options=VerifyOptions(model_free=False), alignment=scorer)
    right = lessons[0]
    # Alone the tiny network tells whether a text is right, but hardly which of its facts are.
    texts, foreign = lessons[:20], lessons[35].facts
    for verifier, scores in ((both, ("covered", "correctness", "sound")), (alone, ("correctness", "sound"))):
        good = verifier.verify_all([Request(each.text, "en", None, each.facts) for each in texts])
        bad = verifier.verify_all([Request(each.text, "en", None, foreign) for each in texts])
        for score in scores:
            assert np.mean([getattr(each, score) for each in good]) > np.mean(
                [getattr(each, score) for each in bad]
            )
        assert VerifiedText.model_validate_json(good[0].model_dump_json()) == good[0]
    one = plain.verify(right.text, "en", facts=right.facts)
    assert one.correctness != both.verify(right.text, "en", facts=right.facts).correctness


def test_an_answer_depends_on_its_text_alone(trained: Path, lessons: Sequence[Lesson]) -> None:
    verifier = Verifier(alignment=AlignmentScorer.open(trained, "cpu"))
    requests = [Request(each.text, "en", None, each.facts) for each in lessons[:12]]
    together = verifier.verify_all(requests)
    assert together == [verifier.verify_all([each])[0] for each in requests]


def test_long_texts_and_many_facts_are_read_in_parts(trained: Path, lessons: Sequence[Lesson]) -> None:
    verifier = Verifier(options=VerifyOptions(read=40), alignment=AlignmentScorer.open(trained, "cpu"))
    text = " ".join(each.text for each in lessons) + " " + "born in " * 400
    facts = [fact for each in lessons for fact in each.facts]
    verified = verifier.verify(text, "en", facts=facts)
    assert len(verified.coverage) == len(set(facts))
    assert all(0 <= each.score <= 1 for each in verified.coverage)
    ends = [(each.start, each.end) for each in verified.verdicts]
    assert all(one[1] <= other[0] for one, other in pairwise(ends))
    nothing = verifier.verify("Ada was born .", "en", facts=[])
    assert nothing.covered == 1.0


@pytest.mark.parametrize("method", ["layers", "adapters"])
def test_a_training_that_broke_off_ends_the_same(
    tiny_bert: Path, lessons: Sequence[Lesson], tmp_path: Path, method: str
) -> None:
    examples = examples_of({"en": list(lessons)}, 0)
    told = options(tiny_bert, steps=8, method=method)
    base = BaseModel.open(str(tiny_bert), device="cpu")
    whole, log = train(base, examples, told, tmp_path / "whole")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "checkpoint.safetensors").write_bytes(
        (tmp_path / "whole" / "checkpoint.safetensors").read_bytes()
    )
    again, other = train(base, examples, told, tmp_path / "broken")
    assert log == other
    first, second = whole.weights.tensors(), again.weights.tensors()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_adapters_alone_can_be_trained(tiny_bert: Path, lessons: Sequence[Lesson], tmp_path: Path) -> None:
    told = options(tiny_bert, steps=4, method="adapters", width=8)
    train_alignment(lessons, told, tmp_path / "adapters")
    scorer = AlignmentScorer.open(tmp_path / "adapters", "cpu")
    verified = Verifier(alignment=scorer).verify(lessons[0].text, "en", facts=lessons[0].facts)
    assert len(verified.coverage) == 2


def test_another_base_is_refused(trained: Path, small_model, tmp_path: Path) -> None:
    artefact = read_alignment(trained)
    with pytest.raises(InputError, match="belongs to"):
        AlignmentScorer(artefact, BaseModel.open(str(small_model("bert")), device="cpu"))


def test_damaged_and_missing_weights_are_told(trained: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no alignment function"):
        read_alignment(tmp_path)
    for name in ("alignment.json", "alignment.safetensors"):
        (tmp_path / name).write_bytes((trained / name).read_bytes())
    data = bytearray((tmp_path / "alignment.safetensors").read_bytes())
    data[-1] ^= 1
    (tmp_path / "alignment.safetensors").write_bytes(bytes(data))
    with pytest.raises(InputError, match="is damaged"):
        read_alignment(tmp_path)


def test_nothing_to_learn_is_told(tiny_bert: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no text with facts"):
        train_alignment([Lesson("", "en", ())], options(tiny_bert), tmp_path)


def test_a_batch_depends_on_its_number_alone() -> None:
    lengths = [5, 9, 30, 31, 2, 17, 18, 40]
    one, other = Batches(lengths, 64, 1), Batches(lengths, 64, 1)
    wanted = [other[number] for number in (7, 3, 0)]
    assert [one[number] for number in range(8)][7] == wanted[0]
    assert one[3] == wanted[1]
    for number in range(8):
        batch = one[number]
        assert len(batch) == 1 or max(lengths[item] for item in batch) * len(batch) <= 64
