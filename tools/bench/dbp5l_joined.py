"""The training triples of DBP-5L's five languages as one graph, joined by all its links.

Adapters learn from this store; validation and test triples are not in it.

    python tools/bench/dbp5l_joined.py FOLDER [DATA]
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from dbp5l import DATA, LANGUAGES, write_graph, write_references

from kgalign.cli.main import kgalign


def main() -> None:
    """Make the store."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="where to write the joined graph")
    parser.add_argument("data", type=Path, nargs="?", default=DATA, help="the folder of DBP-5L")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        graphs = [write_graph(arguments.data, language, folder, ["train"]) for language in LANGUAGES]
        links = write_references(arguments.data / "seed_alignlinks", folder)
        command = ["fuse", *map(str, graphs), "--links", str(links), "-o", str(arguments.folder)]
        kgalign.main(command, "kgalign", standalone_mode=False)


if __name__ == "__main__":
    main()
