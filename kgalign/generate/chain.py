"""Drafters one after the other: what the first can't say so that it is verified, the next may."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from kgalign.generate.drafting import Draft, Drafter, Hypothesis, Speller, drafted
from kgalign.generate.options import GenerateOptions
from kgalign.generate.realiser import TemplateRealiser
from kgalign.generate.template_store import TemplateStore, hand_written
from kgalign.verify.verdicts import Fact


class DrafterChain:
    """Gives the hypotheses of several drafters, the first one's first; a BatchDrafter.

    The loop that verifies takes the first one without a doubtful clause that states most, so a later
    drafter comes in where an earlier one says something unsupported, or less.

    Args:
        drafters: in the order of preference.
    """

    def __init__(self, *drafters: Drafter) -> None:
        self._drafters = drafters

    @property
    def fingerprint(self) -> str:
        """Changes with any of them."""
        told = " ".join(drafter.fingerprint for drafter in self._drafters)
        return hashlib.sha256(f"chain {told}".encode()).hexdigest()

    def languages(self) -> frozenset[str]:
        """The languages that any of them can write."""
        return frozenset().union(*(drafter.languages() for drafter in self._drafters))

    def draft(
        self, facts: Sequence[Fact], language: str, *, seed: int, count: int, split: bool = False
    ) -> list[Hypothesis]:
        """Put *facts* into words; each drafter gives up to *count* hypotheses."""
        return self.draft_all([Draft(tuple(facts), split)], language, seed=seed, count=count)[0]

    def draft_all(
        self, drafts: Sequence[Draft], language: str, *, seed: int, count: int
    ) -> list[list[Hypothesis]]:
        """Put many entities' facts into words."""
        answers = [drafted(drafter, drafts, language, seed=seed, count=count) for drafter in self._drafters]
        return [[each for own in column for each in own] for column in zip(*answers, strict=True)]

    def spelt(self, names: Sequence[str], language: str) -> list[str | None]:
        """Each name as the first drafter spells it that can."""
        found: list[str | None] = [None] * len(names)
        for drafter in self._drafters:
            if isinstance(drafter, Speller):
                found = [one or two for one, two in zip(found, drafter.spelt(names, language), strict=True)]
        return found


def chosen_drafter(options: GenerateOptions) -> Drafter:
    """The drafter that *options* name: a trained model, if any, and the templates behind it.

    Raises:
        InputError: if the templates or the model can't be read.
    """
    store = hand_written()
    if options.templates is not None:
        store = TemplateStore.read(options.templates) + store
    realiser = TemplateRealiser(store, options.generic)
    if options.model is None:
        return realiser
    # Only those who name a model wait for torch.
    from kgalign.generate.neural.drafter import open_drafter

    return DrafterChain(open_drafter(options.model, options.device), realiser)
