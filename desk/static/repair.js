import { Board, mapping } from "./board.js";
import { get, send } from "./server.js";

const words = JSON.parse(document.getElementById("words").textContent);
const at = (id) => document.getElementById(id);
const begin = JSON.parse(at("begin").textContent), page = begin.state.id;
const forms = new Map(begin.forms.map((form) => [form.name, form]));
const LOOK_MS = 700, AGAIN_MS = 1000, TRIES = 60, SLOW_MS = 20_000, BEYOND = 0.12, INSET = 0.03;
const scan = new Board(at("scan"), at("loupe"), words["repair.on_scan"], preview);
const blank = new Board(at("blank"), at("loupe"), words["repair.on_blank"], preview);
let state = begin.state, scale = 1, perMm = 1, round = 0, loading = 0;
const missing = new Set();

const pause = (ms) => new Promise((go) => setTimeout(go, ms));
const form = () => forms.get(at("form").value);
const corners = ([x, y, w, h]) => [[x, y], [x + w, y], [x + w, y + h], [x, y + h]];

function tell(text, tone = "") {
  at("state").textContent = text;
  at("state").dataset.tone = tone;
}

// ---- the two pictures and their points

// a page is sent smaller than it was scanned; repairs are in px as scanned
const toPage = (px) => px.map((part) => (part + 0.5) / scale - 0.5);
const toPicture = (px) => px.map((part) => (part + 0.5) * scale - 0.5);

// Points are placed anew whenever a picture changes; until it is there nobody can move one, so that none is moved back.
// Of two loads the later one holds, whichever ends first, and brings what the earlier one did not.
async function load(pictures) {
  const mine = ++loading;
  for (const picture of pictures) missing.add(picture);
  ready(false);
  const arrived = await Promise.all([...missing].map((picture) => picture().catch(() => null)));
  for (const show of arrived) if (mine === loading) await show?.();
  if (mine !== loading) return;
  const isWhole = !arrived.includes(null);
  if (isWhole) {
    missing.clear();
    setPoints();
  } else tell(words["repair.no_picture"], "bad");
  ready(true, isWhole);
}

function ready(is, isWhole = is) {
  document.body.toggleAttribute("data-ready", is);
  at("boards").setAttribute("aria-busy", !is);
  for (const one of [...scan.handles, ...blank.handles, at("read"), at("corners"), at("outlined")]) one.disabled = !isWhole;
}

async function scanned() {
  const response = await fetch(`/pages/${page}.jpg`);
  if (!response.ok) return null;
  const address = URL.createObjectURL(await response.blob()), found = Number(response.headers.get("x-scale")) || 1;
  return async () => {
    scale = found;
    await scan.show(address, null, BEYOND);
  };
}

async function blankOf() {
  const chosen = form(), response = await fetch(`/blanks/${encodeURIComponent(chosen.name)}.png`);
  const address = response.ok ? URL.createObjectURL(await response.blob()) : null;
  return async () => {
    await blank.show(address, chosen.mm.map((side) => side * 6), 0.07);
    perMm = blank.width / chosen.mm[0];
  };
}

function setPoints() {
  const known = state.repairs.findLast((one) => one.what === "place")?.value;
  const same = known && known.template === form().name && known.turn === state.turn;
  const [w, h] = [scan.width, scan.height], inset = INSET * Math.min(w, h);
  scan.place(same ? known.px.map(toPicture) : corners([inset, inset, w - 2 * inset, h - 2 * inset]));
  blank.place((same ? known.mm : corners([0, 0, ...form().mm])).map((mm) => mm.map((part) => part * perMm)));
  preview();
}

// the fields where the reader would look for them
function preview() {
  const boxes = at("outlined").checked ? Object.values(form().fields).flat() : [];
  const shapes = [corners([0, 0, ...form().mm]), ...boxes.map(corners)].map((shape) => shape.map((mm) => mm.map((part) => part * perMm)));
  const map = mapping(blank.points, scan.points);
  blank.outline(shapes);
  scan.outline(map ? shapes.map((shape) => shape.map(map)) : []);
}

async function start() {
  const place = state.repairs.findLast((one) => one.what === "place");
  const known = place?.value.template ?? state.template;
  if (forms.has(known)) at("form").value = known;
  await load([scanned, blankOf]);
}

// ---- repairs: sent, kept by the desk, and the page looked at until it is read again

