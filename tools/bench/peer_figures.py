"""What other aligners reach on the same data, to be printed beside this one's figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Origin = Literal["published", "measured there"]


@dataclass(frozen=True)
class Peer:
    """One aligner's figures on one data set; None where they are not known.

    Attributes:
        method: the aligner.
        needs: what it is given besides the two graphs.
        origin: ``published``, copied from a paper; or ``measured there``, run by ourselves on two
            cores shared with other work, before this aligner was made.
        hits_reference: Hits@1 among the test links' targets.
        hits_all: Hits@1 among more targets than those, see *note*.
        precision: of its links.
        recall: of its links.
        f1: of its links.
        cpu_seconds: of the whole run.
        peak_gigabytes: highest resident memory.
        note: what else must be known to compare.
    """

    method: str
    needs: str
    origin: Origin
    hits_reference: float | None = None
    hits_all: float | None = None
    precision: float | None = None
    recall: float | None = None
    f1: float | None = None
    cpu_seconds: float | None = None
    peak_gigabytes: float | None = None
    note: str = ""


_SEEDS = "30% seeds"
_SEEDS_AND_NAMES = "30% seeds, translated names"
_NAMES = "translated names"
_ABSTAINS = "all targets, may abstain"
_SKETCH = "parameter-free sketch"
_POOL = "among the 15,000 linked targets"

ZH_EN_STRUCTURE = (
    Peer("GCN-Align", _SEEDS, "published", hits_reference=0.434),
    Peer("BootEA", _SEEDS, "published", hits_reference=0.629),
    Peer("TransEdge", _SEEDS, "published", hits_reference=0.753),
    Peer(
        "LightEA, 1 round",
        _SEEDS,
        "measured there",
        hits_reference=0.753,
        cpu_seconds=93,
        peak_gigabytes=6.3,
    ),
    Peer(
        "LightEA, 3 rounds",
        _SEEDS,
        "measured there",
        hits_reference=0.808,
        cpu_seconds=299,
        peak_gigabytes=7.7,
    ),
    Peer("Dual-AMN, best reported", _SEEDS, "published", hits_reference=0.861, note="semi-supervised"),
)

ZH_EN_OWN_LABELS = (
    Peer(
        "FLORA, e5 vectors",
        "",
        "measured there",
        hits_all=0.716,
        precision=0.857,
        cpu_seconds=791,
        note=f"{_ABSTAINS}; 2.6 to 3.0 GB",
    ),
    Peer(_SKETCH, "", "measured there", hits_all=0.861, note=_POOL),
    Peer(f"{_SKETCH}, adapted encoder", "", "measured there", hits_all=0.875, note=_POOL),
)

ZH_EN_TRANSLATIONS = (
    Peer(
        "SEU, character names",
        _NAMES,
        "measured there",
        hits_reference=0.886,
        cpu_seconds=67,
        peak_gigabytes=4.9,
    ),
    Peer("FGWEA, names only", _NAMES, "published", hits_reference=0.959),
    Peer("FGWEA, everything", f"{_NAMES}, attributes", "published", hits_reference=0.987),
    Peer(
        "PARIS",
        _NAMES,
        "measured there",
        precision=0.961,
        recall=0.730,
        f1=0.830,
        cpu_seconds=66,
        peak_gigabytes=3.3,
        note=_ABSTAINS,
    ),
    Peer(
        "FLORA, character vectors",
        _NAMES,
        "measured there",
        hits_all=0.896,
        precision=0.958,
        cpu_seconds=379,
        note=f"{_ABSTAINS}; 2.6 to 3.0 GB",
    ),
    Peer(
        "FLORA, its own notebook",
        f"{_NAMES}, attributes",
        "published",
        hits_all=0.976,
        note="all 15,000 links, ties count as hits",
    ),
    Peer("LLM-Align", "attributes, a language model", "published", hits_reference=0.983),
    Peer(_SKETCH, _NAMES, "measured there", hits_all=0.941, note=_POOL),
)

ZH_EN_TRANSLATIONS_SEEDS = (
    Peer(
        "LightEA, character names",
        _SEEDS_AND_NAMES,
        "measured there",
        hits_reference=0.946,
        cpu_seconds=205,
        peak_gigabytes=14.6,
    ),
    Peer("LightEA, best reported", _SEEDS_AND_NAMES, "published", hits_reference=0.952),
    Peer("BERT-INT", "30% seeds, names, descriptions, attributes", "published", hits_reference=0.968),
    Peer("SG-DFN", "30% seeds", "published", hits_reference=0.994, note="semi-supervised"),
)

FR_EN = (
    Peer("HGCN", _SEEDS, "published", hits_reference=0.670),
    Peer("Dual-AMN, best reported", _SEEDS, "published", hits_reference=0.802),
    Peer("LightEA, best reported", "30% seeds, names", "published", hits_reference=0.996, note="names leak"),
)

PERSONS = (Peer("PARIS and others", "", "published", f1=1.0, note="about"),)
