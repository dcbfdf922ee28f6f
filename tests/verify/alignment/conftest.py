from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from kgalign.verify import Fact, Lesson, Name, Term

CITIES = ("London", "Warsaw", "Paddington", "Erlangen", "Vienna", "Pisa", "Ulm", "Breslau")
PEOPLE = ("Ada", "Marie", "Alan", "Emmy", "Lise", "Galileo", "Albert", "Max")
WORDS = (*CITIES, *PEOPLE, "was", "born", "in", "and", "died", "not", ".", "|", "place", "birth", "death")
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")


def term(text: str) -> Term:
    return Term(value=text, names=(Name(text=text, language="en"),))


def fact(subject: str, relation: str, thing: str) -> Fact:
    return Fact(subject=term(subject), relation=term(relation), object=term(thing))


@pytest.fixture(scope="session")
def lessons() -> list[Lesson]:
    """Who was born where, and died where, in English."""
    found = []
    for row, person in enumerate(PEOPLE):
        for step in range(1, len(CITIES)):
            here, there = CITIES[row], CITIES[(row + step) % len(CITIES)]
            text = f"{person} was born in {here} and died in {there} ."
            facts = (fact(person, "birth place", here), fact(person, "death place", there))
            found.append(Lesson(text, "en", facts))
    return found


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random BERT of two layers that knows the words of the lessons."""
    folder = tmp_path_factory.mktemp("tiny-bert")
    words = [*SPECIAL, *WORDS]
    tokenizer = Tokenizer(models.WordLevel({word: place for place, word in enumerate(words)}, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Split(Regex(r"[.,]"), "isolated")]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        "[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]").save_pretrained(
        folder
    )
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words), hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=64, max_position_embeddings=130,
    )  # fmt: skip
    BertModel(config).save_pretrained(folder)
    return folder
