"""Training, writing, verifying and exporting tiny models."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from kgalign.errors import InputError
from kgalign.generate import (
    DrafterChain,
    GenerateOptions,
    Generator,
    TemplateRealiser,
    hand_written,
)
from kgalign.generate.neural.artefact import read_description, read_network
from kgalign.generate.neural.building import pretrained, pretrained_pieces
from kgalign.generate.neural.drafter import open_drafter
from kgalign.generate.neural.export import export
from kgalign.generate.neural.linearise import linearised
from kgalign.generate.neural.session import train_generator
from kgalign.generate.neural.training import Trainer
from kgalign.generate.wording import in_words
from kgalign.verify import Verifier

from .conftest import fact, lessons, tiny

NEW = [fact("Lise Meitner", "birth place", "Zagreb"), fact("Lise Meitner", "birth date", "1878-11-07", True)]


def log_of(folder: Path) -> list[float]:
    import json

    return [json.loads(line)["loss"] for line in (folder / "training.jsonl").read_text().splitlines()]


def test_the_loss_falls_and_new_names_are_written(trained: Path) -> None:
    losses = log_of(trained)
    assert losses[0] > 4 and losses[-1] < 0.3
    texts = [
        in_words(each, NEW, "en").text
        for each in open_drafter(trained, "cpu").draft(NEW, "en", seed=0, count=3)
    ]
    assert "Lise Meitner was born in Zagreb on 7 November 1878." in texts


def test_the_verified_loop_takes_what_holds(trained: Path) -> None:
    drafter = DrafterChain(open_drafter(trained, "cpu"), TemplateRealiser(hand_written()))
    capital = fact("Aland", "http://gazetteer.example/def/capital", "Mariehamn")
    generator = Generator(drafter, Verifier(), GenerateOptions())
    first, second = generator.describe([("Lise Meitner", NEW), ("Aland", [capital])], "en")
    assert first.outcome == "verified" and len(first.used) == 2 and first.writer == "model"
    for told in (first, second):
        assert all(verdict.status in ("supported", "not checkable") for verdict in told.verdicts)
        assert told.text == "" or all(clause.verified for clause in told.clauses)


def test_two_hundred_facts_and_a_language_that_was_not_learnt(trained: Path) -> None:
    drafter = open_drafter(trained, "cpu")
    many = [fact("Ann", "birth place", f"Town {number}") for number in range(40)]
    found = drafter.draft(many, "en", seed=0, count=1)
    assert all(0 <= place < 40 for each in found for place in each.facts)
    assert drafter.draft(many, "hi", seed=0, count=1) == []


class _Stopped(Exception):
    pass


def test_a_training_goes_on_to_the_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = tiny(epochs=4, dropout=0.1, checkpoint_every=3, evaluate_every=4, dev_texts=4, fact_aware=True)
    dev = lessons()[:6]
    whole = train_generator(lessons(), dev, options, tmp_path / "whole")
    step = Trainer._step

    def stopping(self: Trainer, optimizer: torch.optim.Optimizer, number: int) -> object:
        if number == 5:
            raise _Stopped
        return step(self, optimizer, number)

    monkeypatch.setattr(Trainer, "_step", stopping)
    with pytest.raises(_Stopped):
        train_generator(lessons(), dev, options, tmp_path / "broken")
    monkeypatch.setattr(Trainer, "_step", step)
    again = train_generator(lessons(), dev, options, tmp_path / "broken")
    assert again == whole and again.chrf is not None
    assert log_of(tmp_path / "broken") == log_of(tmp_path / "whole")
    assert not (tmp_path / "broken" / "checkpoint.safetensors").exists()


@pytest.mark.parametrize("method", ["lora", "bottleneck"])
def test_adapters_are_trained_on_a_model_in_the_published_format(
    trained: Path, tmp_path: Path, method: str
) -> None:
    description = read_description(trained)
    network = read_network(trained, description)
    base = tmp_path / "base"
    network.model.save_pretrained(base)
    (base / "spiece.model").write_bytes((trained / "spiece.model").read_bytes())
    pieces = pretrained_pieces(str(base), ("en",))
    model = pretrained(str(base), pieces, 0)
    assert len(pieces) <= model.config.vocab_size
    found = train_generator(lessons()[:12], [], tiny(base=str(base), method=method, epochs=2), tmp_path / "m")
    drafter = open_drafter(tmp_path / "m", "cpu")
    assert found.bottleneck == (2 if method == "bottleneck" else None)
    drafter.draft(NEW, "en", seed=0, count=1)
    again = read_network(tmp_path / "m", found).state_dict()
    same = [name for name, tensor in model.state_dict().items() if f"model.{name}" in again
            and torch.equal(tensor, again[f"model.{name}"])]  # fmt: skip
    assert any("layer_norm" in name for name in same)


def test_an_export_writes_the_same(trained: Path, tmp_path: Path) -> None:
    pytest.importorskip("ctranslate2")
    export(trained, tmp_path / "exact", "float32")
    export(trained, tmp_path / "small", "int8")
    asked = [linearised(each.facts, "en", "delexicalised") for each in lessons()[:30]]
    own = [each[0].segments for each in open_drafter(trained, "cpu").writer.write(asked, 1)]
    exact = [each[0].segments for each in open_drafter(tmp_path / "exact").writer.write(asked, 1)]
    small = [each[0].segments for each in open_drafter(tmp_path / "small").writer.write(asked, 1)]
    assert exact == own
    assert sum(a == b for a, b in zip(small, own, strict=True)) >= 27


def test_a_damaged_model_is_refused(trained: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no generation model"):
        open_drafter(tmp_path)
    for path in trained.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "model.safetensors").write_bytes(b"x" * 100)
    with pytest.raises(InputError, match="damaged"):
        open_drafter(tmp_path)
