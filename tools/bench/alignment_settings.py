"""The settings that the alignment benchmark runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from peer_figures import (
    FR_EN,
    PERSONS,
    ZH_EN_OWN_LABELS,
    ZH_EN_STRUCTURE,
    ZH_EN_TRANSLATIONS,
    ZH_EN_TRANSLATIONS_SEEDS,
    Peer,
)

Kind = Literal["pair", "dangling", "dbp5l"]


@dataclass(frozen=True)
class Setting:
    """One way to run ``kgalign align`` on one data set.

    Attributes:
        name: how it is chosen on the command line and kept among the results.
        task: what it is asked to do; neighbouring settings of one task share their peers.
        data: name of its data set.
        arguments: options of the aligner; names that end in ``.tsv`` are files of the data set.
        peers: other aligners' figures on the same task.
        random: whether it draws random numbers, so that one run says little.
        kind: ``pair`` aligns the data set's two graphs; ``dangling`` takes a part of the linked
            targets away first (see dangling.py); ``dbp5l`` aligns five graphs (see dbp5l.py).
    """

    name: str
    task: str
    data: str
    arguments: tuple[str, ...] = ()
    peers: tuple[Peer, ...] = ()
    random: bool = False
    kind: Kind = "pair"


_SEEDS = ("--seeds", "links_train.tsv")
_TRANSLATIONS = ("--labels", "mt_names.tsv")
_STRUCTURES = ("none", "propagation", "gnn", "both")


def _structure_only(structure: str) -> Setting:
    return Setting(
        f"zh_en-structure-{structure}",
        "zh-en, structure only, 30% seeds",
        "zh_en",
        ("--signals", "structure", *_SEEDS, "--structure", structure),
        ZH_EN_STRUCTURE,
        random=structure != "none",
    )


def _own_labels(name: str, *arguments: str, random: bool = False) -> Setting:
    return Setting(
        f"zh_en-labels{name}", "zh-en, own labels, no seeds", "zh_en", arguments, ZH_EN_OWN_LABELS, random
    )


def _ablation(name: str, *arguments: str, random: bool = False) -> Setting:
    task = "zh-en, own labels, no seeds: ablation"
    return Setting(f"zh_en-ablation-{name}", task, "zh_en", arguments, (), random)


SETTINGS = (
    *(_structure_only(structure) for structure in _STRUCTURES),
    _own_labels("", random=True),
    _own_labels("-adapted", "--adapt-encoder", random=True),
    _ablation("labels", "--signals", "labels"),
    _ablation("labels-adapted", "--signals", "labels", "--adapt-encoder", random=True),
    *(
        _ablation(
            structure,
            "--signals",
            "labels,structure",
            "--structure",
            structure,
            random=structure != "none",
        )
        for structure in _STRUCTURES
    ),
    _ablation("no-lexicon", "--no-lexicon", random=True),
    Setting(
        "zh_en-translations",
        "zh-en, translated names, no seeds",
        "zh_en",
        _TRANSLATIONS,
        ZH_EN_TRANSLATIONS,
        random=True,
    ),
    Setting(
        "zh_en-translations-seeds",
        "zh-en, translated names, 30% seeds",
        "zh_en",
        (*_TRANSLATIONS, *_SEEDS),
        ZH_EN_TRANSLATIONS_SEEDS,
        random=True,
    ),
    Setting(
        "zh_en-dangling",
        "zh-en, translated names, no seeds, 30% of the linked targets taken away",
        "zh_en",
        _TRANSLATIONS,
        kind="dangling",
        random=True,
    ),
    Setting("fr_en-labels", "SRPRS fr-en", "fr_en", (), FR_EN, random=True),
    *(
        Setting(
            f"fr_en-structure-{structure}",
            "SRPRS fr-en",
            "fr_en",
            ("--signals", "structure", *_SEEDS, "--structure", structure),
            FR_EN,
            random=True,
        )
        for structure in ("propagation", "both")
    ),
    Setting("persons", "OAEI 2010 persons", "persons", (), PERSONS, random=True),
    Setting("graph_data", "the sample graphs", "graph_data", random=True),
    Setting("dbp5l", "DBP-5L, five graphs at once, mean of the pairs", "dbp5l", kind="dbp5l", random=True),
)
QUICK = ("persons", "graph_data")
