"""From a name to an encoder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kgalign.encode.base import TextEncoder
from kgalign.encode.embedded import NAME as EMBEDDED

if TYPE_CHECKING:
    from kgalign.encode.checkpoint import Checkpoint

_SHORT = "e5"


@dataclass(frozen=True)
class EncoderOptions:
    """How an encoder is to run; see :func:`load_encoder`."""

    device: str = "auto"
    precision: str = "auto"
    cache: bool = True
    allow_download: bool = False


def load_encoder(
    name: str = "e5",
    *,
    device: str = "auto",
    precision: str = "auto",
    cache: bool = True,
    allow_download: bool = False,
) -> TextEncoder:
    """Load an encoder by name.

    Args:
        name: ``e5`` (the embedded multilingual-e5-small), ``characters``, the folder of a Hugging Face
            or sentence-transformers model, or the name of one on the Hugging Face hub.
        device: ``auto`` (a GPU if there is one), ``cpu``, ``cuda``, …
        precision: ``auto``, ``float32``, ``bfloat16`` or ``int8``.
        cache: whether vectors are kept on the disk for the next run.
        allow_download: whether a model that isn't here may be fetched from the network.

    Raises:
        InputError: if there is no such model, an option isn't known, or the model can't be loaded.

    Example:
        >>> encoder = load_encoder("characters")
        >>> first, second = encoder.encode(["Москва", "Moskva"])
        >>> bool(first @ second > 0.99)
        True
    """
    options = EncoderOptions(device, precision, cache, allow_download)
    return BUILT_IN[name](options) if name in BUILT_IN else _load_model(name, options)


def open_checkpoint(name: str, *, allow_download: bool = False) -> Checkpoint:
    """The model folder behind a name, as for :func:`load_encoder`; the weights are not loaded yet.

    Raises:
        InputError: if there is no such model.
    """
    from kgalign.encode.checkpoint import find_model, read_checkpoint

    if name in (_SHORT, EMBEDDED):
        from kgalign.encode.embedded import embedded_checkpoint, read_manifest

        folder = embedded_checkpoint()
        return read_checkpoint(folder, EMBEDDED, read_manifest(folder)["files"])
    folder = find_model(name, allow_download=allow_download)
    return read_checkpoint(folder, Path(name).name if Path(name).is_dir() else name)


def _load_characters(options: EncoderOptions) -> TextEncoder:
    # Reading these vectors from a disk would take longer than making them.
    from kgalign.encode.characters import CharacterEncoder

    return CharacterEncoder()


def _load_model(name: str, options: EncoderOptions) -> TextEncoder:
    checkpoint = open_checkpoint(name, allow_download=options.allow_download)
    encoder: TextEncoder
    if checkpoint.plain:
        from kgalign.encode.transformer import TransformerEncoder

        encoder = TransformerEncoder(checkpoint, device=options.device, precision=options.precision)
    else:
        from kgalign.encode.sbert import SentenceTransformersEncoder

        encoder = SentenceTransformersEncoder(checkpoint, device=options.device, precision=options.precision)
    return _cached(encoder, options)


def _cached(encoder: TextEncoder, options: EncoderOptions) -> TextEncoder:
    if not options.cache:
        return encoder
    from kgalign.encode.cache import CachedEncoder

    return CachedEncoder(encoder)


BUILT_IN: dict[str, Callable[[EncoderOptions], TextEncoder]] = {
    _SHORT: partial(_load_model, _SHORT),
    EMBEDDED: partial(_load_model, EMBEDDED),
    "characters": _load_characters,
}
