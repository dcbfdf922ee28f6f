from __future__ import annotations

import pytest
import torch
from torch import nn

from kgalign.encode.linear import (
    LEAST_ROWS,
    PRECISIONS,
    Int8Linear,
    make_linear,
    replace_linears,
    resolve_precision,
)
from kgalign.encode.token_lengths import single_threaded_kernels
from kgalign.errors import InputError


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_row_does_not_depend_on_the_others(precision: str) -> None:
    torch.manual_seed(0)
    rows = torch.randn(700, 96)
    layer = make_linear(torch.randn(64, 96), torch.randn(64), precision)
    with torch.inference_mode(), single_threaded_kernels():
        whole = layer(rows)
        for count in (LEAST_ROWS, 17, 31, 64, 255, 699):
            assert torch.equal(layer(rows[1 : 1 + count]), whole[1 : 1 + count])


@pytest.mark.parametrize(("precision", "error"), [("float32", 1e-6), ("bfloat16", 5e-3), ("int8", 2e-2)])
def test_near_the_exact_product(precision: str, error: float) -> None:
    torch.manual_seed(0)
    rows, weight, bias = torch.randn(40, 96), torch.randn(64, 96), torch.randn(64)
    exact = nn.functional.linear(rows.double(), weight.double(), bias.double())
    result = make_linear(weight, bias, precision)(rows).double()
    assert float((result - exact).norm() / exact.norm()) < error


def test_int8_is_exact_on_small_integers() -> None:
    weight = torch.tensor([[127.0, -2.0], [0.0, 127.0]])
    rows = torch.tensor([[127.0, 1.0], [0.0, 0.0], [-127.0, 3.0]])
    assert torch.allclose(Int8Linear(weight, None)(rows), rows @ weight.t(), rtol=1e-6)


def test_only_plain_linears_are_replaced() -> None:
    model = nn.Sequential(nn.Linear(8, 8), nn.MultiheadAttention(8, 2), nn.Sequential(nn.Linear(8, 4)))
    replace_linears(model, "int8")
    assert isinstance(model[0], Int8Linear)
    assert isinstance(model[2][0], Int8Linear)
    assert isinstance(model[1].out_proj, nn.Linear)


def test_precisions() -> None:
    cpu = torch.device("cpu")
    assert resolve_precision("auto", cpu) in ("float32", "bfloat16")
    assert resolve_precision("int8", cpu) == "int8"
    with pytest.raises(InputError, match="'fp8' is not a precision"):
        resolve_precision("fp8", cpu)


def test_without_native_bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        torch.cpu, "get_capabilities", lambda: {"avx2": True, "avx512_bf16": False}, raising=False
    )
    assert resolve_precision("auto", torch.device("cpu")) == "float32"
