// The list of keys: each can be changed, and all single keys can be switched off (WCAG 2.1.4).
export class KeyList {
  // rows are pairs of a deed and what it is called, in a third place its fixed key; changed() is told of every change
  constructor(dialog, keys, words, rows, changed) {
    Object.assign(this, { dialog, keys, words, rows, changed });
    const at = (id) => dialog.querySelector(`#${id}`);
    at("keys-on").addEventListener("change", (event) => { keys.on = event.target.checked; keys.keep(); changed(); });
    at("keys-reset").addEventListener("click", () => { keys.reset(); this.redraw(); });
    at("keys-close").addEventListener("click", () => dialog.close());
    at("tile-keys")?.addEventListener("change", (event) => { keys.setTiles(event.target.value); this.redraw(); });
  }

  get open() { return this.dialog.open; }

  turn() {
    if (this.open) return this.dialog.close();
    this.draw();
    this.dialog.showModal();
  }

  redraw() {
    this.changed();
    this.draw();
  }

  draw() {
    const tiles = this.dialog.querySelector("#tile-keys");
    this.dialog.querySelector("tbody").replaceChildren(...this.rows.map((row) => this.row(...row)));
    this.dialog.querySelector("#keys-on").checked = this.keys.on;
    if (tiles) tiles.value = this.keys.tiles;
  }

  row(deed, called, fixed) {
    const row = document.createElement("tr"), head = document.createElement("th"), cell = document.createElement("td");
    head.textContent = called;
    head.scope = "row";
    if (fixed) cell.textContent = fixed;
    else cell.append(this.change(deed));
    row.append(head, cell);
    return row;
  }

  change(deed) {
    const button = document.createElement("button");
    button.className = "plain";
    button.textContent = this.keys.shown(deed);
    button.dataset.deed = deed;
    button.addEventListener("click", () => {
      button.textContent = `${this.words["key.change"]} …`;
      button.addEventListener("keydown", (event) => this.taken(event, deed));
      button.addEventListener("blur", () => { button.replaceWith(this.change(deed)); });
    });
    return button;
  }

  // Shift alone is half a key; Escape and Tab lead away, and digits are those of the answers
  taken(event, deed) {
    if (["Shift", "Control", "Alt", "AltGraph", "Meta", "Dead", "Tab"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    if (/^[1-9]$/.test(event.key)) return;
    if (event.key !== "Escape") this.keys.change(deed, event.key);
    this.redraw();
    this.dialog.querySelector(`[data-deed="${deed}"]`).focus();
  }
}