async function mend(path, body) {
  const mine = ++round;
  tell(words["repair.sending"]);
  for (let tries = 0; tries < TRIES && mine === round; tries++) {
    const response = await send("POST", `/api/pages/${page}/repairs${path}`, body).catch(() => null);
    if (response?.ok) return taken(await response.json(), mine);
    if (response && ![409, 502, 503].includes(response.status)) return tell(await fault(response), "bad");
    tell(response ? words["repair.being_read"] : words.offline);
    await pause(AGAIN_MS);
  }
}

async function fault(response) {
  const detail = (await response.json()).detail;
  return typeof detail === "string" ? detail : words["repair.wrong"];
}

async function taken(found, mine) {
  const turn = state.turn;
  render(found);
  if (found.turn !== turn) await load([scanned]);
  await follow(mine);
}

async function follow(mine) {
  const since = Date.now();
  while (state.busy && mine === round) {
    tell(words[Date.now() - since > SLOW_MS ? "repair.slow" : "repair.busy"]);
    await pause(LOOK_MS);
    const found = await get(`/api/pages/${page}/repairs`).catch(() => null);
    if (found && mine === round) render(found);
  }
  if (mine === round) say();
}

function say() {
  if (state.busy) return tell(words["repair.busy"]);
  const kind = state.repairs.findLast((one) => one.what === "kind");
  if (kind) return tell(words[`repair.said.${kind.value}`], "good");
  if (state.registered) return tell(`${words["repair.is_read"]} ${forms.get(state.template)?.title ?? state.template}.`, "good");
  tell(`${words["repair.not_read"]} ${state.reason ?? ""}`, "bad");
}

function render(found) {
  state = found;
  document.body.dataset.busy = state.busy;
  at("standing").replaceChildren(...(state.repairs.length ? state.repairs.map(standing) : [line(words["repair.none"])]));
  at("responses").replaceChildren(...(state.responses.length ? state.responses.map(answered) : [line(words["repair.no_response"])]));
}

function line(text) {
  const item = document.createElement("li");
  item.textContent = text;
  return item;
}

function standing(repair) {
  const shown = { place: repair.value?.template, turn: `${repair.value}°`, whole: "" }[repair.what] ?? words[`repair.value.${repair.value}`] ?? repair.value;
  const item = line(`${words[`repair.what.${repair.what}`]} ${shown} · ${repair.person}`);
  const back = document.createElement("button");
  back.className = "plain";
  back.textContent = words["repair.undo"];
  back.setAttribute("aria-label", `${words["repair.undo"]}: ${words[`repair.what.${repair.what}`]}`);
  back.addEventListener("click", () => mend(`/${repair.id}/undo`, {}));
  item.append(back);
  return item;
}

function answered(one) {
  const parts = [`${words["repair.page"]} ${one.pages.join(", ")}`, forms.get(one.template)?.title ?? one.template];
  if (one.case !== null) parts.push(`${words["repair.case"]} ${one.case}`);
  if (one.questions) parts.push(`${one.questions} ${words.waiting}`);
  return line(parts.join(" · "));
}

at("form").addEventListener("change", () => load([blankOf]));
at("outlined").addEventListener("change", preview);
at("corners").addEventListener("click", () => {
  blank.place(corners([0, 0, ...form().mm]).map((mm) => mm.map((part) => part * perMm)));
  const inset = INSET * Math.min(scan.width, scan.height);
  scan.place(corners([inset, inset, scan.width - 2 * inset, scan.height - 2 * inset]));
  preview();
});
at("read").addEventListener("click", () => mend("", {
  what: "place",
  value: { template: form().name, mm: blank.points.map((px) => px.map((part) => part / perMm)), px: scan.points.map(toPage), turn: state.turn },
}));
at("coding").addEventListener("submit", (event) => { event.preventDefault(); mend("", { what: "code", value: at("code").value.trim() }); });
for (const button of document.querySelectorAll("[data-turn]")) {
  button.addEventListener("click", () => mend("", { what: "turn", value: (state.turn + Number(button.dataset.turn)) % 360 }));
}
for (const button of document.querySelectorAll("[data-kind]")) button.addEventListener("click", () => mend("", { what: "kind", value: button.dataset.kind }));
for (const button of document.querySelectorAll("[data-bound]")) button.addEventListener("click", () => mend("", { what: "bound", value: button.dataset.bound }));
for (const button of document.querySelectorAll("[data-whole]")) button.addEventListener("click", () => mend("", { what: "whole", value: true }));

render(state);
say();
await start();
if (state.busy) follow(round);
