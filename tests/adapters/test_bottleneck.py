from __future__ import annotations

import torch

from kgalign.adapters.bottleneck import Bottleneck, Fusion, Stack


def filled(down: list[list[float]], up: list[list[float]]) -> Bottleneck:
    made = Bottleneck(2, len(down))
    with torch.no_grad():
        made.down.weight.copy_(torch.tensor(down))
        made.up.weight.copy_(torch.tensor(up))
    return made


def test_an_untrained_adapter_adds_nothing() -> None:
    assert not Bottleneck(4, 2)(torch.randn(3, 4)).any()


def test_down_relu_up() -> None:
    adapter = filled([[1.0, -1.0]], [[2.0], [3.0]])
    assert adapter(torch.tensor([[5.0, 1.0], [1.0, 5.0]])).tolist() == [[8.0, 12.0], [0.0, 0.0]]


def test_a_stack_sees_what_was_added_below() -> None:
    double = filled([[1.0, 0.0]], [[1.0], [0.0]])
    # 1 becomes 1 + 1, of which the second adds 2.
    assert Stack([double, double])(torch.tensor([[1.0, 7.0]])).tolist() == [[3.0, 0.0]]


def test_fusion_mixes_by_likeness() -> None:
    one, other = filled([[1.0, 0.0]], [[1.0], [0.0]]), filled([[1.0, 0.0]], [[0.0], [1.0]])
    fusion = Fusion([one, other], 2)
    with torch.no_grad():
        for part in (fusion.query, fusion.key):
            part.weight.copy_(torch.eye(2))
    states = torch.tensor([[2.0, 0.0]])
    # The adapters add (2, 0) and (0, 2); their products with the states are 4 and 0.
    share = torch.softmax(torch.tensor([4.0, 0.0]), 0)
    assert torch.allclose(fusion(states), 2 * share[None])


def test_fusion_trains_its_attention_only() -> None:
    fusion = Fusion([Bottleneck(2, 1), Bottleneck(2, 1)], 2)
    trained = {name for name, weight in fusion.named_parameters() if weight.requires_grad}
    assert trained == {"query.weight", "query.bias", "key.weight", "key.bias", "value.weight"}
