"""An adapter as a folder: ``adapter.safetensors``, ``adapter.json``, ``README.md`` (the model card)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from torch import Tensor

from kgalign.adapters.adapter_set import AdapterSet
from kgalign.adapters.base_model import BaseModel
from kgalign.adapters.description import (
    DESCRIPTION,
    FORMAT_VERSION,
    AdapterDescription,
    BaseDescription,
    model_card,
)
from kgalign.errors import InputError
from kgalign.files import atomic_directory, file_sha256

WEIGHTS = "adapter.safetensors"
CARD = "README.md"


@dataclass(frozen=True)
class Artefact:
    """An adapter read from its folder.

    Attributes:
        description: what it is.
        tensors: its weights, by the names of :class:`~kgalign.adapters.adapter_set.Trainable`.
    """

    description: AdapterDescription
    tensors: dict[str, Tensor]

    def adapters(self) -> AdapterSet:
        """The modules with their weights; not for ``lora``, which is no module of its own.

        Raises:
            InputError: if the weights don't fit the description.
        """
        modules = untrained(self.description)
        modules.load(self.tensors)
        return modules

    def check_base(self, base: BaseModel) -> None:
        """Refuse a base model that the adapter wasn't trained on.

        Raises:
            InputError: if it is another one.
        """
        wanted = self.description.base
        if base.fingerprint != wanted.fingerprint:
            raise InputError(
                f"the adapter belongs to {wanted.name} with the fingerprint {wanted.fingerprint}, "
                f"and the base {base.checkpoint.name} has {base.fingerprint}",
                remedy="name the right base with --base, or train an adapter for this one",
            )


def untrained(description: AdapterDescription) -> AdapterSet:
    """The modules that a description announces, with weights to be replaced."""
    hidden = description.base.hidden
    if description.kind == "bottleneck":
        return AdapterSet.fresh(description.places, hidden, description.width, 0)
    members = [
        AdapterSet.fresh(member.places, hidden, member.width, 0) for member in description.members.values()
    ]
    return AdapterSet.stack(members) if description.kind == "stack" else AdapterSet.fusion(members, hidden, 0)


def describe_base(base: BaseModel) -> BaseDescription:
    """What an adapter remembers of its base."""
    return BaseDescription(
        name=base.checkpoint.name,
        given=base.given,
        fingerprint=base.fingerprint,
        architecture=base.kind,
        hidden=base.hidden,
    )


def write_artefact(folder: Path, description: AdapterDescription, tensors: dict[str, Tensor]) -> None:
    """Write an adapter.

    Args:
        folder: its place.
        description: of it; the hash of the weights is filled in.
        tensors: its weights.

    Raises:
        OutputError: if the place can't be written.
    """
    from safetensors.torch import save

    with atomic_directory(folder) as scratch:
        (scratch / WEIGHTS).write_bytes(save(tensors))
        complete = description.model_copy(update={"sha256": file_sha256(scratch / WEIGHTS)})
        (scratch / DESCRIPTION).write_text(complete.model_dump_json(indent=1) + "\n", encoding="utf-8")
        (scratch / CARD).write_text(model_card(complete), encoding="utf-8")


def read_artefact(folder: str | Path) -> Artefact:
    """Read an adapter.

    Raises:
        InputError: if there is none, or it is damaged.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    place = Path(folder)
    try:
        described = AdapterDescription.model_validate_json((place / DESCRIPTION).read_bytes())
    except FileNotFoundError:
        raise InputError(
            "there is no adapter: adapter.json is missing",
            path=place,
            remedy="make one with 'kgalign adapt train', or check the path",
        ) from None
    except (OSError, ValidationError, ValueError) as error:
        raise InputError(
            "is no description of an adapter that this kgalign can read",
            path=place / DESCRIPTION,
            remedy="train the adapter again",
        ) from error
    if described.format_version != FORMAT_VERSION:
        raise InputError(
            f"the adapter has format {described.format_version}, and this kgalign reads {FORMAT_VERSION}",
            path=place,
            remedy="train the adapter again",
        )
    try:
        if file_sha256(place / WEIGHTS) != described.sha256:
            raise InputError("is damaged", path=place / WEIGHTS, remedy="train or copy the adapter again")
        tensors = load_file(place / WEIGHTS)
    except (OSError, SafetensorError) as error:
        raise InputError(
            "can't be read", path=place / WEIGHTS, remedy="train or copy the adapter again"
        ) from error
    return Artefact(described, tensors)
