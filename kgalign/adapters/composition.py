"""Several adapters as one: a stack of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kgalign import __version__
from kgalign.adapters.adapter_set import AdapterSet
from kgalign.adapters.artefact import Artefact, write_artefact
from kgalign.adapters.description import AdapterDescription, MemberDescription
from kgalign.errors import InputError


def members_of(named: Sequence[tuple[str, Artefact]]) -> dict[str, MemberDescription]:
    """What a stack or fusion remembers of its members.

    Raises:
        InputError: if one is no bottleneck adapter, or two share a name.
    """
    members: dict[str, MemberDescription] = {}
    for name, artefact in named:
        found = artefact.description
        if found.kind != "bottleneck":
            raise InputError(
                f"the adapter {name} is a {found.kind}; only single bottleneck adapters can be put together",
                remedy="name the adapters that it was made from",
            )
        if name in members:
            raise InputError(f"two adapters are named {name}", remedy="rename one of the folders")
        members[name] = MemberDescription(width=found.width, places=found.places)
    return members


def stack(named: Sequence[tuple[str, Artefact]], folder: Path) -> AdapterDescription:
    """Put adapters one upon the other, the first lowest, and write that to *folder*.

    (AdapterFusion has weights of its own: train it, ``kgalign adapt train --fuse``.)

    Args:
        named: two adapters or more, of one base, with their names.
        folder: where to.

    Raises:
        InputError: if they don't belong together.
        OutputError: if *folder* can't be written.
    """
    members = members_of(named)
    if len(members) < 2:
        raise InputError("a stack needs two adapters or more", remedy="name another one")
    bases = {artefact.description.base.fingerprint for _, artefact in named}
    if len(bases) > 1:
        raise InputError("the adapters belong to different base models", remedy="choose adapters of one base")
    modules = AdapterSet.stack([artefact.adapters() for _, artefact in named])
    first = named[0][1].description
    description = AdapterDescription(
        kgalign_version=__version__,
        kind="stack",
        base=first.base,
        width=first.width,
        places=tuple(modules.modules),
        members=members,
    )
    write_artefact(folder, description, modules.tensors())
    return description
