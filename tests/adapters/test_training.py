from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from kgalign.adapters.adapted_encoder import open_encoder
from kgalign.adapters.adapter_set import AdapterSet
from kgalign.adapters.artefact import WEIGHTS, read_artefact
from kgalign.adapters.base_model import BaseModel
from kgalign.adapters.checkpoints import FILE as CHECKPOINT
from kgalign.adapters.insertion import ARCHITECTURES
from kgalign.adapters.options import AdaptOptions, as_published
from kgalign.adapters.session import LOG, Session
from kgalign.errors import InputError
from kgalign.kg import KnowledgeGraph

TEXTS = ["athens", "atenas", "koeln", "a longer name 12"]


@pytest.fixture
def session(cities: KnowledgeGraph, small_model):
    """A session on a tiny random model: ``session(kind, **options)``."""

    def make(kind: str, **options: object) -> Session:
        chosen = AdaptOptions.model_validate(
            {
                "base": str(small_model(kind)),
                "device": "cpu",
                "steps": 6,
                "batch": 8,
                "reduction": 4,
                "rate": 0.01,
                "checkpoint_every": 2,
                "held_out": 0.5,
                **options,
            }
        )
        return Session(cities, chosen, BaseModel.open(chosen.base, device="cpu"))

    return make


def objectives_of(kind: str) -> tuple[str, ...]:
    return ("ep", "tp", "t2t") if kind in ("t5", "mt5") else ("ep", "tp")


