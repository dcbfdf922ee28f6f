"""google/mt5-small as it is published, only smaller: its configuration, its vocabulary, its two embeddings.

The published mT5 has an output layer of its own (``tie_word_embeddings`` is false), more rows in its
embeddings than pieces in its vocabulary, and a vocabulary that is normalised by NMT-NFKC, with bytes to
fall back on.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
import sentencepiece
import torch
from safetensors.torch import save_file
from torch import Tensor

from kgalign.errors import InputError
from kgalign.generate import DrafterChain, GenerateOptions, Generator, TemplateRealiser, hand_written
from kgalign.generate.neural.artefact import read_description, read_network
from kgalign.generate.neural.building import is_tied, pretrained, pretrained_pieces
from kgalign.generate.neural.drafter import open_drafter
from kgalign.generate.neural.export import export
from kgalign.generate.neural.linearise import Segment, linearised
from kgalign.generate.neural.pieces import Pieces
from kgalign.generate.neural.session import train_generator
from kgalign.kg import load
from kgalign.verify import Verifier

from .conftest import fact, lessons, tiny

ROOT = Path(__file__).resolve().parents[3]
# As published, but for the sizes: d_model 512, d_kv 64, d_ff 1024, 8 layers, 6 heads, 250,112 tokens.
CONFIG: dict[str, Any] = {
    "architectures": ["MT5ForConditionalGeneration"],
    "d_ff": 64,
    "d_kv": 6,
    "d_model": 32,
    "decoder_start_token_id": 0,
    "dropout_rate": 0.1,
    "eos_token_id": 1,
    "feed_forward_proj": "gated-gelu",
    "initializer_factor": 1.0,
    "is_encoder_decoder": True,
    "layer_norm_epsilon": 1e-06,
    "model_type": "mt5",
    "num_decoder_layers": 2,
    "num_heads": 4,
    "num_layers": 2,
    "pad_token_id": 0,
    "relative_attention_num_buckets": 32,
    "tie_word_embeddings": False,
    "tokenizer_class": "T5Tokenizer",
    "transformers_version": "4.10.0.dev0",
    "use_cache": True,
}
# What stands in the rows behind the vocabulary, 250,100 to 250,111 there.
UNUSED = 12
TEXTS = (
    "Marie Curie was born in Warsaw.",
    "Париж — столица Франции, 2 138 551 человек.",
    "पेरिस फ़्रांस की राजधानी है।",
    "باريس هي عاصمة فرنسا",
    "パリはフランスの首都である。",
    "ﬁne Ａ① ½ x²",
    "signs that no text had: ☃ 𝄞 ꙮ",
)


@pytest.fixture(scope="module")
def vocabulary() -> bytes:
    """A vocabulary made as mT5's: unigram, NMT-NFKC, bytes to fall back on, a space put before each text."""
    graphs = (load(ROOT / "graph_data" / name) for name in ("world_ja_ru_ar.nt.gz", "world_en_fr_hi.ttl"))
    names = [name for graph in graphs for name in graph.labels["text"].head(600)]
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([*names, *(each.text for each in lessons())]),
        model_writer=written,
        vocab_size=1200,
        model_type="unigram",
        byte_fallback=True,
        character_coverage=0.99,
        hard_vocab_limit=False,
        normalization_rule_name="nmt_nfkc",
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
        num_threads=1,
        minloglevel=2,
    )
    return written.getvalue()


@pytest.fixture(scope="module")
def tensors(vocabulary: bytes) -> dict[str, Tensor]:
    """Random weights by the published names; the output layer is another than the embeddings."""
    from transformers import MT5Config, MT5ForConditionalGeneration

    size = sentencepiece.SentencePieceProcessor(model_proto=vocabulary).get_piece_size() + UNUSED
    torch.manual_seed(3)
    model = MT5ForConditionalGeneration(MT5Config(**CONFIG, vocab_size=size))
    shared = ("encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight")
    found = {
        name: torch.randn_like(tensor) * 0.3
        for name, tensor in model.state_dict().items()
        if name not in shared
    }
    return found | {"lm_head.weight": torch.randn(size, CONFIG["d_model"]) * 0.3}


