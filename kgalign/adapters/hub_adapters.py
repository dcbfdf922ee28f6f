"""Taking over adapters that the library ``adapters`` (AdapterHub) saved, such as those of the MLKI paper.

Its folders hold ``adapter_config.json`` and one file of weights whose names tell the layer, the adapter
and the matrix: ``bert.encoder.layer.3.output.adapters.EP.adapter_down.0.weight``, or for AdapterFusion
``bert.encoder.layer.3.output.adapter_fusion_layer.EP,TP.query.weight`` beside the adapters. Only
safetensors are read: a pickle runs whatever its author put into it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from kgalign import __version__
from kgalign.adapters.artefact import describe_base, untrained, write_artefact
from kgalign.adapters.base_model import BaseModel
from kgalign.adapters.description import AdapterDescription, MemberDescription
from kgalign.errors import InputError

_CONFIG = "adapter_config.json"
_LAYER = (
    r"(?:^|\.)(?:(?P<t5side>encoder|decoder)\.block\.(?P<block>\d+)\.layer\.\d+"
    r"|(?P<side>encoder)\.layer\.(?P<layer>\d+)\.output)\."
)
_ADAPTER = re.compile(
    _LAYER + r"adapters\.(?P<name>[^.]+)\.adapter_(?P<part>down\.0|up)\.(?P<kind>weight|bias)$"
)
_FUSION = re.compile(
    _LAYER + r"adapter_fusion_layer\.(?P<names>[^.]+)\.(?P<part>query|key|value)\.(?P<kind>weight|bias)$"
)


def import_adapter(source: Path, base: BaseModel, folder: Path) -> AdapterDescription:
    """Write an adapter of AdapterHub's layout as one of ours.

    Args:
        source: its folder.
        base: the model that it was trained on; the layout has no hash of it, so that is taken on trust.
        folder: where to write it.

    Raises:
        InputError: if it is no such folder, or of a kind that isn't a plain bottleneck.
        OutputError: if *folder* can't be written.
    """
    name = _checked_name(source)
    stored = _weights(source)
    members, tensors = renamed(stored, source)
    fused = any(_FUSION.search(key) for key in stored)
    if not fused and len(members) > 1:
        raise InputError(
            f"holds several adapters ({', '.join(members)}) and no fusion of them",
            path=source,
            remedy="save them one by one",
        )
    first = next(iter(members.values()))
    description = AdapterDescription(
        kgalign_version=__version__,
        kind="fusion" if fused else "bottleneck",
        base=describe_base(base),
        width=first.width,
        places=first.places,
        members=members if fused else {},
        note=f"Imported from an adapter of the library adapters, named {name}.",
    )
    # Loading them once finds what is missing or has another shape, before anything is written.
    modules = untrained(description)
    modules.load(tensors)
    write_artefact(folder, description, modules.tensors())
    return description


def renamed(
    stored: Mapping[str, Tensor], source: Path
) -> tuple[dict[str, MemberDescription], dict[str, Tensor]]:
    """Weights under our names.

    Args:
        stored: weights under the names of the library ``adapters``.
        source: where they are from, for messages.

    Returns:
        The adapters by name, and the weights.

    Raises:
        InputError: if a weight has no place here.
    """
    fused: list[str] = next(
        (found["names"].split(",") for key in stored if (found := _FUSION.search(key))), []
    )
    names = fused or sorted({found["name"] for key in stored if (found := _ADAPTER.search(key))})
    tensors: dict[str, Tensor] = {}
    widths: dict[str, int] = {}
    places: dict[str, dict[str, None]] = {name: {} for name in names}
    for key, values in stored.items():
        adapter, fusion = _ADAPTER.search(key), _FUSION.search(key)
        if adapter is not None and adapter["name"] in names:
            part = f"{adapter['part'].removesuffix('.0')}.{adapter['kind']}"
            member = f"adapters.{names.index(adapter['name'])}." if fused else ""
            place = _place(adapter)
            tensors[f"{place}.{member}{part}"] = values.float()
            places[adapter["name"]][place] = None
            if part == "down.weight":
                widths[adapter["name"]] = len(values)
        elif fusion is not None:
            tensors[f"{_place(fusion)}.{fusion['part']}.{fusion['kind']}"] = values.float()
        else:
            raise InputError(
                f"the weight {key} is of no bottleneck adapter on a feed-forward output",
                path=source,
                remedy="only adapters in the manner of Pfeiffer et al. (2021) can be imported",
            )
    if not tensors or set(widths) != set(names):
        raise InputError("there are no weights of an adapter", path=source, remedy="check the folder")
    members = {
        name: MemberDescription(width=widths[name], places=tuple(sorted(places[name], key=_order)))
        for name in names
    }
    return members, tensors


def _place(found: re.Match[str]) -> str:
    return f"{found['t5side'] or found['side']}.{found['block'] or found['layer']}"


def _order(place: str) -> tuple[bool, int]:
    side, number = place.split(".")
    return side != "encoder", int(number)


def _checked_name(source: Path) -> str:
    """The adapter's name, if its configuration is one that a bottleneck here computes."""
    try:
        told: dict[str, Any] = json.loads((source / _CONFIG).read_text("utf-8"))
    except FileNotFoundError:
        raise InputError(
            f"is no folder of the library adapters: {_CONFIG} is missing",
            path=source,
            remedy="check the path",
        ) from None
    except (OSError, ValueError) as error:
        raise InputError("is not readable JSON", path=source / _CONFIG, remedy="fetch it again") from error
    config = told.get("config")
    if isinstance(config, dict):
        unlike = {"non_linearity": "relu", "mh_adapter": False, "ln_before": False, "ln_after": False}
        for option, wanted in unlike.items():
            if config.get(option, wanted) != wanted:
                raise InputError(
                    f"the adapter has {option} = {config[option]!r}, and only {wanted!r} can be imported",
                    path=source / _CONFIG,
                )
    return str(told.get("name", source.name))


def _weights(source: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    found = sorted(source.glob("*.safetensors"))
    if not found:
        raise InputError(
            "holds no safetensors; pickled weights (.bin) are not read, as they could run anything",
            path=source,
            remedy="save the adapter again with use_safetensors=True of the library adapters",
        )
    stored: dict[str, Tensor] = {}
    for path in found:
        try:
            stored |= load_file(path)
        except (OSError, SafetensorError) as error:
            raise InputError("can't be read", path=path, remedy="fetch it again") from error
    return stored