@pytest.mark.parametrize("kind", ARCHITECTURES)
class TestEveryArchitecture:
    def test_trains_and_reloads_to_the_bit(self, session, kind: str, tmp_path: Path) -> None:
        made = session(kind, objectives=objectives_of(kind))
        description = made.train(tmp_path / "adapter")
        assert set(description.learnt) == set(objectives_of(kind))
        stored = read_artefact(tmp_path / "adapter")
        trained = made.prepared[1].tensors()
        assert stored.tensors.keys() == trained.keys()
        assert all(torch.equal(stored.tensors[name], trained[name]) for name in trained)
        assert any(values.any() for name, values in trained.items() if ".up.weight" in name)
        once = open_encoder(str(tmp_path / "adapter"), cache=False).encode(TEXTS)
        twice = open_encoder(str(tmp_path / "adapter"), cache=False).encode(TEXTS)
        plain = open_encoder(made.options.base, cache=False).encode(TEXTS)
        assert once.tobytes() == twice.tobytes()
        assert not np.allclose(once, plain)

    def test_a_resumed_run_equals_an_uninterrupted_one(
        self, session, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        options = {"objectives": objectives_of(kind)}
        session(kind, **options).train(tmp_path / "whole")
        stopped = session(kind, **options)
        steps = 0

        def interrupted(optimizer, *arguments: object, **named: object) -> object:
            nonlocal steps
            steps += 1
            if steps == 4:
                raise KeyboardInterrupt
            return original(optimizer, *arguments, **named)

        original = torch.optim.AdamW.step
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(torch.optim.AdamW, "step", interrupted)
            stopped.train(tmp_path / "resumed")
        assert (tmp_path / "resumed" / CHECKPOINT).is_file()
        assert not (tmp_path / "resumed" / WEIGHTS).exists()
        session(kind, **options).train(tmp_path / "resumed")
        for file in (WEIGHTS, LOG, "adapter.json"):
            assert (tmp_path / "resumed" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()
        assert not (tmp_path / "resumed" / CHECKPOINT).exists()


def test_it_learns(session, tmp_path: Path) -> None:
    description = session("bert", steps=120, held_out=0.0).train(tmp_path / "adapter")
    losses = [json.loads(line)["loss"] for line in (tmp_path / "adapter" / LOG).read_text().splitlines()]
    assert len(losses) == 120
    assert np.mean(losses[-10:]) < 0.6 * np.mean(losses[:10])
    assert description.learnt == {}, "nothing was held out, so nothing is claimed"


def test_the_base_stays_as_it_is(session, tmp_path: Path) -> None:
    made = session("t5", objectives=("ep", "t2t"))
    before = {name: values.clone() for name, values in made.base.transformer().state_dict().items()}
    backbone, weights = made.prepared
    trained = {id(weight) for weight in weights.trained()}
    assert {id(weight) for weight in backbone.model.parameters() if weight.requires_grad} == trained
    made.train(tmp_path / "adapter")
    backbone.put({})
    after = backbone.model.state_dict()
    assert all(torch.equal(after[name], values) for name, values in before.items())


def test_only_the_upper_layers(session) -> None:
    _, weights = session("mt5", layers=1).prepared
    assert list(weights.modules) == ["encoder.1"]
    _, weights = session("mt5", layers=1, objectives=("t2t",)).prepared
    assert list(weights.modules) == ["encoder.1", "decoder.1"]


def test_lora(session, tmp_path: Path) -> None:
    pytest.importorskip("peft")
    made = session("bert", method="lora", rank=2)
    made.train(tmp_path / "lora")
    stored = read_artefact(tmp_path / "lora")
    assert stored.description.kind == "lora"
    assert all("lora_" in name for name in stored.tensors)
    once = open_encoder(str(tmp_path / "lora"), cache=False).encode(TEXTS)
    twice = open_encoder(str(tmp_path / "lora"), cache=False).encode(TEXTS)
    assert once.tobytes() == twice.tobytes()
    assert not np.allclose(once, open_encoder(made.options.base, cache=False).encode(TEXTS))


def test_as_published_runs(session, tmp_path: Path) -> None:
    made = session("xlm-roberta", objectives=("ep", "tp", "es", "ts"))
    published = as_published(made.options)
    assert (published.temperature, published.symmetric, published.rate) == (0.1, False, 1e-4)
    again = Session(made.graph, published, made.base)
    assert len((again.train(tmp_path / "published")).learnt) == 4


def test_fusion_trains_over_adapters(session, tmp_path: Path) -> None:
    made = session("bert")
    made.train(tmp_path / "ep")
    other = session("bert", objectives=("tp",))
    other.train(tmp_path / "tp")
    named = tuple((name, read_artefact(tmp_path / name)) for name in ("ep", "tp"))
    fusion = Session(made.graph, made.options, made.base, named)
    description = fusion.train(tmp_path / "fusion")
    assert description.kind == "fusion"
    assert list(description.members) == ["ep", "tp"]
    stored = read_artefact(tmp_path / "fusion")
    kept = stored.tensors["encoder.0.adapters.1.up.weight"]
    assert torch.equal(kept, named[1][1].tensors["encoder.0.up.weight"])
    fresh = AdapterSet.fusion([one.adapters() for _, one in named], 32, 0).tensors()
    assert not torch.equal(stored.tensors["encoder.0.value.weight"], fresh["encoder.0.value.weight"])
    assert open_encoder(str(tmp_path / "fusion"), cache=False).encode(TEXTS).any()


def test_a_translation_needs_a_decoder(session) -> None:
    with pytest.raises(InputError, match="needs a decoder"):
        session("bert", objectives=("t2t",))


def test_a_graph_with_too_little(make_graph, small_model, tmp_path: Path) -> None:
    label = "http://www.w3.org/2000/01/rdf-schema#label"
    graph = make_graph("poor", f'<http://x/a> <{label}> "a"@en .\n<http://x/b> <{label}> "b"@en .\n')
    base = BaseModel.open(str(small_model("bert")), device="cpu")
    with pytest.raises(InputError, match="too little to learn for the objective ep"):
        Session(graph, AdaptOptions(), base).train(tmp_path / "adapter")


def test_gradients_are_summed_over_accumulated_batches(session, tmp_path: Path) -> None:
    session("bert", accumulate=3, steps=2).train(tmp_path / "three")
    session("bert", accumulate=1, steps=2).train(tmp_path / "one")
    three, one = (read_artefact(tmp_path / name).tensors for name in ("three", "one"))
    assert any(not torch.equal(three[name], one[name]) for name in one)
