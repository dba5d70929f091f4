// Which key does what. Kept in this browser; single keys can be changed or switched off (WCAG 2.1.4).
const DELIVERED = {
  confirm: "Enter", type: "t", unreadable: " ", undo: "z", page: "p", larger: "+", smaller: "-", bright: "b",
  search: "s", nobody: "n", help: "?",
};
const TILES = "1234567890abcdefghijklmnopqrstuvwxy";
const PLACE = "replyflow-keys";

export class Keys {
  constructor(store = window.localStorage) {
    this.store = store;
    const kept = JSON.parse(store.getItem(PLACE) || "{}");
    this.on = kept.on !== false;
    this.map = { ...DELIVERED, ...kept.map };
    this.tiles = kept.tiles || TILES;
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

  // the keys of the tiles of a group in order: those that its own deeds leave
  free(deeds) {
    const taken = deeds.map((deed) => this.map[deed].toLowerCase());
    return [...this.tiles].filter((key) => !taken.includes(key));
  }

  // the place of the tile that a key press asks for, or -1
  tile(event, deeds) {
    if (!this.on || event.ctrlKey || event.altKey || event.metaKey) return -1;
    return this.free(deeds).indexOf(event.key.toLowerCase());
  }

  setTiles(text) {
    this.tiles = [...new Set(text.toLowerCase().replace(/\s/g, ""))].join("") || TILES;
    this.keep();
  }

  change(deed, key) {
    for (const other of Object.keys(this.map)) if (this.map[other] === key) this.map[other] = this.map[deed];
    this.map[deed] = key;
    this.keep();
  }

  reset() {
    this.map = { ...DELIVERED };
    this.tiles = TILES;
    this.on = true;
    this.keep();
  }

  keep() {
    this.store.setItem(PLACE, JSON.stringify({ on: this.on, map: this.map, tiles: this.tiles }));
  }

  shown(deed) {
    return this.map[deed] === " " ? "␣" : this.map[deed];
  }
}
