from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from kgalign.adapters.adapted_encoder import adapted_encoder, open_encoder
from kgalign.adapters.adapter_set import AdapterSet
from kgalign.adapters.artefact import Artefact, describe_base, read_artefact, write_artefact
from kgalign.adapters.backbone import ModelBackbone, PackedBackbone, open_backbone
from kgalign.adapters.base_model import BaseModel
from kgalign.adapters.composition import stack
from kgalign.adapters.description import AdapterDescription
from kgalign.encode.adaptation import is_adaptable
from kgalign.errors import InputError

TEXTS = ["athens", "x", "a name that is longer", "koeln"]


def random_adapter(base: BaseModel, seed: int) -> Artefact:
    places = tuple(f"encoder.{layer}" for layer in range(2))
    modules = AdapterSet.fresh(places, base.hidden, 8, seed)
    torch.manual_seed(seed)
    for weight in modules.parameters():
        nn.init.normal_(weight, std=0.3)
    description = AdapterDescription(
        kgalign_version="0", kind="bottleneck", base=describe_base(base), width=8, places=places
    )
    return Artefact(description, modules.tensors())


@pytest.fixture
def adapter(small_model, tmp_path: Path):
    """An adapter's folder: ``adapter(kind, seed)``."""

    def make(kind: str, seed: int = 0) -> Path:
        made = random_adapter(BaseModel.open(str(small_model(kind)), device="cpu"), seed)
        folder = tmp_path / f"{kind}-{seed}"
        write_artefact(folder, made.description, made.tensors)
        return folder

    return make


@pytest.mark.parametrize("kind", ["bert", "xlm-roberta"])
def test_the_lean_pass_and_transformers_agree(small_model, kind: str) -> None:
    base = BaseModel.open(str(small_model(kind)), device="cpu", precision="float32")
    adapters = random_adapter(base, 1).adapters()
    lean = open_backbone(base)
    whole = ModelBackbone(base.transformer(), base.token_reader(), "mean", "float32")
    assert isinstance(lean, PackedBackbone)
    for backbone in (lean, whole):
        backbone.put(adapters.modules)
    ids = lean.read(TEXTS)
    weights = list(adapters.parameters())
    results = [backbone.vectors(ids) for backbone in (lean, whole)]
    assert torch.allclose(*results, atol=1e-5)
    slopes = [torch.autograd.grad(result[:, 0].sum(), weights) for result in results]
    for one, other in zip(*slopes, strict=True):
        assert torch.allclose(one, other, atol=1e-5)


@pytest.mark.parametrize("kind", ["bert", "t5"])
def test_an_encoder_with_an_adapter(adapter, small_model, kind: str) -> None:
    folder = adapter(kind)
    encoder = open_encoder(str(folder), precision="float32")
    plain = open_encoder(str(small_model(kind)), precision="float32")
    assert encoder.identity != plain.identity
    assert encoder.dimension == plain.dimension == 32
    assert not np.allclose(encoder.encode(TEXTS), plain.encode(TEXTS))
    fresh = open_encoder(str(folder), precision="float32", cache=False).encode(TEXTS)
    assert np.array_equal(encoder.encode(TEXTS), fresh), "the cache changes nothing"


def test_another_adapter_is_another_encoder(adapter) -> None:
    one, other = (open_encoder(str(adapter("bert", seed)), cache=False) for seed in (0, 1))
    assert one.identity != other.identity
    assert not np.allclose(one.encode(TEXTS), other.encode(TEXTS))


def test_what_is_no_adapter_is_an_encoder() -> None:
    assert open_encoder("characters").encode(["x"]).any()


def test_an_adapted_encoder_is_not_trained_further(adapter, small_model) -> None:
    assert is_adaptable(open_encoder(str(small_model("bert"))))
    assert not is_adaptable(open_encoder(str(adapter("bert"))))


def test_another_base_is_refused(adapter, small_model) -> None:
    with pytest.raises(InputError, match=r"belongs to .* with the fingerprint"):
        open_encoder(str(adapter("bert")), base=str(small_model("xlm-roberta")))
    artefact = read_artefact(adapter("bert"))
    with pytest.raises(InputError, match="--base"):
        adapted_encoder(artefact, BaseModel.open(str(small_model("t5")), device="cpu"))


def test_a_stack(adapter, tmp_path: Path) -> None:
    folders = [adapter("bert", seed) for seed in (0, 1)]
    named = [(folder.name, read_artefact(folder)) for folder in folders]
    description = stack(named, tmp_path / "stack")
    assert list(description.members) == ["bert-0", "bert-1"]
    both = open_encoder(str(tmp_path / "stack"), cache=False).encode(TEXTS)
    for folder in folders:
        assert not np.allclose(both, open_encoder(str(folder), cache=False).encode(TEXTS))
    with pytest.raises(InputError, match="two adapters or more"):
        stack(named[:1], tmp_path / "one")
    with pytest.raises(InputError, match="is a stack"):
        stack([*named, ("stack", read_artefact(tmp_path / "stack"))], tmp_path / "more")


def test_a_damaged_adapter_is_refused(adapter) -> None:
    folder = adapter("bert")
    with (folder / "adapter.safetensors").open("r+b") as stream:
        stream.seek(-4, 2)
        stream.write(b"\x01\x02\x03\x04")
    with pytest.raises(InputError, match="is damaged"):
        read_artefact(folder)
    (folder / "adapter.json").write_text("{}", "utf-8")
    with pytest.raises(InputError, match="is no description"):
        read_artefact(folder)
    with pytest.raises(InputError, match="there is no adapter"):
        read_artefact(folder / "nowhere")


def test_the_model_card_tells_base_and_licence(adapter) -> None:
    card = (adapter("bert") / "README.md").read_text("utf-8")
    assert card.startswith("---\nbase_model: bert")
    assert "fingerprint" in card
    assert "Licence" in card
