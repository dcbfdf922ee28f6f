"""A masked language model with an adapter in it, to see what it still knows of general text."""

from __future__ import annotations

from typing import Any

from kgalign.adapters.artefact import Artefact
from kgalign.adapters.base_model import BaseModel
from kgalign.adapters.insertion import places
from kgalign.encode.auto_model import load_transformer
from kgalign.errors import InputError

# Where BERT's and XLM-R's checkpoints keep what guesses a token.
_HEADS = ("cls.predictions.", "lm_head.")


def open_masked(base: BaseModel, artefact: Artefact | None = None) -> tuple[Any, Any]:
    """Load *base* with what guesses hidden tokens, and its tokenizer.

    Args:
        base: a model that was trained to guess tokens, such as mBERT or XLM-R.
        artefact: bottleneck adapters, a stack or a fusion of them to stand in it; None for the frozen model.

    Returns:
        The model and its tokenizer, as transformers has them.

    Raises:
        InputError: if the checkpoint can't guess tokens (a sentence encoder can't), or the adapter is of
            another base or kind.
    """
    from safetensors import safe_open
    from transformers import AutoTokenizer

    folder = base.checkpoint.transformer
    with safe_open(folder / "model.safetensors", "pt") as stored:
        guesses = any(name.startswith(_HEADS) for name in stored.keys())  # noqa: SIM118 (not a mapping)
    if not guesses:
        raise InputError(
            "the model can't guess hidden tokens: its checkpoint has no language modelling head",
            path=folder,
            remedy="measure the contrastive loss instead",
        )
    model = load_transformer(folder, "AutoModelForMaskedLM").to(base.device).eval()
    if artefact is not None:
        artefact.check_base(base)
        if artefact.description.kind == "lora":
            raise InputError("the masked loss is measured with bottleneck adapters only")
        adapters = artefact.adapters().to(base.device).modules
        for name, place in places(model).items():
            place.put(adapters.get(name))
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    return model, tokenizer
