// The list of pairs: searched, filtered, ordered, and moved through by keys.

const PAGE = 100;
const place = (id) => document.getElementById(id);

class Viewer {
  /** *decisions* maps rows to a person's decision; it stays empty in a report. */
  constructor(pairs, decisions, reviewing) {
    Object.assign(this, { pairs, decisions, reviewing, found: [], drawn: 0, at: -1, onChoose: () => {} });
    this.list = place("list");
    this.detail = place("detail");
    this.orders = this.#orders();
    this.#fillSelects();
    this.#listen();
    place("viewer").hidden = false;
    this.search();
  }

  #orders() {
    const { pairs } = this;
    const every = Array.from({ length: pairs.count }, (_, row) => row);
    const by = (key) => () => every.map((row) => [key(row), row]).sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(([, row]) => row);
    const orders = {
      "surest first": () => every,
      "least sure first": by((row) => pairs.probability(row)),
      "closest rival first": by((row) => pairs.lead(row)),
    };
    return this.reviewing ? { "teaches most first": () => pairs.order, ...orders } : orders;
  }

  #fillSelects() {
    const filters = ["all", ...this.pairs.data.statuses];
    if (this.reviewing) filters.splice(1, 0, "undecided", "decided");
    place("filter").replaceChildren(...filters.map((name) => make("option", { value: name }, name)));
    place("order").replaceChildren(...Object.keys(this.orders).map((name) => make("option", { value: name }, name)));
  }

  #passes(row) {
    const wanted = place("filter").value;
    if (wanted === "all") return true;
    if (wanted === "decided") return this.decisions.has(row);
    if (wanted === "undecided") return !this.decisions.has(row);
    return this.pairs.status(row) === wanted;
  }

  /** Find the pairs that hold every word of the search, and show the first of them. */
  search() {
    const words = folded(place("search").value).split(/\s+/).filter(Boolean);
    const chosen = this.row;
    this.found = this.orders[place("order").value]().filter(
      (row) => this.#passes(row) && (!words.length || words.every((word) => this.pairs.words(row).includes(word))));
    place("count").textContent = this.found.length === this.pairs.count
      ? `${this.pairs.count.toLocaleString("en")} pairs.`
      : `${this.found.length.toLocaleString("en")} of ${this.pairs.count.toLocaleString("en")} pairs.`;
    this.list.replaceChildren();
    this.drawn = 0;
    this.at = -1;
    this.#drawMore();
    const kept = chosen === undefined ? -1 : this.found.indexOf(chosen);
    if (this.found.length) this.choose(Math.max(kept, 0));
    else this.detail.replaceChildren(make("p", { class: "remark" }, "No pair is called so."));
    this.onChoose();
  }

  get row() { return this.found[this.at]; }

  #drawMore() {
    const next = this.found.slice(this.drawn, this.drawn + PAGE);
    this.list.append(...next.map((row, place) => this.#item(row, this.drawn + place)));
    this.drawn += next.length;
    place("more").hidden = this.drawn >= this.found.length;
  }

  #item(row, at) {
    const { pairs } = this;
    const [source, target] = [pairs.end("source", row), pairs.end("target", row)];
    const item = make("li", { role: "option", id: `option-${at}`, "aria-selected": "false", class: `status-${pairs.status(row)}` },
      make("span", { class: "pair-names" }, said(source.label, source.language), said(target.label, target.language)),
      make("span", { class: "pair-facts" },
        make("span", { class: "number" }, pairs.probability(row).toFixed(4)),
        make("span", { class: "soft" }, pairs.status(row)),
        make("span", { class: "decision" }, this.decisions.get(row) ?? "")));
    item.addEventListener("click", () => { this.choose(at); this.read(); });
    return item;
  }

  /** Show the decision about a pair in the list. */
  mark(row) {
    const at = this.found.indexOf(row);
    const item = place(`option-${at}`);
    if (item) item.querySelector(".decision").textContent = this.decisions.get(row) ?? "";
  }

  choose(at) {
    if (at < 0 || at >= this.found.length) return;
    while (at >= this.drawn) this.#drawMore();
    place(`option-${this.at}`)?.setAttribute("aria-selected", "false");
    this.at = at;
    const item = place(`option-${at}`);
    item.setAttribute("aria-selected", "true");
    this.list.setAttribute("aria-activedescendant", item.id);
    this.#scrollTo(item);
    drawDetail(this.detail, this.pairs.pair(this.row), this.pairs, (row) => this.open(row));
    this.#readFromTheTop();
    this.onChoose();
  }

  #scrollTo(item) {
    const pane = place("list-pane");
    const [top, bottom] = [item.offsetTop, item.offsetTop + item.offsetHeight];
    if (top < pane.scrollTop) pane.scrollTop = top;
    else if (bottom > pane.scrollTop + pane.clientHeight) pane.scrollTop = bottom - pane.clientHeight;
  }

  /** Show a pair by its row, whatever was searched for. */
  open(row) {
    if (!this.found.includes(row)) {
      place("search").value = "";
      place("filter").value = "all";
      this.search();
    }
    // The order of review may lack what nobody needs to be asked about.
    if (!this.found.includes(row)) {
      place("order").value = "surest first";
      this.search();
    }
    this.choose(this.found.indexOf(row));
    this.read();
  }

  /** On a narrow screen the pair takes the list's place. */
  read() {
    place("viewer").classList.add("reading-pair");
    this.#readFromTheTop();
  }

  #readFromTheTop() {
    const reading = place("viewer").querySelector(".reading");
    reading.scrollTop = 0;
    const isNarrow = getComputedStyle(place("back")).display !== "none";
    if (isNarrow && place("viewer").classList.contains("reading-pair")) reading.scrollIntoView({ block: "start" });
  }

  backToList() {
    place("viewer").classList.remove("reading-pair");
    this.list.focus();
    place(`option-${this.at}`)?.scrollIntoView({ block: "nearest" });
  }

  #listen() {
    let waiting = 0;
    place("search").addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(() => this.search(), 120); });
    place("controls").addEventListener("submit", (event) => {
      event.preventDefault();
      clearTimeout(waiting);
      this.search();
      this.list.focus();
      this.read();
    });
    place("filter").addEventListener("change", () => this.search());
    place("order").addEventListener("change", () => this.search());
    place("more").addEventListener("click", () => this.#drawMore());
    place("back").addEventListener("click", () => this.backToList());
    this.list.addEventListener("keydown", (event) => this.#listKey(event));
    document.addEventListener("keydown", (event) => this.#letter(event));
  }

  #listKey(event) {
    const move = { ArrowDown: this.at + 1, ArrowUp: this.at - 1, Home: 0, End: this.drawn - 1, PageDown: this.at + 10, PageUp: this.at - 10 }[event.key];
    if (move !== undefined) this.choose(Math.min(Math.max(move, 0), this.found.length - 1));
    else if (event.key === "Enter") { this.read(); this.detail.focus(); } else return;
    event.preventDefault();
  }

  #letter(event) {
    if (event.key === "Escape") { this.backToList(); return; }
    const typing = event.target.closest("input[type=search], select, textarea");
    if (typing || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || !place("shortcuts").checked) return;
    const action = { j: () => this.choose(this.at + 1), k: () => this.choose(this.at - 1), "/": () => place("search").focus() }[event.key];
    if (!action) return;
    event.preventDefault();
    place("viewer").scrollIntoView({ block: "nearest" });
    action();
  }
}

function trouble(text) {
  place("trouble").textContent = text;
  place("trouble").hidden = !text;
}

function openFromAddress(viewer) {
  const row = /^#pair=(\d+)$/.exec(location.hash);
  if (!row || Number(row[1]) >= viewer.pairs.count) return;
  viewer.open(Number(row[1]));
  place("viewer").scrollIntoView();
}

async function start() {
  const { reviewing = false } = JSON.parse(place("settings").textContent);
  if (!("DecompressionStream" in window)) {
    trouble("The pair viewer needs a newer browser (Chromium 80, Firefox 113, Safari 16.4).");
    return;
  }
  const pairs = new Pairs(await unpacked(place("pair-data").textContent));
  place("pair-data").remove();
  if (reviewing) await startReview(pairs);
  else {
    const viewer = new Viewer(pairs, new Map(), false);
    window.addEventListener("hashchange", () => openFromAddress(viewer));
    openFromAddress(viewer);
  }
  document.documentElement.dataset.ready = "yes";
}
