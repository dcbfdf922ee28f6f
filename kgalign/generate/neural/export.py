"""A trained model for ctranslate2: int8, and several times faster on a CPU."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from kgalign.errors import InputError
from kgalign.files import atomic_directory
from kgalign.generate.neural.artefact import (
    COMMON,
    DESCRIPTION,
    VOCABULARY,
    model_card,
    read_description,
    read_network,
    read_pieces,
)
from kgalign.generate.neural.pieces import END, PADDING, UNKNOWN, Pieces

QUANTIZATIONS = ("int8", "int8_float32", "int16", "float32")


def export(folder: Path, output: Path, quantization: str = "int8") -> None:
    """Write the model in *folder* to *output* as ctranslate2 reads it.

    Args:
        folder: a model that :func:`~kgalign.generate.neural.session.train_generator` wrote.
        output: where to write.
        quantization: one of :data:`QUANTIZATIONS`.

    Raises:
        InputError: if ctranslate2 isn't installed, or can't run such a model.
        OutputError: if the place can't be written.
    """
    description = read_description(folder)
    if description.fact_aware or description.bottleneck is not None:
        raise InputError(
            "ctranslate2 knows neither fact-aware embeddings nor bottleneck adapters",
            path=folder,
            remedy="train without --fact-aware, and with --method full or lora",
        )
    pieces = read_pieces(folder, description)
    model = read_network(folder, description).model
    spec = _specification(model, pieces)
    with atomic_directory(output) as scratch:
        spec.validate()
        spec.optimize(quantization=quantization)
        spec.save(str(scratch))
        for name in (VOCABULARY, COMMON, DESCRIPTION):
            shutil.copyfile(folder / name, scratch / name)
        (scratch / "README.md").write_text(model_card(description), "utf-8")


def _specification(model: Any, pieces: Pieces) -> Any:
    try:
        from ctranslate2.converters.transformers import T5Loader
        from ctranslate2.specs import common_spec, transformer_spec
    except ImportError:
        raise InputError(
            "an export needs the library ctranslate2", remedy="run: pip install kgalign[ctranslate2]"
        ) from None
    config = model.config
    spec = transformer_spec.TransformerSpec.from_config(
        (config.num_layers, config.num_decoder_layers),
        config.num_heads,
        pre_norm=True,
        activation=common_spec.Activation.GELUTanh,
        ffn_glu=True,
        relative_attention_bias=True,
        rms_norm=True,
    )
    loader = T5Loader()
    loader.set_stack(spec.encoder, model.encoder)
    loader.set_stack(spec.decoder, model.decoder, is_decoder=True)
    # The library's own converter also scales the output where the embeddings are tied: T5 does, mT5 doesn't.
    loader.set_linear(spec.decoder.projection, model.lm_head)
    names = pieces.texts()
    names += [f"<unused {number}>" for number in range(len(names), config.vocab_size)]
    spec.register_source_vocabulary(names)
    spec.register_target_vocabulary(names)
    spec.config.bos_token = spec.config.decoder_start_token = names[PADDING]
    spec.config.eos_token = names[END]
    spec.config.unk_token = names[UNKNOWN]
    return spec
