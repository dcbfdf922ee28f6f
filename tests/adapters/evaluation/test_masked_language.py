from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing
from transformers import BertConfig, BertForMaskedLM, PreTrainedTokenizerFast

from kgalign.adapters.evaluation.masked_language import masked_loss
from kgalign.errors import InputError

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = [*SPECIAL, "the", "a", "dog", "cat", "runs", "sleeps", "here", "there"]
TEXTS = ["the dog runs here", "a cat sleeps", "the cat runs there here there", "a"]


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    words = Tokenizer(WordLevel({word: number for number, word in enumerate(WORDS)}, "[UNK]"))
    words.pre_tokenizer = Whitespace()
    words.post_processor = TemplateProcessing("[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return PreTrainedTokenizerFast(
        tokenizer_object=words,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    )


@pytest.fixture
def model() -> BertForMaskedLM:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=32,
    )
    return BertForMaskedLM(config)


def test_an_untrained_model_knows_about_nothing(model: BertForMaskedLM, tokenizer: Any) -> None:
    found = masked_loss(model.train(), tokenizer, TEXTS)
    assert found.tokens == 4
    assert found.loss == pytest.approx(math.log(len(WORDS)), abs=0.3)
    assert model.training


def test_the_questions_depend_on_the_seed_alone(model: BertForMaskedLM, tokenizer: Any) -> None:
    found = masked_loss(model, tokenizer, TEXTS, share=0.5)
    assert found.tokens == 2 + 2 + 3 + 1
    for batch in (1, 3):
        again = masked_loss(model, tokenizer, TEXTS, share=0.5, batch=batch)
        assert again.tokens == found.tokens
        assert again.loss == pytest.approx(found.loss, abs=1e-5)
    losses = {round(masked_loss(model, tokenizer, TEXTS, share=0.5, seed=seed).loss, 6) for seed in range(5)}
    assert len(losses) > 1


def test_a_model_that_has_learnt_the_texts_loses_less(model: BertForMaskedLM, tokenizer: Any) -> None:
    before = masked_loss(model, tokenizer, TEXTS).loss
    with torch.no_grad():
        # Every token is now guessed to be one of the words that occur.
        model.cls.predictions.bias[:5] = -20
    assert masked_loss(model, tokenizer, TEXTS).loss < before - 0.2


def test_a_tokenizer_without_a_mask_is_refused(
    model: BertForMaskedLM, tokenizer: Any, tmp_path: Path
) -> None:
    bare = PreTrainedTokenizerFast(tokenizer_object=tokenizer.backend_tokenizer, pad_token="[PAD]")
    with pytest.raises(InputError, match="no mask token"):
        masked_loss(model, bare, TEXTS)


def test_no_text_hides_nothing(model: BertForMaskedLM, tokenizer: Any) -> None:
    assert masked_loss(model, tokenizer, []).tokens == 0
