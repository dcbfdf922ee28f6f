from __future__ import annotations

import pytest
import torch
from torch import nn
from transformers import AutoConfig, AutoModel

from kgalign.adapters.adapter_set import AdapterSet
from kgalign.adapters.base_model import BaseModel
from kgalign.adapters.insertion import ARCHITECTURES, AdaptedFeedForward, AdaptedOutput, places
from kgalign.errors import InputError


class Output(nn.Module):
    """BERT's output block with weights that can be computed by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Linear(2, 2, bias=False)
        self.dropout = nn.Dropout(0.5)
        self.LayerNorm = nn.LayerNorm(2, eps=0.0)
        with torch.no_grad():
            self.dense.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 2.0]]))


class Plus(nn.Module):
    """Adds (10, 0) to what it sees, and remembers it."""

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        self.seen = states
        return torch.tensor([10.0, 0.0]).expand_as(states)


def test_bert_adds_before_the_normalisation() -> None:
    adapter = Plus()
    block = AdaptedOutput(Output().eval(), adapter)
    result = block(torch.tensor([[1.0, 1.0]]), torch.tensor([[0.0, 1.0]]))
    # h + x is (1, 3), normalised (-1, 1): that is what the adapter sees. (11, 3) becomes (1, -1).
    assert torch.allclose(adapter.seen, torch.tensor([[-1.0, 1.0]]))
    assert torch.allclose(result, torch.tensor([[1.0, -1.0]]))


def test_t5_adds_to_the_feed_forward_output() -> None:
    adapter = Plus()
    block = AdaptedFeedForward(nn.Identity(), adapter)
    assert block(torch.tensor([[3.0, 4.0]])).tolist() == [[13.0, 4.0]]
    assert adapter.seen.tolist() == [[3.0, 4.0]]


@pytest.mark.parametrize("kind", ARCHITECTURES)
def test_places_of_each_architecture(small_model, kind: str) -> None:
    base = BaseModel.open(str(small_model(kind)), device="cpu")
    found = list(places(base.transformer()))
    sides = ["encoder", "decoder"] if kind in ("t5", "mt5") else ["encoder"]
    assert found == [f"{side}.{layer}" for side in sides for layer in range(2)]


@pytest.mark.parametrize("kind", ARCHITECTURES)
def test_an_adapter_changes_every_place_and_can_be_taken_away(small_model, kind: str) -> None:
    model = BaseModel.open(str(small_model(kind)), device="cpu").transformer()
    ids = {"input_ids": torch.tensor([[0, 5, 6, 2]])}
    if kind in ("t5", "mt5"):
        ids["decoder_input_ids"] = torch.tensor([[1, 7]])
        result = lambda: model(**ids).logits  # noqa: E731
    else:
        result = lambda: model(**ids).last_hidden_state  # noqa: E731
    plain = result()
    for name, place in places(model).items():
        adapter = AdapterSet.fresh([name], 32, 4, seed=1).modules[name]
        place.put(adapter)
        assert torch.equal(result(), plain), "an untrained adapter changes nothing"
        nn.init.normal_(adapter.up.weight)
        assert not torch.allclose(result(), plain)
        place.put(None)
        assert torch.equal(result(), plain)


def test_an_unknown_architecture_is_named() -> None:
    config = AutoConfig.for_model(
        "distilbert", vocab_size=10, dim=8, hidden_dim=8, n_layers=1, n_heads=1, max_position_embeddings=8
    )
    with pytest.raises(InputError, match=r"'distilbert'.*bert, xlm-roberta, t5, mt5"):
        places(AutoModel.from_config(config))
