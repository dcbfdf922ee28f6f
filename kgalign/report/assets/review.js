// Decisions: read from the server that served this page, and sent to it one by one.

const KEYS = { y: "confirmed", n: "declined", u: "unsure" };

class Review {
  constructor(pairs) {
    this.pairs = pairs;
    this.decisions = new Map();
    this.token = new URLSearchParams(location.search).get("token") ?? "";
  }

  async #ask(method, body) {
    const response = await fetch("/decisions", {
      method,
      headers: { "X-Kgalign-Token": this.token, ...(body ? { "Content-Type": "application/json" } : {}) },
      body: body ? JSON.stringify(body) : undefined,
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.error);
    return answer;
  }

  /** What was decided before. */
  async read() {
    const rows = new Map();
    for (let row = 0; row < this.pairs.count; row += 1) {
      rows.set(this.#key(...this.#iris(row)), row);
    }
    const { decisions } = await this.#ask("GET");
    decisions.forEach(({ source, target, decision }) => {
      const row = rows.get(this.#key(source, target)) ?? rows.get(this.#key(target, source));
      if (row !== undefined) this.decisions.set(row, decision);
    });
  }

  #key(source, target) { return JSON.stringify([source, target]); }

  #iris(row) {
    const { source, target } = this.pairs.data.pairs;
    return [this.pairs.entity(source[row]).iri, this.pairs.entity(target[row]).iri];
  }

  begin() {
    this.viewer = new Viewer(this.pairs, this.decisions, true);
    this.viewer.onChoose = () => this.#show();
    const first = this.viewer.found.findIndex((row) => !this.decisions.has(row));
    this.viewer.choose(Math.max(first, 0));
    this.#show();
    place("decide").addEventListener("click", (event) => {
      const button = event.target.closest("button[data-decision]");
      if (button) this.decide(button.dataset.decision);
    });
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest("input[type=search], select, textarea");
      if (typing || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat || !place("shortcuts").checked) return;
      if (!(event.key in KEYS)) return;
      event.preventDefault();
      this.decide(KEYS[event.key]);
    });
  }

  /** Have the decision written down; only then is it shown, and the next pair chosen. */
  async decide(decision) {
    const { row } = this.viewer;
    if (row === undefined || this.busy) return;
    const [source, target] = this.#iris(row);
    this.busy = true;
    try {
      await this.#ask("POST", { source, target, decision });
      trouble("");
      this.decisions.set(row, decision);
      this.viewer.mark(row);
      if (this.viewer.row === row) this.viewer.choose(this.viewer.at + 1);
    } catch (error) {
      trouble(error instanceof TypeError
        ? "The decision was not saved: kgalign review no longer runs. Start it again and open its new address."
        : `The decision was not saved: ${error.message}`);
    } finally {
      this.busy = false;
      this.#show();
    }
  }

  #show() {
    const decision = this.decisions.get(this.viewer.row);
    place("decide").querySelectorAll("button").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.decision === decision));
      button.disabled = this.viewer.row === undefined;
    });
    const counts = Object.values(KEYS).map((name) => [name, [...this.decisions.values()].filter((one) => one === name).length]);
    const told = counts.filter(([, count]) => count).map(([name, count]) => `${count.toLocaleString("en")} ${name}`);
    place("progress").textContent = `${this.decisions.size.toLocaleString("en")} of ${this.pairs.count.toLocaleString("en")} pairs decided`
      + (told.length ? `: ${told.join(", ")}` : "");
  }
}

async function startReview(pairs) {
  const review = new Review(pairs);
  await review.read();
  review.begin();
}

start().catch((error) => {
  trouble(`The pairs can't be shown: ${error.message}`);
  document.documentElement.dataset.ready = "no";
});
