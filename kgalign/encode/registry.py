"""From a name to an encoder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kgalign.encode.base import TextEncoder
from kgalign.encode.embedded import NAME as EMBEDDED


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


def _load_embedded(options: EncoderOptions) -> TextEncoder:
    from kgalign.encode.checkpoint import read_checkpoint
    from kgalign.encode.embedded import embedded_checkpoint, read_manifest
    from kgalign.encode.transformer import TransformerEncoder

    folder = embedded_checkpoint()
    checkpoint = read_checkpoint(folder, EMBEDDED, read_manifest(folder)["files"])
    encoder = TransformerEncoder(checkpoint, device=options.device, precision=options.precision)
    return _cached(encoder, options)


def _load_characters(options: EncoderOptions) -> TextEncoder:
    # Reading these vectors from a disk would take longer than making them.
    from kgalign.encode.characters import CharacterEncoder

    return CharacterEncoder()


def _load_model(name: str, options: EncoderOptions) -> TextEncoder:
    from kgalign.encode.checkpoint import find_model, read_checkpoint

    folder = find_model(name, allow_download=options.allow_download)
    checkpoint = read_checkpoint(folder, Path(name).name if Path(name).is_dir() else name)
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
    "e5": _load_embedded,
    EMBEDDED: _load_embedded,
    "characters": _load_characters,
}
