"""Texts that are verified before they leave: drafted, checked, repaired, or not written at all.

A clause is verified if the verifier finds nothing unsupported or contradicted in it, supports each of its
names and values, and finds each of its facts stated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import regex

from kgalign.generate.common_words import has_word
from kgalign.generate.description import Description, OmittedFact, Outcome, StatedClause
from kgalign.generate.drafting import Clause, Draft, Drafter, Speller, drafted
from kgalign.generate.lexicalise import worded
from kgalign.generate.mending import ClauseKey, clause_key, without_refused
from kgalign.generate.options import GenerateOptions
from kgalign.generate.wording import (
    WordedClause,
    WordedText,
    foreign_name,
    in_words,
    with_spellings,
    with_used_names,
)
from kgalign.verify import Fact, Request, VerifiedText, Verifier

_BAD = ("unsupported", "contradicted")
_LETTER = regex.compile(r"\p{L}")
NO_NAME = "a term has no name, or is a malformed literal"
NO_WORDS = "the generator has no words for it"
NOT_SUPPORTED = "no wording was verified"


@dataclass
class _Task:
    """An entity on its way through the rounds.

    Attributes:
        entity: its IRI.
        facts: those still to be told, with the names that the text is verified by.
        given: the same facts with the names that are written: the graph's, and spellings of them.
        omitted: those given up, with the reason.
        split: whether each fact is to get its own clause.
        rounds: how many it has been through.
        refused: clauses that weren't verified, their placeholders as terms.
        offered: the last round's clauses, likewise.
    """

    entity: str
    facts: list[Fact] = field(default_factory=list)
    given: list[Fact] = field(default_factory=list)
    omitted: list[OmittedFact] = field(default_factory=list)
    split: bool = False
    rounds: int = 0
    refused: set[ClauseKey] = field(default_factory=set)
    offered: dict[ClauseKey, Clause] = field(default_factory=dict)


@dataclass(frozen=True)
class Generator:
    """Writes descriptions that are verified.

    Attributes:
        drafter: writes hypotheses.
        verifier: checks them; it should know the graph.
        options: see :class:`GenerateOptions`.
    """

    drafter: Drafter
    verifier: Verifier
    options: GenerateOptions

    def describe(self, chosen: Sequence[tuple[str, Sequence[Fact]]], language: str) -> list[Description]:
        """Describe entities, each by its IRI and the facts to tell of it, the most telling first."""
        spelt = self._spelt([fact for _, facts in chosen for fact in facts], language)
        tasks = [self._begun(entity, facts, language, spelt) for entity, facts in chosen]
        done: dict[int, Description] = {}
        for _ in range(self.options.rounds):
            waiting = [number for number in range(len(tasks)) if number not in done]
            if not waiting:
                break
            drafts = self._drafts(tasks, waiting, language)
            verdicts = self._verdicts(tasks, drafts, language)
            for number in waiting:
                description = self._judged(tasks[number], drafts[number], verdicts[number], language)
                if description is not None:
                    done[number] = description
        return [
            done.get(number) or _abstained(task, language, NOT_SUPPORTED) for number, task in enumerate(tasks)
        ]

    def _spelt(self, facts: Sequence[Fact], language: str) -> dict[str, str]:
        """Names of other scripts as the drafter spells them, if it can."""
        if not isinstance(self.drafter, Speller):
            return {}
        terms = (term for fact in facts for term in (fact.subject, fact.object))
        names = sorted({name for term in terms if (name := foreign_name(term, language)) is not None})
        found = self.drafter.spelt(names, language) if names else []
        return {name: text for name, text in zip(names, found, strict=True) if text is not None}

    def _begun(self, entity: str, facts: Sequence[Fact], language: str, spelt: Mapping[str, str]) -> _Task:
        task = _Task(entity)
        for fact in dict.fromkeys(facts):
            named = with_used_names(fact, language)
            if worded(named.subject, language) is None or worded(named.object, language) is None:
                task.omitted.append(OmittedFact(fact=fact.triple, reason=NO_NAME))
            else:
                task.facts.append(named)
                task.given.append(with_spellings(fact, language, spelt))
        return task

    def _drafts(
        self, tasks: Sequence[_Task], waiting: Sequence[int], language: str
    ) -> dict[int, list[WordedText]]:
        options = self.options
        asked = [Draft(tuple(tasks[number].facts), tasks[number].split) for number in waiting]
        answers = drafted(self.drafter, asked, language, seed=options.seed, count=options.hypotheses)
        drafts = {}
        for number, hypotheses in zip(waiting, answers, strict=True):
            task = tasks[number]
            mended = without_refused(hypotheses, task.facts, task.refused)
            texts = [in_words(hypothesis, task.given, language) for hypothesis in mended]
            drafts[number] = [text for text in texts if text.clauses]
            task.offered = {
                clause_key(clause, task.facts): clause for each in hypotheses for clause in each.clauses
            }
        return drafts

    def _verdicts(
        self, tasks: Sequence[_Task], drafts: dict[int, list[WordedText]], language: str
    ) -> dict[int, list[VerifiedText]]:
        if self.options.accept == "off":
            return {
                number: [VerifiedText(text=text.text, language=language) for text in texts]
                for number, texts in drafts.items()
            }
        requests = [
            Request(
                text.text,
                language,
                tasks[number].entity,
                [tasks[number].facts[place] for place in sorted(text.facts)],
            )
            for number, texts in drafts.items()
            for text in texts
        ]
        checked = iter(self.verifier.verify_all(requests))
        return {
            number: [settled(tasks[number].facts, text, next(checked)) for text in texts]
            for number, texts in drafts.items()
        }

    def _judged(
        self, task: _Task, drafts: Sequence[WordedText], verdicts: Sequence[VerifiedText], language: str
    ) -> Description | None:
        """The finished description; None if the task, changed, goes another round."""
        task.rounds += 1
        if not drafts:
            return _abstained(task, language, NOT_SUPPORTED if task.omitted and task.split else NO_WORDS)
        pairs = list(zip(drafts, verdicts, strict=True))
        if self.options.accept == "off":
            return _described(task, *pairs[0], language, None)
        best = min(pairs, key=lambda pair: (len(doubtful(task.facts, *pair)), -len(pair[0].facts)))
        faulty = doubtful(task.facts, *best)
        if not faulty or self.options.accept == "best-effort":
            return _described(task, *best, language, faulty)
        self._repair(task, faulty)
        return None if task.facts else _abstained(task, language, NOT_SUPPORTED)

    def _repair(self, task: _Task, faulty: Sequence[WordedClause]) -> None:
        """Split clauses of several facts; try other words; give up the facts that there are none for."""
        task.refused |= {clause_key(each.clause, task.facts) for each in faulty}
        if not task.split and any(len(each.clause.facts) > 1 for each in faulty):
            task.split = True
            return
        others = {clause.facts for key, clause in task.offered.items() if key not in task.refused}
        given_up = {
            place for each in faulty if each.clause.facts not in others for place in each.clause.facts
        }
        task.omitted += [
            OmittedFact(fact=task.facts[place].triple, reason=NOT_SUPPORTED) for place in sorted(given_up)
        ]
        kept = [place for place in range(len(task.facts)) if place not in given_up]
        task.facts, task.given = ([own[place] for place in kept] for own in (task.facts, task.given))


def settled(facts: Sequence[Fact], text: WordedText, verified: VerifiedText) -> VerifiedText:
    """*verified*, in which a relation's own words no longer count as the name of something else.

    A graph often has a class of the same name: "the currency of France" speaks of the relation "currency",
    not of the class. Only words of the drafter are looked at, never what stands for a placeholder.
    """
    verdicts = []
    for verdict in verified.verdicts:
        said = text.text[verdict.start : verdict.end].casefold()
        behind = [
            facts[place].triple
            for each in text.clauses
            if verdict.overlaps(each.span) and not any(verdict.overlaps(span) for span, _ in each.filled)
            for place in each.clause.facts
            if any(f" {said} " in f" {name.text.casefold()} " for name in facts[place].relation.names)
        ]
        if verdict.status == "unsupported" and behind:
            verdict = verdict.model_copy(update={"status": "supported", "evidence": tuple(behind)})
        verdicts.append(verdict)
    return verified.model_copy(update={"verdicts": tuple(verdicts)})


def doubtful(facts: Sequence[Fact], text: WordedText, verified: VerifiedText) -> list[WordedClause]:
    """The clauses that aren't verified."""
    stated = {each.fact for each in verified.coverage if each.stated}
    supported = verified.of_status("supported")
    bad = [verdict for verdict in verified.verdicts if verdict.status in _BAD]
    return [
        each
        for each in text.clauses
        if not _says_something(each.clause, facts)
        or any(verdict.overlaps(each.span) for verdict in bad)
        or not all(any(verdict.overlaps(span) for verdict in supported) for span, _ in each.filled)
        or any(facts[place].triple not in stated for place in each.clause.facts)
    ]


