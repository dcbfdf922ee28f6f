from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from kgalign.adapters.adapted_encoder import open_encoder
from kgalign.adapters.artefact import read_artefact
from kgalign.adapters.base_model import BaseModel
from kgalign.adapters.hub_adapters import import_adapter
from kgalign.errors import InputError


def adapter_weights(name: str, width: int = 4, layers: int = 2) -> dict[str, Tensor]:
    weights = {}
    for layer in range(layers):
        begin = f"bert.encoder.layer.{layer}.output.adapters.{name}."
        weights |= {
            begin + "adapter_down.0.weight": torch.randn(width, 32),
            begin + "adapter_down.0.bias": torch.randn(width),
            begin + "adapter_up.weight": torch.randn(32, width),
            begin + "adapter_up.bias": torch.randn(32),
        }
    return weights


def published(folder: Path, weights: dict[str, Tensor], **config: object) -> Path:
    folder.mkdir()
    told = {"name": "EP", "model_type": "bert", "config": {"non_linearity": "relu", **config}}
    (folder / "adapter_config.json").write_text(json.dumps(told), "utf-8")
    save_file(weights, folder / "adapter.safetensors")
    return folder


@pytest.fixture
def base(small_model) -> BaseModel:
    return BaseModel.open(str(small_model("bert")), device="cpu")


def test_a_published_adapter(base: BaseModel, tmp_path: Path) -> None:
    weights = adapter_weights("EP")
    description = import_adapter(published(tmp_path / "hub", weights), base, tmp_path / "own")
    assert (description.kind, description.width) == ("bottleneck", 4)
    assert description.places == ("encoder.0", "encoder.1")
    tensors = read_artefact(tmp_path / "own").tensors
    down = weights["bert.encoder.layer.1.output.adapters.EP.adapter_down.0.weight"]
    assert torch.equal(tensors["encoder.1.down.weight"], down)
    assert open_encoder(str(tmp_path / "own"), cache=False).encode(["abc"]).any()


def test_a_published_fusion(base: BaseModel, tmp_path: Path) -> None:
    weights = adapter_weights("EP") | adapter_weights("TP", width=2)
    for layer in range(2):
        begin = f"bert.encoder.layer.{layer}.output.adapter_fusion_layer.TP,EP."
        for part in ("query", "key", "value"):
            weights[f"{begin}{part}.weight"] = torch.randn(32, 32)
        for part in ("query", "key"):
            weights[f"{begin}{part}.bias"] = torch.randn(32)
    description = import_adapter(published(tmp_path / "hub", weights), base, tmp_path / "own")
    assert description.kind == "fusion"
    assert [(name, one.width) for name, one in description.members.items()] == [("TP", 2), ("EP", 4)]
    tensors = read_artefact(tmp_path / "own").tensors
    up = weights["bert.encoder.layer.0.output.adapters.EP.adapter_up.weight"]
    assert torch.equal(tensors["encoder.0.adapters.1.up.weight"], up)
    key = weights["bert.encoder.layer.0.output.adapter_fusion_layer.TP,EP.key.weight"]
    assert torch.equal(tensors["encoder.0.key.weight"], key)
    assert open_encoder(str(tmp_path / "own"), cache=False).encode(["abc"]).any()


def test_what_cannot_be_taken_over(base: BaseModel, tmp_path: Path) -> None:
    def refused(name: str, match: str, weights: dict[str, Tensor], **config: object) -> None:
        with pytest.raises(InputError, match=match):
            import_adapter(published(tmp_path / name, weights, **config), base, tmp_path / "own")
        assert not (tmp_path / "own").exists()

    refused("swish", "non_linearity = 'swish'", adapter_weights("EP"), non_linearity="swish")
    refused("houlsby", "mh_adapter = True", adapter_weights("EP"), mh_adapter=True)
    attention = "bert.encoder.layer.0.attention.output.adapters.EP.adapter_up.weight"
    refused("attention", "is of no bottleneck", {attention: torch.randn(32, 4)})
    refused("two", "several adapters", adapter_weights("EP") | adapter_weights("TP"))
    part = adapter_weights("EP")
    del part["bert.encoder.layer.1.output.adapters.EP.adapter_up.bias"]
    refused("part", "weights at encoder.1", part)


def test_pickles_are_not_read(base: BaseModel, tmp_path: Path) -> None:
    folder = tmp_path / "hub"
    folder.mkdir()
    (folder / "adapter_config.json").write_text("{}", "utf-8")
    (folder / "pytorch_adapter.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(InputError, match="pickled weights"):
        import_adapter(folder, base, tmp_path / "own")
    with pytest.raises(InputError, match=r"adapter_config.json is missing"):
        import_adapter(tmp_path, base, tmp_path / "own")
