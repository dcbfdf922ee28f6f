"""What a checkpoint folder says about itself: where its parts lie, its pooling, its prefix, its print."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kgalign.errors import InputError
from kgalign.files import file_sha256

_PLAIN_MODULES = {"Transformer", "Pooling", "Normalize"}
_WANTED = ["*.json", "*.safetensors", "*.txt", "*.model"]
_E5 = re.compile(r"(?:^|[-_/])e5(?:[-_/]|$)", re.IGNORECASE)
POOLINGS = ("mean", "cls")


@dataclass(frozen=True)
class Checkpoint:
    """A model folder, read but not loaded.

    Attributes:
        folder: the folder as given.
        transformer: the folder of the transformer itself, which may lie one deeper.
        name: how to call the model.
        pooling: ``mean`` or ``cls``.
        prefix: what the model expects before every text.
        longest: the most tokens that the model's makers allow, or ``None``.
        plain: whether a transformer and :attr:`pooling` are all there is; otherwise the model needs
            sentence-transformers.
        digests: the SHA-256 of files that were read through a moment ago, by their place in the folder.
    """

    folder: Path
    transformer: Path
    name: str
    pooling: str
    prefix: str
    longest: int | None
    plain: bool
    digests: Mapping[str, str] = field(default_factory=dict)

    def fingerprint(self) -> str:
        """A short hash of every byte that can change a vector."""
        digest = hashlib.sha256()
        for path in sorted(_relevant_files(self.folder)):
            relative = path.relative_to(self.folder).as_posix()
            digest.update(relative.encode() + b"\0")
            digest.update((self.digests.get(relative) or file_sha256(path)).encode())
        return digest.hexdigest()[:16]


def find_model(name: str, *, allow_download: bool = False) -> Path:
    """The folder of a model given by path or by its name on the Hugging Face hub.

    Args:
        name: a folder, or a name such as ``intfloat/multilingual-e5-base``.
        allow_download: whether the network may be used; otherwise only models downloaded before.

    Raises:
        InputError: if there is no such model, or not here and downloading isn't allowed.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        if not (folder / "config.json").is_file() and not (folder / "modules.json").is_file():
            raise InputError("is not a model folder: it has no config.json", path=folder)
        return folder
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError

    try:
        found = snapshot_download(name, allow_patterns=_WANTED, local_files_only=not allow_download)
    except HFValidationError as error:
        raise _unknown_model(name) from error
    except Exception as error:
        # The hub client raises its own, requests' and the system's errors alike.
        raise _unknown_model(name, downloading=allow_download) from error
    return Path(found)


def _unknown_model(name: str, downloading: bool = True) -> InputError:
    if downloading:
        return InputError(
            f"the model {name!r} is neither a folder here nor to be had from the Hugging Face hub",
            remedy="check its name and the network",
        )
    return InputError(
        f"the model {name!r} is neither built in, nor a folder here, nor downloaded already",
        remedy="check its name, or allow the download",
    )


def read_checkpoint(folder: Path, name: str, digests: Mapping[str, str] | None = None) -> Checkpoint:
    """Read the descriptions in a model folder, those of sentence-transformers included.

    Args:
        folder: the model.
        name: how to call it.
        digests: as in :class:`Checkpoint`.

    Raises:
        InputError: if they can't be read.
    """
    modules = _read_json(folder / "modules.json", [])
    kinds = {str(module["type"]).rsplit(".", 1)[-1]: folder / module["path"] for module in modules}
    transformer = kinds.get("Transformer", folder)
    pooling = _pooling(_read_json(kinds.get("Pooling", folder / "1_Pooling") / "config.json", {}))
    limits = _read_json(transformer / "sentence_bert_config.json", {})
    longest = limits.get("max_seq_length")
    return Checkpoint(
        folder=folder,
        transformer=transformer,
        name=name,
        pooling=pooling or "mean",
        prefix=_prefix(folder, name),
        longest=int(longest) if longest else None,
        plain=(not kinds or {"Transformer", "Pooling"} <= set(kinds) <= _PLAIN_MODULES)
        and pooling is not None
        and not limits.get("do_lower_case", False)
        and limits.get("transformer_task", "feature-extraction") == "feature-extraction",
        digests=digests or {},
    )


def _pooling(config: dict[str, Any]) -> str | None:
    """The pooling of a sentence-transformers configuration; ``None`` where it is neither mean nor CLS."""
    if not config:
        return "mean"
    if config.get("include_prompt") is False:
        return None
    modes = {key for key, value in config.items() if key.startswith("pooling_mode_") and value is True}
    named = config.get("pooling_mode")
    if isinstance(named, str):
        return named if named in POOLINGS else None
    return {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "cls"}.get("+".join(sorted(modes)))


def _prefix(folder: Path, name: str) -> str:
    """The model's own default prompt; an E5 model without one wants ``query: `` for symmetric tasks."""
    described = _read_json(folder / "config_sentence_transformers.json", {})
    default = described.get("default_prompt_name")
    if default:
        return str(described.get("prompts", {}).get(default, ""))
    origin = str(_read_json(folder / "config.json", {}).get("_name_or_path", ""))
    is_e5 = any(_E5.search(candidate) and "instruct" not in candidate for candidate in (name, origin))
    return "query: " if is_e5 else ""


def _read_json(path: Path, default: Any) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return default
    except (OSError, ValueError) as error:
        raise InputError("is not readable JSON", path=path) from error


def _relevant_files(folder: Path) -> list[Path]:
    return [path for pattern in _WANTED for path in folder.rglob(pattern) if path.is_file()]
