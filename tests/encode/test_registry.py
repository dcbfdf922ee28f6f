from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kgalign.encode import BUILT_IN, CachedEncoder, load_encoder
from kgalign.encode.characters import CharacterEncoder
from kgalign.encode.transformer import TransformerEncoder
from kgalign.errors import InputError


def test_importing_is_cheap() -> None:
    program = "import sys, kgalign.encode; print(*{'torch', 'transformers', 'scipy'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert run.stdout.strip() == ""


def test_built_in_names() -> None:
    assert set(BUILT_IN) == {"e5", "multilingual-e5-small", "characters"}
    assert isinstance(load_encoder("characters"), CharacterEncoder)


def test_the_default_is_the_embedded_model(e5_folder: Path) -> None:
    encoder = load_encoder(device="cpu")
    assert isinstance(encoder, CachedEncoder)
    assert encoder.dimension == 384
    assert encoder.identity.startswith("multilingual-e5-small:")
    assert encoder.identity == load_encoder("multilingual-e5-small", device="cpu", cache=False).identity
    plain = load_encoder("e5", device="cpu", cache=False)
    assert isinstance(plain, TransformerEncoder)
    assert plain.prefix == "query: "
    assert np.array_equal(encoder.encode(["Berlin"]), plain.encode(["Berlin"]))


def test_the_embedded_folder_by_path_is_the_same_model(e5_folder: Path) -> None:
    by_path = load_encoder(str(e5_folder), device="cpu", cache=False)
    by_name = load_encoder("e5", device="cpu", cache=False)
    assert by_path.identity.partition(":")[2] == by_name.identity.partition(":")[2]


def test_a_local_path(small_model: Callable[[str], Path]) -> None:
    encoder = load_encoder(str(small_model("bert")), device="cpu")
    assert encoder.encode(["abc", "x"]).shape == (2, 32)


def test_unknown_name() -> None:
    with pytest.raises(InputError, match="neither built in, nor a folder here, nor downloaded already"):
        load_encoder("nobody/no-such-model")
