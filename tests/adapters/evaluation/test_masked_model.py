from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from torch import nn
from transformers import BertConfig, BertForMaskedLM, PreTrainedTokenizerFast

from kgalign.adapters.adapter_set import AdapterSet
from kgalign.adapters.artefact import Artefact, describe_base
from kgalign.adapters.base_model import BaseModel
from kgalign.adapters.description import AdapterDescription
from kgalign.adapters.evaluation.masked_language import masked_loss
from kgalign.adapters.evaluation.masked_model import open_masked
from kgalign.errors import InputError

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "dog", "cat", "runs", "sleeps"]
TEXTS = ["the dog runs", "the cat sleeps the dog"]


@pytest.fixture
def base(tmp_path: Path) -> BaseModel:
    words = Tokenizer(WordLevel({word: number for number, word in enumerate(WORDS)}, "[UNK]"))
    words.pre_tokenizer = Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="[PAD]", unk_token="[UNK]", mask_token="[MASK]"
    ).save_pretrained(tmp_path / "model")
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=32,
    )
    BertForMaskedLM(config).save_pretrained(tmp_path / "model")
    return BaseModel.open(str(tmp_path / "model"), device="cpu")


def adapter(base: BaseModel) -> Artefact:
    modules = AdapterSet.fresh(["encoder.0"], 16, 4, 0)
    description = AdapterDescription(
        kgalign_version="0", kind="bottleneck", base=describe_base(base), width=4, places=("encoder.0",)
    )
    return Artefact(description, modules.tensors())


def test_an_adapter_changes_the_loss_once_it_is_trained(base: BaseModel) -> None:
    frozen = masked_loss(*open_masked(base), TEXTS, share=0.5)
    untrained = adapter(base)
    assert masked_loss(*open_masked(base, untrained), TEXTS, share=0.5) == frozen
    trained = {name: nn.init.normal_(torch.empty_like(values)) for name, values in untrained.tensors.items()}
    changed = masked_loss(*open_masked(base, Artefact(untrained.description, trained)), TEXTS, share=0.5)
    assert changed.tokens == frozen.tokens
    assert changed.loss != pytest.approx(frozen.loss)


def test_an_encoder_without_a_head_is_refused(small_model) -> None:
    with pytest.raises(InputError, match="no language modelling head"):
        open_masked(BaseModel.open(str(small_model("bert")), device="cpu"))
