"""What tests share: where the data is, and small graphs."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from kgalign.kg import IngestOptions, KnowledgeGraph, ingest

ROOT = Path(__file__).resolve().parents[1]
GRAPH_DATA = ROOT / "graph_data"
SHARED_DATA = ROOT.parent / "shared" / "data"

# How long an example takes says more about what else the machine does than about the code.
settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> Iterator[None]:
    """Have Ctrl-C heard here and by child processes: a shell's background jobs start deaf to it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


MakeGraph = Callable[[str, str], KnowledgeGraph]


@pytest.fixture
def make_graph(tmp_path: Path) -> MakeGraph:
    """Ingest N-Triples given as text: ``make_graph(name, text)``."""

    def make(name: str, text: str) -> KnowledgeGraph:
        dump = tmp_path / f"{name}.nt"
        dump.write_text(text, "utf-8")
        return ingest([dump], tmp_path / name, IngestOptions())

    return make


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The benchmark data beside the checkout; skips where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the benchmark data (../shared/data) is not here")
    return SHARED_DATA


@pytest.fixture(scope="session")
def graph_data() -> Path:
    """The sample graphs that come with the repository."""
    return GRAPH_DATA


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A folder with a tiny random model of a type that transformers knows, and a small tokenizer."""
    made: dict[str, Path] = {}

    def make(model_type: str) -> Path:
        if model_type not in made:
            made[model_type] = _save_small_model(model_type, tmp_path_factory.mktemp(model_type))
        return made[model_type]

    return make


def _save_small_model(model_type: str, folder: Path) -> Path:
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import AutoConfig, AutoModel, AutoModelForSeq2SeqLM, PreTrainedTokenizerFast

    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    pieces = ["<s>", "<pad>", "</s>", "<unk>", *letters]
    tokenizer = Tokenizer(models.WordLevel({piece: place for place, piece in enumerate(pieces)}, "<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.post_processor = processors.TemplateProcessing(
        "<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", unk_token="<unk>").save_pretrained(
        folder
    )
    torch.manual_seed(0)
    sizes: dict[str, Any] = {"vocab_size": len(pieces), "pad_token_id": 1}
    if model_type in ("t5", "mt5"):
        sizes |= {"d_model": 32, "d_ff": 64, "num_layers": 2, "num_heads": 4, "d_kv": 8}
        sizes |= {"decoder_start_token_id": 1, "eos_token_id": 2}
    elif model_type == "distilbert":
        sizes |= {"dim": 32, "hidden_dim": 64, "n_layers": 2, "n_heads": 4, "max_position_embeddings": 64}
    else:
        sizes |= {
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
        }
        sizes |= {"max_position_embeddings": 64}
    whole = AutoModelForSeq2SeqLM if model_type in ("t5", "mt5") else AutoModel
    whole.from_config(AutoConfig.for_model(model_type, **sizes)).save_pretrained(folder)
    return folder
