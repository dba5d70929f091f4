// Group mode: thirty crops of one kind on a screen; the odd ones are marked, all others confirmed at once.
import { Clock, follow } from "./clock.js";
import { KeyList } from "./key_list.js";
import { Keys } from "./keys.js";
import { marked } from "./marked.js";
import { send } from "./server.js";

const words = JSON.parse(document.getElementById("words").textContent);
const at = (id) => document.getElementById(id);
const kind = at("group").dataset.kind;
const DEEDS = ["confirm", "undo", "help"], LOOK_MS = 700, HOLD_MS = 60_000;
const UNSENT = "replyflow-unsent-group", ODD = "replyflow-odd";
const clock = new Clock(), keys = new Keys();
const list = new KeyList(at("keys"), keys, words, [
  ["confirm", words["group.key.confirm"]], ["undo", words["group.key.undo"]], ["help", words["key.help"]],
], label);
let tiles = [], aside = [], sending = null;

const pause = (ms) => new Promise((go) => setTimeout(go, ms));
const busy = () => at("group").getAttribute("aria-busy") === "true";
function tell(text) { at("told").textContent = text; }

// ---- the tiles: nothing is confirmed that has not been on the screen

const unseen = new Set();
const watcher = new IntersectionObserver((changes) => {
  for (const change of changes) if (change.isIntersecting) unseen.delete(change.target);
}, { threshold: 0.6 });

async function load() {
  at("group").setAttribute("aria-busy", "true");
  for (;;) {
    const found = await send("POST", "/api/groups/take", { group: kind }).catch(() => null);
    if (found?.ok) return draw(await found.json());
    tell(words.offline);
    await pause(1000);
  }
}

async function draw({ tiles: found, groups }) {
  const group = groups.find((one) => one.group === kind), odd = new Set(kept(ODD));
  at("group").hidden = !found.length;
  at("nothing").hidden = Boolean(found.length);
  tiles = found.map((one) => tile(one, odd.has(one.id)));
  at("tiles").replaceChildren(...tiles.map((one) => one.element));
  const isSame = tiles.length > 0 && tiles.every((one) => one.thinks === tiles[0].thinks);
  at("tiles").classList.toggle("same", isSame);
  at("thinks").textContent = isSame ? `${words["group.thinks"]}: ${tiles[0].thinks}` : words["group.reads"];
  at("count").textContent = group ? `${group.count} ${group.about} ${words["group.left"]}` : "";
  watcher.disconnect();
  unseen.clear();
  label();
  if (!found.length) {
    at("group").setAttribute("aria-busy", "false");
    return at("to-review").focus();
  }
  await Promise.all(tiles.map((one) => one.shown()));
  shape();
  for (const one of tiles) { unseen.add(one.element); watcher.observe(one.element); }
  clock.start();
  at("thinks").focus({ preventScroll: true });
  window.scrollTo(0, 0);
  // a second Enter meant for the last group must not confirm this one unseen
  await pause(LOOK_MS);
  at("group").setAttribute("aria-busy", "false");
}

function tile(one, odd) {
  const element = document.createElement("label"), box = document.createElement("input"), image = new Image();
  element.className = "tile";
  box.type = "checkbox";
  box.value = one.id;
  box.checked = odd;
  image.alt = "";
  image.src = one.crop;
  box.addEventListener("change", () => mark());
  element.append(box, image, caption(one));
  return { ...one, element, box, image, shown: () => image.decode().catch(() => { box.checked = true; image.alt = words["group.no_picture"]; }) };
}

function caption(one) {
  const line = document.createElement("span"), key = document.createElement("kbd"), odd = document.createElement("span"), of = document.createElement("span");
  line.className = "caption";
  odd.className = "odd";
  odd.textContent = words["group.odd"];
  of.className = "of";
  of.textContent = one.label || one.template;
  line.append(key, odd, marked(one.thinks, one.doubtful, words), of);
  return line;
}

// wide crops want wide tiles
function shape() {
  const wide = Math.max(...tiles.map((one) => one.image.naturalWidth / (one.image.naturalHeight || 1)));
  at("tiles").dataset.shape = wide > 3 ? "wide" : wide > 1.6 ? "middle" : "small";
}

function mark() {
  keep(ODD, tiles.filter((one) => one.box.checked).map((one) => one.id));
  label();
}

function turn(place) {
  const box = tiles[place]?.box;
  if (!box) return;
  box.checked = !box.checked;
  tiles[place].element.scrollIntoView({ block: "nearest" });
  mark();
}

