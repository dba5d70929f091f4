// Which key does what. Kept in this browser; single keys can be changed or switched off (WCAG 2.1.4).
const DELIVERED = {
  confirm: "Enter", type: "t", unreadable: " ", undo: "z", page: "p", larger: "+", smaller: "-", bright: "b",
  search: "s", nobody: "n", help: "?",
};
const PLACE = "replyflow-keys";

export class Keys {
  constructor(store = window.localStorage) {
    this.store = store;
    const kept = JSON.parse(store.getItem(PLACE) || "{}");
    this.on = kept.on !== false;
    this.map = { ...DELIVERED, ...kept.map };
  }

  // what a key press asks for: the name of a deed, "pick" with its number, or nothing
  meant(event, typing) {
    if (event.ctrlKey || event.altKey || event.metaKey) return null;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const deed = Object.keys(this.map).find((name) => this.map[name].toLowerCase() === key.toLowerCase());
    if (deed === "confirm" && key === "Enter") return { deed };
    if (!this.on || typing) return null;
    if (/^[1-9]$/.test(key)) return { deed: "pick", number: Number(key) };
    return deed ? { deed } : null;
  }

  change(deed, key) {
    for (const other of Object.keys(this.map)) if (this.map[other] === key) this.map[other] = this.map[deed];
    this.map[deed] = key;
    this.keep();
  }

  reset() {
    this.map = { ...DELIVERED };
    this.on = true;
    this.keep();
  }

  keep() {
    this.store.setItem(PLACE, JSON.stringify({ on: this.on, map: this.map }));
  }

  shown(deed) {
    return this.map[deed] === " " ? "␣" : this.map[deed];
  }
}
