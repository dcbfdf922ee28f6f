"""An explanation as a person reads it in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kgalign.align.explanation import ANCHOR, EXPLANATION_SCHEMA
from kgalign.cli.terminal import padded, printable, shortened, width
from kgalign.kg.labels import name_from_iri

Row = Mapping[str, Any]

_LONGEST_LABEL = 48
_LONGEST_RELATION = 28
_CANDIDATES_SHOWN = 5
_REASONS = 3
_METHODS = {
    "aligned": "by the evidence below",
    "confirmed": "a person confirmed it",
    "seed": "given as a seed link",
    "same-iri": "both graphs use one IRI",
    "joined": "it follows from links with other graphs",
}
_NO_SIGNALS = frozenset({"probability", "weight", *EXPLANATION_SCHEMA})


def describe_link(link: Row) -> str:
    """Why *link*, a row of ``links.parquet`` with ``rival_links``, was made."""
    graphs = {side: link.get(f"{side}_graph") for side in ("source", "target")}
    lines = [
        f"  {_label(link['source_label'], link['source'])} = {_label(link['target_label'], link['target'])}",
        *(
            f"  {side:<11}  {_iri(link[side])}" + (f"  in {printable(graph)}" if graph else "")
            for side, graph in graphs.items()
        ),
        f"  probability  {link['probability']:.4f}, {link['status']}: "
        f"{_METHODS.get(link['method'], link['method'])}",
    ]
    if link["contributions"] is None:
        return "\n".join([*lines, *_followed(link)])
    sections = (_waterfall(link), _neighbours(link), _attributes(link), _rival(link))
    return "\n".join([*lines, *(line for section in sections for line in ("", *section))])


def describe_entity(entity: Row, partners: Sequence[Row]) -> str:
    """An entity on one line: its label, what it is linked with, its IRI."""
    names = [entity, *partners[:1]]
    return f"  {' = '.join(_label(name['label'], name['iri']) for name in names)}  {_iri(entity['iri'])}"


def describe_candidates(iris: Sequence[str], candidates: Sequence[Row]) -> str:
    """That the entity named *iris* has no link, and which *candidates* came closest."""
    lines = [f"  {_own_label(iris, candidates)} has no link; its best candidates:"]
    lines += [f"  {_iri(iri)}" for iri in iris]
    for candidate in candidates[:_CANDIDATES_SHOWN]:
        side = "target" if candidate["source"] in iris else "source"
        lines += [
            "",
            f"  {candidate['probability']:.4f}  {_label(candidate[f'{side}_label'], candidate[side])}  "
            f"{_iri(candidate[side])}",
            f"          {_listed(_signals(candidate)) or 'no signal speaks for it'}",
        ]
        lines += [f"          {line}" for line in _linked_with(candidate["links"])]
    return "\n".join(lines)


def _signals(candidate: Row) -> dict[str, float]:
    """The signals of a row of ``candidates.parquet`` that are not 0, by name."""
    return {
        name: value
        for name, value in candidate.items()
        if isinstance(value, float) and round(value, 3) and name not in _NO_SIGNALS
    }


def _followed(link: Row) -> Iterator[str]:
    """What is known of a link that was not found between its two graphs."""
    through = ", ".join(_iri(iri) for iri in link.get("via") or ())
    yield f"  through      {through or 'other links'}"
    signals = _signals(link)
    if signals:
        yield f"  signals      {_listed(signals)}"


def _waterfall(link: Row) -> Iterator[str]:
    has_rival = link["rival"] is not None
    yield f"  {'signal':<22}{'value':>9}{'weight':>9}{'adds':>9}" + (f"{'rival':>9}" if has_rival else "")
    for term in link["contributions"]:
        yield (
            f"  {term['signal']:<22}{term['value']:>9.3f}{term['weight']:>9.2f}{term['contribution']:>+9.2f}"
            + (f"{term['rival_contribution']:>+9.2f}" if has_rival else "")
        )
    yield f"  {'score':<40}{link['score']:>9.2f}" + (f"{link['rival_score']:>9.2f}" if has_rival else "")


def _neighbours(link: Row) -> Iterator[str]:
    rows = [
        (
            near["information"],
            _correspondence(near["relation"], near["counterpart_relation"]),
            f"{_label(near['neighbour_label'], near['neighbour'])} = "
            f"{_label(near['counterpart_label'], near['counterpart'])}",
        )
        for near in link["neighbours"]
    ]
    yield from _evidence("matched neighbours", rows, link["neighbours_shared"])


def _attributes(link: Row) -> Iterator[str]:
    rows = [
        (
            value["information"],
            _correspondence(value["attribute"], value["counterpart_attribute"]),
            f"{_value(value['value'])} {'=' if value['value'] == value['counterpart_value'] else '≈'} "
            f"{_value(value['counterpart_value'])}",
        )
        for value in link["attributes"]
    ]
    yield from _evidence("shared values", rows, link["attributes_shared"])


def _evidence(title: str, rows: Sequence[tuple[float, str, str]], in_all: int) -> Iterator[str]:
    """A section of evidence, each piece with its information in nats."""
    if not rows:
        yield f"  {title}: none"
        return
    yield f"  {title}, {len(rows)} of {in_all:,}" if len(rows) < in_all else f"  {title}, {in_all}"
    columns = max(width(relation) for _, relation, _ in rows)
    for information, relation, pair in rows:
        yield f"  {information:>7.2f}  {padded(relation, columns)}  {pair}"


def _rival(link: Row) -> Iterator[str]:
    if link["rival"] is None:
        yield "  best rival: none, neither entity has another candidate"
        return
    place = link[f"{link['rival_side']}_label"], link[link["rival_side"]]
    yield (
        f"  best rival in place of {_label(*place)}: {_label(link['rival_label'], link['rival'])}  "
        f"{_iri(link['rival'])}"
    )
    lead = link["score"] - link["rival_score"]
    terms = [
        (term["signal"], term["contribution"] - term["rival_contribution"]) for term in link["contributions"]
    ]
    if any(signal == ANCHOR and difference for signal, difference in terms):
        yield f"  it lost because an anchor decides: {_METHODS.get(link['method'], 'its own link was given')}"
    elif lead >= 0:
        yield (
            f"  it lost by {lead:.2f} (probability {link['rival_probability']:.4f}), most by "
            f"{_largest(terms, 1)}"
        )
    else:
        yield f"  its score is higher by {-lead:.2f}, most by {_largest(terms, -1)}"
    yield from (f"  {line}" for line in _linked_with(link["rival_links"]))


def _largest(terms: Sequence[tuple[str, float]], sign: int) -> str:
    """The signals whose difference is largest in the direction of *sign*."""
    ordered = sorted(((sign * difference, signal) for signal, difference in terms), key=lambda term: -term[0])
    return ", ".join(f"{signal} {by:.2f}" for by, signal in ordered[:_REASONS] if by > 0)


def _linked_with(links: Sequence[Row]) -> Iterator[str]:
    for link in links:
        yield (
            f"it is linked with {_label(link['label'], link['iri'])} "
            f"({link['probability']:.4f}, {link['status']})"
        )


def _listed(signals: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.3f}" for name, value in signals.items())


def _own_label(iris: Sequence[str], candidates: Sequence[Row]) -> str:
    for candidate in candidates:
        side = "source" if candidate["source"] in iris else "target"
        return _label(candidate[f"{side}_label"], candidate[side])
    return "It"


def _label(label: str | None, iri: str) -> str:
    return printable(shortened(label or name_from_iri(iri) or iri, _LONGEST_LABEL))


def _iri(iri: str) -> str:
    return printable(f"<{iri}>")


def _value(text: str | None) -> str:
    return printable(shortened(text or "", _LONGEST_LABEL))


def _correspondence(relation: str, counterpart: str) -> str:
    return f"{_relation(relation)} → {_relation(counterpart)}"


def _relation(iri: str) -> str:
    mark = "^" if iri.startswith("^") else ""
    plain = iri.removeprefix("^")
    return mark + printable(shortened(name_from_iri(plain) or plain, _LONGEST_RELATION))