// ---- the answer: one request for all, kept and sent again until the desk has it

function confirm() {
  if (busy() || !tiles.length) return;
  const below = tiles.find((one) => unseen.has(one.element));
  if (below) {
    tell(words["group.more"]);
    return below.element.scrollIntoView({ block: "start" });
  }
  tell("");
  const odd = tiles.filter((one) => one.box.checked).map((one) => one.id);
  const confirmed = tiles.filter((one) => !one.box.checked).map(({ id, value }) => ({ id, value }));
  const said = { group: kind, confirmed, odd, ...clock.took() };
  tiles = [];
  keep(UNSENT, said);
  work(() => deliver(said));
}

async function deliver(said) {
  for (let wait = 500; said; wait = Math.min(wait * 2, 8000)) {
    try {
      const response = await send("POST", "/api/groups/confirm", said);
      if (response.status === 401) return;
      if (response.status === 201) report(await response.json());
      else if (response.status < 500) lost(said.confirmed.length);
      if (response.status < 500) break;
    } catch { /* the desk is away */ }
    tell(words.offline);
    await pause(wait);
  }
  sessionStorage.removeItem(UNSENT);
  sessionStorage.removeItem(ODD);
}

function report({ odd, refused }) {
  aside.push(...odd);
  // said twice, because the first reply was lost, is said
  const gone = Object.values(refused).filter((why) => why !== "answered").length;
  gone ? lost(gone) : tell(words.saved);
}

function lost(count) { tell(`${count} ${words["group.lost"]}`); }

async function undo() {
  await back();
  const response = await send("POST", "/api/undo", {}).catch(() => null);
  if (!response) tell(words.offline);
  if (!response?.ok) return;
  const { group } = await response.json();
  if (group === kind) return tell(words.taken_back);
  window.location = group ? `/group?kind=${encodeURIComponent(group)}` : "/review";
  await new Promise(() => null);
}

// one thing after the other, then the next group
function work(deed) {
  at("group").setAttribute("aria-busy", "true");
  at("nothing").hidden = true;
  sending = Promise.resolve(sending).then(deed).then(load);
}

const kept = (name) => JSON.parse(sessionStorage.getItem(name) || "[]");
const keep = (name, what) => sessionStorage.setItem(name, JSON.stringify(what));
const free = () => tiles.map((one) => one.id);
const back = () => fetch("/api/queue/back", {
  method: "POST", keepalive: true, headers: { "content-type": "application/json" }, body: JSON.stringify({ ids: free() }),
}).catch(() => null);

// ---- keys, buttons, and the signs of life that keep the clock going

const deeds = { confirm, undo: () => busy() || work(undo), help: () => list.turn() };

document.addEventListener("keydown", (event) => {
  clock.key();
  if (list.open) return;
  // a button or link does what is written on it
  if (["Enter", " "].includes(event.key) && event.target.closest("button, a")) return;
  const place = keys.tile(event, DEEDS), meant = place < 0 && keys.meant(event, false);
  if (place < 0 && !deeds[meant?.deed]) return;
  event.preventDefault();
  // a key that is held down does it once
  if (event.repeat) return;
  place < 0 ? deeds[meant.deed]() : turn(place);
});
at("group").addEventListener("submit", (event) => { event.preventDefault(); confirm(); });
for (const deed of ["undo", "help"]) at(deed).addEventListener("click", () => deeds[deed]());
follow(clock);
setInterval(() => {
  const ids = [...free(), ...aside];
  if (ids.length && clock.stirred()) send("POST", "/api/queue/hold", { ids: ids.slice(-200) }).catch(() => null);
}, HOLD_MS);
window.addEventListener("pagehide", () => { if (tiles.length) back(); });

function label() {
  const rest = tiles.filter((one) => !one.box.checked).length;
  for (const [id, text] of [["confirm", `${words[rest < tiles.length ? "group.confirm" : "group.confirm_all"]} ${rest}`], ["undo", words.undo], ["help", words.keys]]) {
    const key = document.createElement("kbd");
    key.textContent = keys.shown(id);
    at(id).replaceChildren(`${text} `, key);
  }
  const badges = keys.on ? keys.free(DEEDS) : [];
  tiles.forEach((one, place) => { one.element.querySelector("kbd").textContent = badges[place] ?? ""; });
}

const unsent = sessionStorage.getItem(UNSENT);
work(() => deliver(unsent && JSON.parse(unsent)));