@pytest.fixture(scope="module")
def published(
    tmp_path_factory: pytest.TempPathFactory, vocabulary: bytes, tensors: dict[str, Tensor]
) -> Path:
    folder = tmp_path_factory.mktemp("mt5-small")
    size = tensors["shared.weight"].shape[0]
    (folder / "config.json").write_text(json.dumps(CONFIG | {"vocab_size": size}, indent=2))
    (folder / "spiece.model").write_bytes(vocabulary)
    signs = {"eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}
    (folder / "special_tokens_map.json").write_text(json.dumps(signs))
    further = {"extra_ids": 0, "additional_special_tokens": None, "sp_model_kwargs": {}}
    told = {**signs, **further, "tokenizer_class": "T5Tokenizer", "name_or_path": "google/mt5-small"}
    (folder / "tokenizer_config.json").write_text(json.dumps(told))
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    return folder


def test_ids_are_those_of_sentencepiece(published: Path) -> None:
    own = sentencepiece.SentencePieceProcessor(model_file=str(published / "spiece.model"))
    _, pieces = pretrained_pair(str(published), ("en",))
    for text in TEXTS:
        assert pieces.tokens([Segment(f" {text}")]).ids == [*own.encode(text), 1]
    assert own.is_byte(own.encode(TEXTS[-1])[-1])
    # In parts between marks, too.
    parts = [Segment(" Marie Curie was"), Segment("<e0>", True), Segment(" born in Warsaw.")]
    ids = pieces.tokens(parts).ids
    mark = ids.index(max(ids))
    assert ids[:mark] == own.encode("Marie Curie was") and ids[mark + 1 : -1] == own.encode("born in Warsaw.")


def test_marks_stand_behind_the_vocabulary(published: Path, tensors: dict[str, Tensor]) -> None:
    size = tensors["shared.weight"].shape[0]
    model, pieces = pretrained_pair(str(published), ("en", "hi"))
    assert pieces.offset == size - UNUSED
    assert model.config.vocab_size == model.lm_head.out_features == max(size, len(pieces))
    assert len(pieces) > size
    for own, stored in ((model.shared.weight, "shared.weight"), (model.lm_head.weight, "lm_head.weight")):
        assert own.shape[0] == len(pieces)
        assert torch.equal(own[:size], tensors[stored])


def pretrained_pair(name: str, languages: tuple[str, ...]) -> tuple[Any, Pieces]:
    pieces = pretrained_pieces(name, languages)
    return pretrained(name, pieces, 0), pieces


def logits(model: Any, ids: list[int]) -> Tensor:
    with torch.no_grad():
        found: Tensor = model.eval()(
            input_ids=torch.tensor([ids]), decoder_input_ids=torch.tensor([[0, *ids[:3]]])
        ).logits
    return found[0]


def test_the_output_layer_is_its_own(published: Path, tensors: dict[str, Tensor]) -> None:
    model, pieces = pretrained_pair(str(published), ("en",))
    assert not is_tied(model)
    assert model.encoder.embed_tokens.weight is model.decoder.embed_tokens.weight is model.shared.weight
    ids = pieces.tokens([Segment(f" {TEXTS[0]}")]).ids
    size = tensors["shared.weight"].shape[0]
    found = logits(model, ids)[:, :size]
    with torch.no_grad():
        states = model.decoder(
            input_ids=torch.tensor([[0, *ids[:3]]]),
            encoder_hidden_states=model.encoder(input_ids=torch.tensor([ids])).last_hidden_state,
        ).last_hidden_state[0]
    torch.testing.assert_close(found, states @ tensors["lm_head.weight"].T)
    assert not torch.allclose(found, states @ tensors["shared.weight"].T, atol=0.1)


@pytest.mark.parametrize("method", ["full", "lora"])
def test_it_is_trained_kept_and_exported_with_its_own_output_layer(
    published: Path, tmp_path: Path, method: str
) -> None:
    if method == "lora":
        pytest.importorskip("peft")
    options = tiny(base=str(published), method=method, epochs=3, rate=3e-3)
    made = train_generator(lessons()[:18], [], options, tmp_path / "model")
    description = read_description(tmp_path / "model")
    assert (
        description == made
        and not description.tied
        and description.marks_from < len(Pieces.read(tmp_path / "model" / "spiece.model", ("en",)))
    )
    model = read_network(tmp_path / "model", description).model
    assert not is_tied(model)
    base, pieces = pretrained_pair(str(published), ("en",))
    same = [
        torch.equal(before[: pieces.offset], after[: pieces.offset])
        for before, after in (
            (base.shared.weight, model.shared.weight),
            (base.lm_head.weight, model.lm_head.weight),
        )
    ]
    assert same == [method == "lora"] * 2
    assert not torch.equal(base.lm_head.weight[pieces.offset :], model.lm_head.weight[pieces.offset :])
    drafter = open_drafter(tmp_path / "model", "cpu")
    asked = [linearised(each.facts, "en", "delexicalised") for each in lessons()[:6]]
    own = [each[0].segments for each in drafter.writer.write(asked, 1)]
    chain = DrafterChain(drafter, TemplateRealiser(hand_written()))
    capital = fact("Aland", "http://gazetteer.example/def/capital", "Mariehamn")
    (told,) = Generator(chain, Verifier(), GenerateOptions()).describe([("Aland", [capital])], "en")
    assert told.text == "The capital of Aland is Mariehamn."
    pytest.importorskip("ctranslate2")
    export(tmp_path / "model", tmp_path / "fast", "float32")
    exported = open_drafter(tmp_path / "fast").writer.write(asked, 1)
    assert [each[0].segments for each in exported] == own


def test_weights_in_pickles_are_refused(published: Path, tmp_path: Path) -> None:
    for name in ("config.json", "spiece.model", "tokenizer_config.json"):
        (tmp_path / name).write_bytes((published / name).read_bytes())
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04N.")
    with pytest.raises(InputError) as caught:
        pretrained_pair(str(tmp_path), ("en",))
    assert "safetensors" in str(caught.value)
