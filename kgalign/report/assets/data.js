"use strict";

// The pairs: unpacked from the page, and read row by row out of their columns.

async function unpacked(base64) {
  const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

/** Where each row's part of a list column begins; one more than there are rows. */
function starts(lengths) {
  const offsets = new Uint32Array(lengths.length + 1);
  lengths.forEach((length, row) => { offsets[row + 1] = offsets[row] + length; });
  return offsets;
}

const scaled = (value, steps) => (value === null ? null : value / steps);

class Pairs {
  constructor(data) {
    this.data = data;
    this.count = data.pairs.source.length;
    this.order = data.order;
    this.rowsOfEntity = this.#rowsOfEntities();
    this.starts = {
      source: starts(data.names.source.length),
      target: starts(data.names.target.length),
      neighbours: starts(data.neighbours.length),
      attributes: starts(data.attributes.length),
      via: starts(data.via.length),
    };
    this.wordsOf = new Array(this.count);
  }

  #rowsOfEntities() {
    const rows = new Map();
    const { source, target } = this.data.pairs;
    for (let row = 0; row < this.count; row += 1) {
      for (const entity of [source[row], target[row]]) {
        if (rows.has(entity)) rows.get(entity).push(row);
        else rows.set(entity, [row]);
      }
    }
    return rows;
  }

  entity(number) {
    if (number < 0) return null;
    const { namespace, local, label } = this.data.entities;
    const name = label[number] === 0 ? local[number].replaceAll("_", " ") : label[number];
    const iri = this.data.namespaces[namespace[number]] + local[number];
    return { number, iri, label: name ?? localName(iri) };
  }

  names(side, row) {
    const { text, language } = this.data.names[side];
    const names = [];
    for (let at = this.starts[side][row]; at < this.starts[side][row + 1]; at += 1) {
      const tags = this.data.languages[language[at]] ?? "";
      names.push({ text: this.data.texts[text[at]], languages: tags.split(" ").filter(Boolean) });
    }
    return names;
  }

  /** One end of a pair: the entity, its graph, its names, and its label's language. */
  end(side, row) {
    const entity = this.entity(this.data.pairs[side][row]);
    const names = this.names(side, row);
    const language = names.find((name) => name.text === entity.label)?.languages[0] ?? "";
    const graph = this.data.graphs[this.data.pairs[`${side}_graph`][row]];
    return { ...entity, names, language, graph };
  }

  status(row) { return this.data.statuses[this.data.pairs.status[row]]; }

  probability(row) { return this.data.pairs.probability[row] / 10000; }

  /** How far the pair's score is above its best rival's; without a rival, without limit. */
  lead(row) {
    const { score, rival_score: rival } = this.data.pairs;
    if (score[row] === null) return -Infinity;
    return rival[row] === null ? Infinity : (score[row] - rival[row]) / 100;
  }

  /** What each signal adds to the score, and to the rival's; the background makes up the rest. */
  terms(row) {
    const { score, rival_score: rivalScore, weights } = this.data.pairs;
    if (score[row] === null || weights[row] < 0) return [];
    const hasRival = rivalScore[row] !== null;
    let rest = score[row];
    let rivalRest = rivalScore[row] ?? 0;
    const terms = [];
    this.data.signals.forEach((signal, number) => {
      const adds = this.data.contributions[number][row];
      if (adds === null) return;
      const rivalAdds = hasRival ? this.data.rival_contributions[number][row] ?? 0 : null;
      rest -= adds;
      rivalRest -= rivalAdds ?? 0;
      const weight = this.data.weights[weights[row]][number];
      terms.push({ signal, weight, adds: adds / 100, rivalAdds: scaled(rivalAdds, 100) });
    });
    terms.push({ signal: "background", weight: -1, adds: rest / 100, rivalAdds: hasRival ? rivalRest / 100 : null });
    return terms;
  }

  neighbours(row) {
    const columns = this.data.neighbours;
    return this.#range("neighbours", row).map((at) => ({
      relation: this.data.relations[columns.relation[at]],
      counterpartRelation: this.data.relations[columns.counterpart_relation[at]],
      near: this.entity(columns.neighbour[at]),
      far: this.entity(columns.counterpart[at]),
      information: columns.information[at] / 100,
    }));
  }

  attributes(row) {
    const columns = this.data.attributes;
    return this.#range("attributes", row).map((at) => ({
      relation: this.data.relations[columns.attribute[at]],
      counterpartRelation: this.data.relations[columns.counterpart_attribute[at]],
      near: this.data.texts[columns.value[at]] ?? "",
      far: this.data.texts[columns.counterpart_value[at]] ?? "",
      information: columns.information[at] / 100,
    }));
  }

  #range(list, row) {
    const [from, to] = [this.starts[list][row], this.starts[list][row + 1]];
    return Array.from({ length: to - from }, (_, place) => from + place);
  }

  /** The row of the pair of two entities, if there is one. */
  rowOf(first, second) {
    const { source, target } = this.data.pairs;
    return (this.rowsOfEntity.get(first) ?? []).find(
      (row) => (source[row] === first && target[row] === second) || (source[row] === second && target[row] === first),
    );
  }

  /** All about one pair. */
  pair(row) {
    const columns = this.data.pairs;
    return {
      row,
      source: this.end("source", row),
      target: this.end("target", row),
      status: this.status(row),
      method: this.data.methods[columns.method[row]],
      probability: this.probability(row),
      score: scaled(columns.score[row], 100),
      terms: this.terms(row),
      neighbours: this.neighbours(row),
      neighboursShared: columns.neighbours_shared[row],
      attributes: this.attributes(row),
      attributesShared: columns.attributes_shared[row],
      rival: this.entity(columns.rival[row]),
      rivalSide: columns.rival_side[row] ? "target" : "source",
      rivalScore: scaled(columns.rival_score[row], 100),
      rivalProbability: scaled(columns.rival_probability[row], 10000),
      via: this.#range("via", row).map((at) => this.entity(this.data.via.entity[at])),
    };
  }

  /** What a search looks through: labels, names and IRIs, without case and width. */
  words(row) {
    if (this.wordsOf[row] === undefined) {
      const texts = ["source", "target"].flatMap((side) => {
        const entity = this.entity(this.data.pairs[side][row]);
        return [entity.label, entity.iri, ...this.names(side, row).map((name) => name.text)];
      });
      this.wordsOf[row] = folded(texts.join("\n"));
    }
    return this.wordsOf[row];
  }
}

const folded = (text) => text.normalize("NFKC").toLowerCase();

/** What an IRI itself says of the thing: its last part as words. */
function localName(iri) {
  const last = iri.replace(/[/#:]+$/, "").split(/[/#]/).pop();
  let name = last;
  try { name = decodeURIComponent(last); } catch { /* better shown as it is written */ }
  return name.replaceAll("_", " ").trim() || iri;
}
