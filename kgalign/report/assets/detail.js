// One pair, drawn. All text from graphs becomes text nodes; nothing is ever parsed as markup.

const SVG = "http://www.w3.org/2000/svg";
// Marks that turn the direction of the text after them, and controls.
const UNSHOWN = /[\u202a-\u202e\u2066-\u2069\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

const SIGNALS = {
  label: "names, by meaning",
  characters: "names, by spelling",
  neighbour_names: "names of neighbours",
  far_names: "names two steps away",
  attribute_likeness: "values alike",
  attribute_certainty: "values that tell",
  structure_likeness: "neighbours alike",
  structure_certainty: "neighbours that tell",
  propagation: "place in the graph",
  gnn: "place, by the network",
  lexicon: "name parts, as learnt",
  background: "what all candidates have",
  anchor: "decided beforehand",
};
const METHODS = {
  aligned: "by the evidence below",
  seed: "given as a seed link",
  "same-iri": "both graphs use one IRI",
  joined: "it follows from links with other graphs",
  confirmed: "a person confirmed it",
  declined: "a person declined it",
};

/** An element with attributes and children; strings become text. */
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  Object.entries(attributes).forEach(([key, value]) => {
    if (value !== null && value !== undefined) element.setAttribute(key, value);
  });
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const shown = (text) => String(text ?? "").replace(UNSHOWN, "\ufffd");

/** Text from a graph: isolated, in its own direction and language. */
function said(text, language = "", attributes = {}) {
  return make("bdi", { lang: language, dir: "auto", ...attributes }, shown(text));
}

const fixed = (value, digits = 2) => value.toFixed(digits).replace(/^-(0\.?0*)$/, "$1").replace("-", "−");
const signed = (value) => (value > 0.004 ? "+" : "") + fixed(value);

function iriLine(iri) {
  const text = said(iri, "", { class: "iri" });
  if (!/^https?:\/\//i.test(iri)) return text;
  return make("a", { href: iri, rel: "noopener noreferrer", target: "_blank", class: "iri" }, said(iri));
}

const languageNames = new Intl.DisplayNames(["en"], { type: "language" });

function languageTag(tag) {
  let name = tag;
  try { name = languageNames.of(tag); } catch { /* no tag of BCP 47 */ }
  return make("span", { class: "tag", title: shown(name) }, shown(tag));
}

function relationName(iri) {
  const inverse = iri.startsWith("^");
  const name = localName(inverse ? iri.slice(1) : iri);
  return said((inverse ? "^" : "") + name, "", { class: "relation", title: shown(iri) });
}

function endCard(end, side) {
  const card = make("section", { class: "end", "aria-label": side },
    make("p", { class: "graph" }, said(end.graph)),
    make("h3", {}, said(end.label, end.language)),
    make("p", {}, iriLine(end.iri)));
  if (end.names.length) {
    card.append(make("ul", { class: "names" }, ...end.names.map((name) => make("li", {},
      said(name.text, name.languages[0] ?? ""),
      ...name.languages.map(languageTag)))));
  }
  return card;
}

function shape(name, attributes) {
  const element = document.createElementNS(SVG, name);
  Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
  return element;
}

/** A step of the waterfall: the pair's bar above, its rival's, thinner, below. */
function step(scale, own, other) {
  const svg = shape("svg", { viewBox: "0 0 100 16", preserveAspectRatio: "none", class: "step", "aria-hidden": "true" });
  const zero = scale(0);
  svg.append(shape("line", { x1: zero, x2: zero, y1: 0, y2: 16, class: "zero" }));
  [[own, 1, 8, ""], [other, 11, 4, " rival"]].forEach(([span, y, height, kind]) => {
    if (!span || Math.abs(span[1] - span[0]) < 0.005) return;
    const [from, to] = span.map(scale);
    const turn = span[1] < span[0] ? "minus" : "plus";
    svg.append(shape("rect", { x: Math.min(from, to), y, width: Math.max(Math.abs(to - from), 0.4), height, class: turn + kind }));
  });
  return svg;
}

function waterfall(pair) {
  const terms = pair.terms.filter((term) => Math.abs(term.adds) >= 0.005 || Math.abs(term.rivalAdds ?? 0) >= 0.005);
  const silent = pair.terms.filter((term) => !terms.includes(term)).map((term) => term.signal);
  const hasRival = pair.rivalScore !== null;
  const spans = { own: [], rival: [] };
  let [sum, rivalSum] = [0, 0];
  terms.forEach((term) => {
    spans.own.push([sum, sum += term.adds]);
    spans.rival.push([rivalSum, rivalSum += term.rivalAdds ?? 0]);
  });
  const ends = [0, ...spans.own.flat(), ...(hasRival ? spans.rival.flat() : [])];
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const scale = (value) => 1 + (98 * (value - low)) / (high - low || 1);
  const row = (term, place) => make("tr", {},
    make("th", { scope: "row" }, make("span", { class: "signal" }, term.signal), make("span", { class: "meaning" }, SIGNALS[term.signal] ?? "")),
    make("td", { class: "number rare" }, term.weight ? fixed(term.adds / term.weight, 3) : "–"),
    make("td", { class: "number rare" }, fixed(term.weight)),
    make("td", { class: "number" }, signed(term.adds)),
    make("td", { class: "bar" }, step(scale, spans.own[place], hasRival ? spans.rival[place] : null)),
    hasRival ? make("td", { class: "number soft" }, signed(term.rivalAdds)) : null);
  const head = [["Signal", ""], ["Value", "rare"], ["Weight", "rare"], ["Adds", ""], ["", "bar"], ...(hasRival ? [["Rival", ""]] : [])];
  return make("section", { class: "evidence" },
    make("h4", {}, "What made the score"),
    make("table", { class: "waterfall" },
      make("thead", {}, make("tr", {}, ...head.map(([text, kind]) => make(text ? "th" : "td", { class: kind, scope: text ? "col" : null }, text)))),
      make("tbody", {}, ...terms.map(row)),
      make("tfoot", {}, make("tr", {},
        make("th", { scope: "row" }, "score"), make("td", { class: "rare" }), make("td", { class: "rare" }),
        make("td", { class: "number" }, fixed(pair.score)),
        make("td", { class: "bar" }, step(scale, [0, pair.score], hasRival ? [0, pair.rivalScore] : null)),
        hasRival ? make("td", { class: "number soft" }, fixed(pair.rivalScore)) : null))),
    silent.length ? make("p", { class: "remark" }, `Nothing from: ${silent.join(", ")}.`) : null);
}

/** A bar that is filled so far. */
function share(part) {
  const svg = shape("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" });
  svg.append(shape("rect", { width: 100 * part, height: 10, class: "plus" }));
  return svg;
}

/** A list of evidence: what one side says, what the other says, how telling it is. */
function evidence(title, entries, inAll, draw) {
  if (!entries.length) {
    const none = inAll ? `${inAll} in all, left out of this page.` : "None.";
    return make("section", { class: "evidence" }, make("h4", {}, title), make("p", { class: "remark" }, none));
  }
  const count = entries.length < inAll ? `${entries.length} of ${inAll.toLocaleString("en")}` : String(inAll);
  const most = Math.max(...entries.map((entry) => entry.information), 1);
  return make("section", { class: "evidence" },
    make("h4", {}, title, make("span", { class: "soft" }, ` ${count}`)),
    make("ul", { class: "shared" }, ...entries.map((entry) => make("li", {},
      make("div", { class: "said-by" }, relationName(entry.relation), draw(entry.near)),
      make("div", { class: "said-by" }, relationName(entry.counterpartRelation), draw(entry.far)),
      make("div", { class: "telling", title: "information, in nats" },
        share(entry.information / most),
        make("span", { class: "number" }, fixed(entry.information)))))));
}

/** An entity's name; a button that opens its pair, where there is one. */
function entityName(entity, openRow, row) {
  const name = said(entity.label, "", { title: shown(entity.iri) });
  if (row === undefined) return name;
  const button = make("button", { type: "button", class: "jump" }, name);
  button.addEventListener("click", () => openRow(row));
  return button;
}

function neighbours(pair, pairs, openRow) {
  const entries = pair.neighbours.map((entry) => {
    const row = pairs.rowOf(entry.near.number, entry.far.number);
    return { ...entry, near: [entry.near, row], far: [entry.far, row] };
  });
  return evidence("Matched neighbours", entries, pair.neighboursShared, ([entity, row]) => entityName(entity, openRow, row));
}

function rivalPart(pair, pairs, openRow) {
  const part = make("section", { class: "evidence" }, make("h4", {}, "Best rival"));
  if (!pair.rival) {
    part.append(make("p", { class: "remark" }, "None: neither entity has another candidate."));
    return part;
  }
  const replaced = pair[pair.rivalSide];
  part.append(
    make("p", { class: "rival-name" }, entityName(pair.rival, openRow, undefined), " in place of ", said(replaced.label, replaced.language)),
    make("p", {}, iriLine(pair.rival.iri)),
    make("p", {}, `Score ${fixed(pair.rivalScore)}, ${signed(pair.rivalScore - pair.score)} against this pair`
      + (pair.rivalProbability === null ? "." : `; probability ${pair.rivalProbability.toFixed(4)}.`)));
  const anchored = pair.terms.some((term) => term.signal === "anchor" && term.adds !== term.rivalAdds);
  if (anchored) {
    part.append(make("p", { class: "remark" }, "An anchor decides between them."));
  } else {
    const ahead = pair.score >= pair.rivalScore ? 1 : -1;
    const reasons = pair.terms.map((term) => ({ signal: term.signal, by: ahead * (term.adds - term.rivalAdds) }))
      .filter((term) => term.by > 0.005).sort((a, b) => b.by - a.by).slice(0, 3)
      .map((term) => `${term.signal} ${fixed(term.by)}`);
    part.append(make("p", { class: "remark" }, `The ${ahead > 0 ? "pair" : "rival"} leads most by ${reasons.join(", ") || "nothing much"}.`));
  }
  (pairs.rowsOfEntity.get(pair.rival.number) ?? []).filter((row) => row !== pair.row).slice(0, 3).forEach((row) => {
    const other = pairs.pair(row);
    const partner = other.source.number === pair.rival.number ? other.target : other.source;
    part.append(make("p", {}, "It is paired with ", entityName(partner, openRow, row), ` (${other.probability.toFixed(4)}, ${other.status}).`));
  });
  return part;
}

/** Everything about a pair, in place of what *place* held. */
function drawDetail(place, pair, pairs, openRow) {
  const verdict = make("p", { class: "verdict" },
    make("span", { class: `badge status-${pair.status}` }, pair.status),
    make("span", { class: "number" }, ` probability ${pair.probability.toFixed(4)}`),
    make("span", { class: "soft" }, `, ${METHODS[pair.method] ?? pair.method}`));
  place.replaceChildren(verdict, make("div", { class: "ends" }, endCard(pair.source, "source"), endCard(pair.target, "target")));
  if (pair.via.length) {
    place.append(make("p", {}, "Through ", ...pair.via.flatMap((entity, at) => [at ? ", " : "", iriLine(entity.iri)]), "."));
  }
  if (!pair.terms.length) {
    place.append(make("p", { class: "remark" }, "No evidence was kept for this pair."));
    return;
  }
  place.append(
    waterfall(pair),
    neighbours(pair, pairs, openRow),
    evidence("Shared values", pair.attributes, pair.attributesShared, (text) => said(text)),
    rivalPart(pair, pairs, openRow));
}