def _says_something(clause: Clause, facts: Sequence[Fact]) -> bool:
    """Whether there are words between the names, and none of them is a name of something else."""
    own = [facts[place] for place in clause.facts]
    words = any(isinstance(piece, str) and _LETTER.search(piece) for piece in clause.pieces)
    return words and all(has_word(own, word) for word in clause.strangers)


def _described(
    task: _Task,
    text: WordedText,
    verified: VerifiedText,
    language: str,
    faulty: Sequence[WordedClause] | None,
) -> Description:
    outcome: Outcome = "not verified"
    if faulty is not None:
        outcome = "partly verified" if faulty else "verified"
        outcome = "not verified" if len(faulty) == len(text.clauses) else outcome
    told = text.facts
    missing = [
        OmittedFact(fact=fact.triple, reason=NO_WORDS)
        for place, fact in enumerate(task.facts)
        if place not in told
    ]
    return Description(
        entity=task.entity,
        language=language,
        outcome=outcome,
        text=text.text,
        writer=text.writer,
        clauses=tuple(
            StatedClause(
                start=each.span.start,
                end=each.span.end,
                facts=tuple(task.facts[place].triple for place in each.clause.facts),
                verified=None if faulty is None else each not in faulty,
            )
            for each in text.clauses
        ),
        verdicts=verified.verdicts,
        names=tuple(name for each in text.clauses for _, name in each.filled),
        omitted=tuple([*task.omitted, *missing]),
        rounds=task.rounds,
    )


def _abstained(task: _Task, language: str, reason: str) -> Description:
    left = [OmittedFact(fact=fact.triple, reason=reason) for fact in task.facts]
    if not task.facts and not task.omitted:
        reason = "the graph says nothing of it"
    elif not task.facts and all(each.reason == NO_NAME for each in task.omitted):
        reason = NO_NAME
    return Description(
        entity=task.entity,
        language=language,
        outcome="abstained",
        reason=reason,
        omitted=tuple([*task.omitted, *left]),
        rounds=task.rounds,
    )
