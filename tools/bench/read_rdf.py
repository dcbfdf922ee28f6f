"""Speed and memory of reading N-Triples into a store, with rdflib's own parser beside it.

Generates a seeded N-Triples file (unicode, escapes, language tags, datatypes, blank nodes; 2,000,000
statements unless told), reads it in a fresh process, and prints statements per CPU second and the
peak resident memory of that process, imports included. A second file has the same statements with
ten times the literal text, which makes it four times as large: memory that follows the text would
show there.

    python tools/bench/read_rdf.py --json read_rdf.json

Goals: at least 150,000 statements per CPU second; peak under 600 MB; nearly the same peak for the
second file. CPU seconds are user and system time of all the process's threads. On cores shared with
other work they grow too, by up to a half.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

SEED = 20
GOAL_PER_CPU_SECOND = 150_000
GOAL_MEGABYTES = 600

_TEXT = (
    "river mountain city Straße großer König école fleuve été naïve Москва река город 東京 北京市 "
    '山脈 서울 강 हिन्दी नदी النيل مدينة Αθήνα ποταμός \\u00e9t\\u00e9 \\"quoted\\" tab\\there '
    "line\\nbreak back\\\\slash the of and in was is a to which by for with on as from at its are"
)
_WORDS = _TEXT.split(" ")
_LANGUAGES = ("en", "de", "fr", "zh", "zh-Hant", "ja", "ar", "hi", "pt-BR", "el")
_RELATIONS = [f"<http://example.org/ontology/relation{number}>" for number in range(300)]
_TYPED = ('"{}"^^<{}integer>', '"{}.5"^^<{}decimal>', '"1999-01-01T00:00:00.{:07}Z"^^<{}dateTime>')
_XSD = "http://www.w3.org/2001/XMLSchema#"
_LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"

_INGEST = """
import sys
from kgalign.kg import ingest
manifest = ingest([sys.argv[1]], sys.argv[2]).manifest
assert "torch" not in sys.modules
print(manifest.triples)
"""
_RDFLIB = """
import sys
import rdflib
graph = rdflib.Graph()
graph.parse(sys.argv[1], format="nt")
print(len(graph))
"""


@dataclass(frozen=True)
class Measured:
    """What one reading of one file took."""

    reader: str
    file: str
    statements: int
    file_megabytes: float
    cpu_seconds: float
    statements_per_cpu_second: float
    peak_megabytes: float


def generate(path: Path, statements: int, text_factor: int) -> None:
    """Write *statements* statements; the same ones for any *text_factor*, but for the length of text."""
    structure, text = random.Random(SEED), random.Random(SEED + 1)
    entities = statements // 8

    def node() -> str:
        # A power law: a few nodes are in very many statements.
        number = int(entities * structure.random() ** 1.5)
        if number % 20 == 0:
            return f"_:node{number}"
        return f"<http://example.org/resource/{_WORDS[number % 10]}_{number}>"

    def words(count: int) -> str:
        chosen = text.choices(_WORDS, k=count * text_factor)
        # Beyond the Basic Multilingual Plane, now and then.
        return " ".join(chosen) + (" \\U0001F600" if text.random() < 0.02 else "")

    with path.open("w", encoding="utf-8", newline="\n", buffering=1 << 20) as file:
        for number in range(statements):
            kind, subject, relation = structure.random(), node(), structure.choice(_RELATIONS)
            if kind < 0.45:
                rest = f"{relation} {node()}"
            elif kind < 0.60:
                rest = f'{_LABEL} "{words(3)} {number}"@{structure.choice(_LANGUAGES)}'
            elif kind < 0.75:
                rest = f"{relation} {structure.choice(_TYPED).format(number, _XSD)}"
            elif kind < 0.80:
                rest = f'{relation} "{words(2)} {number}"'
            else:
                rest = f'{relation} "{words(40)} {number}"@{structure.choice(_LANGUAGES)}'
            file.write(f"{subject} {rest} .\n")


def measure(reader: str, script: str, source: Path, *arguments: str) -> Measured:
    """Run *script* on *source* in a fresh interpreter and take its CPU time and peak memory."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    command = [sys.executable, "-c", script, str(source), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as child:
        assert child.stdout is not None
        output = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{reader} failed on {source.name}")
    statements, seconds = int(output), usage.ru_utime + usage.ru_stime
    return Measured(
        reader=reader,
        file=source.name,
        statements=statements,
        file_megabytes=round(source.stat().st_size / 1e6, 1),
        cpu_seconds=round(seconds, 2),
        statements_per_cpu_second=round(statements / seconds),
        peak_megabytes=round(usage.ru_maxrss * 1024 / 1e6, 1),
    )


def head(source: Path, lines: int) -> Path:
    """A file with the first *lines* lines of *source*, beside it."""
    path = source.with_name(f"first-{lines}.nt")
    with source.open("rb") as whole, path.open("wb") as part:
        part.writelines(islice(whole, lines))
    return path


def run(folder: Path, options: argparse.Namespace) -> list[Measured]:
    """Generate the files in *folder* and measure each reader on them."""
    results = []
    plain = folder / "plain.nt"
    generate(plain, options.triples, 1)
    results.append(measure("kgalign", _INGEST, plain, str(folder / "store")))
    if options.rdflib_triples:
        subset = plain if options.rdflib_triples >= options.triples else head(plain, options.rdflib_triples)
        results.append(measure("rdflib", _RDFLIB, subset))
    plain.unlink()
    if not options.skip_long_text:
        long_text = folder / "long-text.nt"
        generate(long_text, options.triples, options.text_factor)
        results.append(measure("kgalign", _INGEST, long_text, str(folder / "store-long")))
        long_text.unlink()
    return results


def main() -> None:
    """Measure, print a table, and write the figures as JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--triples", type=int, default=2_000_000, help="statements to generate")
    parser.add_argument(
        "--text-factor", type=int, default=10, help="length of the second file's literal text"
    )
    parser.add_argument("--skip-long-text", action="store_true", help="leave the second file out")
    parser.add_argument(
        "--rdflib-triples",
        type=int,
        default=200_000,
        help="statements that rdflib reads (its memory grows with them); 0 leaves it out",
    )
    parser.add_argument("--work", type=Path, help="folder for the files (about 2 GB)")
    parser.add_argument("--json", type=Path, help="file for the figures")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.work) as folder:
        results = run(Path(folder), options)
    print(f"{'reader':9}{'file':18}{'statements':>12}{'MB':>9}{'CPU s':>9}{'per CPU s':>11}{'peak MB':>9}")
    for row in results:
        print(
            f"{row.reader:9}{row.file:18}{row.statements:12,}{row.file_megabytes:9,.0f}{row.cpu_seconds:9.2f}"
            f"{row.statements_per_cpu_second:11,}{row.peak_megabytes:9,.0f}"
        )
    print(f"goals: {GOAL_PER_CPU_SECOND:,} statements per CPU second, peak {GOAL_MEGABYTES} MB")
    if options.json:
        figures = {"seed": SEED, "results": [asdict(row) for row in results]}
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
