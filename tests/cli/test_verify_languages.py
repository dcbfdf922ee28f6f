"""``kgalign verify`` in a process of its own says what Python and the written verdicts say."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from kgalign.kg import load
from kgalign.verify import Request, VerifiedText, Verifier
from kgalign.verify.writing import read_verdicts

ROOT = Path(__file__).resolve().parents[2]
GRAPH = ROOT / "graph_data" / "world_en_fr_hi.ttl"
TEXTS = [
    ("en", "Palikir is a city of Micronesia with a population of 8,942 people.", None),
    ("fr", "Paris est la capitale de la France\u2028et non de l'Atlantide 😀.", "http://gazetteer.example/id/E10236"),
    ("hi", "फ़्रांस की राजधानी पेरिस है और जनसंख्या ६६,९८७,२४४ है।", None),
]  # fmt: skip


def test_a_process_python_and_json_agree(tmp_path: Path) -> None:
    lines, output = tmp_path / "texts.jsonl", tmp_path / "verdicts.jsonl"
    rows = [{"text": text, "language": language, "about": about} for language, text, about in TEXTS]
    lines.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    run = [sys.executable, "-m", "kgalign", "verify", "--graph", GRAPH, lines, "-o", output]
    finished = subprocess.run(run, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    verified = Verifier(load(str(GRAPH))).verify_all(
        Request(text, language, about) for language, text, about in TEXTS
    )
    assert read_verdicts(output) == verified
    assert [VerifiedText.model_validate_json(each.model_dump_json()) for each in verified] == verified
    assert all(each.of_status("supported") for each in verified)
