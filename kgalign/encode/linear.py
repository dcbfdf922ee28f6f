"""Linear layers at three precisions, each row's result independent of the rows beside it.

The rule matters more than the last bit of speed: a label's vector must not depend on which labels
happen to share its batch, or a vector from the cache would differ from a fresh one. PyTorch's own
dynamic quantisation breaks it, because one scale serves the whole batch; here every row has its own.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from kgalign.errors import InputError

PRECISIONS = ("float32", "bfloat16", "int8")
# Below 16 rows (per thread) the float32 kernels of MKL take other paths, with other rounding.
LEAST_ROWS = 16
_INT8_LIMIT = 127.0


class RoundedLinear(nn.Module):
    """A linear layer with its weights in float32 or bfloat16; sums are float32 either way.

    Args:
        weight: ``out × in``.
        bias: ``out``, or none.
        dtype: the type of the weights.
        result: the type of the result, if it isn't to be *dtype*.
    """

    def __init__(
        self, weight: Tensor, bias: Tensor | None, dtype: torch.dtype, result: torch.dtype | None = None
    ) -> None:
        super().__init__()
        self._result = result or dtype
        self.register_buffer("weight", weight.detach().to(dtype), persistent=False)
        self.register_buffer("bias", None if bias is None else bias.detach().to(dtype), persistent=False)
        self.weight: Tensor
        self.bias: Tensor | None

    def forward(self, rows: Tensor) -> Tensor:
        """Map ``… × in`` to ``… × out``."""
        return functional.linear(rows.to(self.weight.dtype), self.weight, self.bias).to(self._result)


class Int8Linear(nn.Module):
    """A linear layer with 8-bit weights (one scale per output) and inputs (one scale per row).

    The products are summed in integers, so they are exact. The scheme is the per-token, per-channel
    one of ZeroQuant (Yao et al., 2022).

    Args:
        weight: ``out × in``.
        bias: ``out``, or none.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        weight = weight.detach().float()
        scale = weight.abs().amax(1).clamp_min(1e-12) / _INT8_LIMIT
        quantised = (weight / scale[:, None]).round().to(torch.int8)
        self.register_buffer("weight", quantised.t().contiguous(), persistent=False)
        self.register_buffer("scale", scale, persistent=False)
        self.register_buffer("bias", None if bias is None else bias.detach().float(), persistent=False)
        self.weight: Tensor
        self.scale: Tensor
        self.bias: Tensor | None

    def forward(self, rows: Tensor) -> Tensor:
        """Map ``… × in`` to ``… × out`` float32."""
        flat = rows.reshape(-1, rows.shape[-1]).float()
        reach = torch.maximum(flat.amax(1, keepdim=True), -flat.amin(1, keepdim=True)).clamp_min(1e-12)
        quantised = (flat * (_INT8_LIMIT / reach)).round_().to(torch.int8)
        # torch._int_mm is PyTorch's only int8 × int8 → int32 product; torchao builds on it too.
        sums = torch._int_mm(quantised, self.weight).float().mul_(reach / _INT8_LIMIT)
        sums = sums.mul_(self.scale) if self.bias is None else torch.addcmul(self.bias, sums, self.scale)
        return sums.reshape(*rows.shape[:-1], -1)


def make_linear(
    weight: Tensor, bias: Tensor | None, precision: str, result: torch.dtype | None = None
) -> nn.Module:
    """A linear layer at one of :data:`PRECISIONS`; *result* as in :class:`RoundedLinear`."""
    if precision == "int8":
        return Int8Linear(weight, bias)
    dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
    return RoundedLinear(weight, bias, dtype, result)


def replace_linears(model: nn.Module, precision: str) -> None:
    """Put every plain ``nn.Linear`` of *model* at *precision*; what lies between stays float32."""
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            # Subclasses may be read by their parent's own kernel, as in nn.MultiheadAttention.
            if type(child) is nn.Linear:
                setattr(parent, name, make_linear(child.weight, child.bias, precision, torch.float32))


def resolve_precision(precision: str, device: torch.device) -> str:
    """Choose for ``auto``: bfloat16 where the hardware multiplies it natively, else float32.

    Raises:
        InputError: for a precision that isn't known.
    """
    if precision in PRECISIONS:
        return precision
    if precision != "auto":
        known = ", ".join(("auto", *PRECISIONS))
        raise InputError(f"{precision!r} is not a precision", remedy=f"choose one of {known}")
    if device.type == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        native = device.type == "cpu" and _cpu_multiplies_bfloat16()
    return "bfloat16" if native else "float32"


def _cpu_multiplies_bfloat16() -> bool:
    # Without these instructions oneDNN emulates bfloat16, slower than float32.
    capabilities: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    return any(bool(capabilities.get(name)) for name in ("avx512_bf16", "amx_bf16", "bf16"))
