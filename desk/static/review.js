import { Clock, follow } from "./clock.js";
import { KeyList } from "./key_list.js";
import { Keys } from "./keys.js";
import { marked } from "./marked.js";
import { showSenders } from "./senders.js";
import { Picture } from "./picture.js";
import { get, send } from "./server.js";

const words = JSON.parse(document.getElementById("words").textContent);
const at = (id) => document.getElementById(id);
const AHEAD = 8, FEW = 4, HOLD_MS = 60_000, LOOK_AGAIN_MS = 15_000, UNSENT = "replyflow-unsent";
const clock = new Clock(), keys = new Keys(), picture = new Picture(at("crop"), at("picture"), at("no-picture"));
const DEEDS = ["confirm", "type", "unreadable", "undo", "page", "larger", "smaller", "bright", "search", "nobody", "help"];
const list = new KeyList(at("keys"), keys, words, [
  ["pick", words["key.pick"], "1-9"], ...DEEDS.map((deed) => [deed, words[`key.${deed}`]]),
], label);
const answered = new Set();
let queue = [], item = null, picked = new Set(), sending = [], filling = null, empty = false, round = 0, undoing = false;

function tell(text) { at("told").textContent = text; }
// nothing is answered before it can be seen
const busy = () => at("desk").getAttribute("aria-busy") === "true";
const wait = (is) => at("desk").setAttribute("aria-busy", is);

// ---- the queue: work is fetched ahead, so that the next question shows at once

async function fill() {
  if (filling) return filling;
  filling = (async () => {
    const found = await get(`/api/queue?count=${AHEAD}`);
    const known = new Set([item?.id, ...queue.map((one) => one.id), ...answered]);
    for (const one of found.items) {
      if (known.has(one.id)) continue;
      queue.push(one);
      if (one.crop) new Image().src = one.crop;
      else if (one.page) fetch(one.page).catch(() => null);
    }
    empty = found.items.length < AHEAD;
    tellLeft(found.waiting);
  })();
  try { await filling; } catch { tell(words.offline); throw new Error("away"); } finally { filling = null; }
}

async function next() {
  const mine = ++round;
  if (!queue.length) await refill();
  // what was taken back meanwhile stands there already
  if (mine !== round) return;
  item = queue.shift() ?? null;
  show();
  if (queue.length < FEW && !empty) fill().catch(() => null);
}

// nothing is at hand: wait for what was sent, then for the desk
async function refill() {
  item = null;
  wait(true);
  for (;;) {
    await settled();
    try { return await fill(); } catch { await pause(1000); }
  }
}

const pause = (ms) => new Promise((go) => setTimeout(go, ms));
const settled = () => Promise.all(sending.map((one) => one.done));
function tellLeft(count) { at("count").textContent = `${count} ${words.waiting}`; }

// ---- one question

async function show() {
  at("desk").hidden = !item;
  at("nothing").hidden = Boolean(item);
  wait(Boolean(item));
  if (!item) return;
  const shown = item;
  at("desk").dataset.takes = item.takes;
  at("desk").dataset.shape = "";
  at("where").textContent = [item.template, `${words.due} ${item.due}`].filter(Boolean).join(" · ");
  at("field").textContent = item.label;
  at("question").textContent = item.question;
  picked = new Set(item.picked.map(String));
  showChoices();
  showTyping();
  at("senders").hidden = item.takes !== "sender";
  at("show-page").hidden = !item.page;
  at("show-page").setAttribute("aria-pressed", "false");
  at("mend").hidden = !item.page;
  if (item.page) at("mend").href = item.page.replace("/pages/", "/repair/").replace(".jpg", "");
  if (item.takes === "sender") offerSenders(item);
  // not into a field or onto a button: keys would be typed there
  at("heading").focus({ preventScroll: true });
  await picture.show(item);
  if (item !== shown || undoing) return;
  // boxes one below the other: the answers stand beside them
  if (picture.isTall) at("desk").dataset.shape = "tall";
  document.body.dataset.item = item.id;
  clock.start();
  wait(false);
}

// who fits may hang on what was just said of the same form
async function offerSenders(asked) {
  at("senders").replaceChildren();
  await Promise.all(sending.filter((one) => one.response === asked.response).map((one) => one.done));
  if (item === asked) showSenders(at("senders"), asked, words, keys, answer, () => item === asked);
}

function showChoices() {
  at("choices").replaceChildren(...item.choices.map((choice, place) => {
    const button = document.createElement("button");
    const label = marked(choice.label, choice.label === item.read ? item.doubtful : [], words);
    const isTaken = JSON.stringify(choice) === JSON.stringify(item.confirm);
    button.type = "button";
    button.className = "choice";
    button.append(keyed(place + 1), label, ...(isTaken ? [keyed(keys.shown("confirm"))] : []));
    if (item.takes === "several") button.setAttribute("aria-pressed", picked.has(String(choice.value[0])));
    button.addEventListener("click", () => pick(place + 1));
    return button;
  }));
  at("done").hidden = item.takes !== "several";
  showRead();
}

// what the machine read: that some of it is doubtful, or that it cannot stand and has to be typed
function showRead() {
  const isOffered = item.choices.some((choice) => choice.label === item.read), doubtful = item.doubtful.length > 0;
  at("read").hidden = !item.read || (isOffered && !doubtful);
  if (at("read").hidden) return;
  at("read").replaceChildren(`${words.machine_read}: `, marked(item.read, item.doubtful, words), ` – ${isOffered ? words.not_sure : words.cannot_stand}`);
}

function keyed(text) {
  const key = document.createElement("kbd");
  key.textContent = text;
  return key;
}

function showTyping() {
  at("typing").hidden = item.takes !== "text";
  at("text").value = item.draft?.value && typeof item.draft.value === "string" ? item.draft.value : "";
  at("text").inputMode = ["digits", "phone", "date"].includes(item.charset) ? "numeric" : item.charset === "email" ? "email" : "text";
}

// ---- answers

function pick(number) {
  const choice = item?.choices[number - 1];
  if (!choice || busy()) return;
  if (item.takes !== "several") return answer(choice.word, choice.value);
  const name = String(choice.value[0]);
  picked.has(name) ? picked.delete(name) : picked.add(name);
  at("choices").children[number - 1].setAttribute("aria-pressed", picked.has(name));
}

function confirm() {
  if (!item || busy()) return;
  const typed = at("text").value.trim();
  if (item.takes === "several") return answer("value", [...picked]);
  if (item.takes === "text" && typed) return answer("value", typed);
  if (item.confirm) return answer(item.confirm.word, item.confirm.value);
  if (item.takes !== "text") return;
  tell(words.must_type);
  at("text").focus();
}

function answer(word, value) {
  if (!item || busy()) return;
  clearTimeout(drafting);
  const said = { id: item.id, response: item.response, body: { word, value: value ?? null, ...clock.took() } };
  post(said);
  tell("");
  next();
}

function post(said) {
  sending.push(said);
  answered.add(said.id);
  keepUnsent();
  said.done = deliver(said);
}

// a page that is loaded anew, or comes back from the sign-in, still has what was not sent
function keepUnsent() {
  sessionStorage.setItem(UNSENT, JSON.stringify(sending.map(({ id, response, body }) => ({ id, response, body }))));
}

// an answer is kept and sent again until the desk has it: a server that restarts loses none
async function deliver(said) {
  for (let wait = 500; ; wait = Math.min(wait * 2, 8000)) {
    try {
      const response = await send("POST", `/api/exceptions/${said.id}/answer`, said.body);
      if (response.status === 401) return;
      if (response.status === 409) refused(said, (await response.json()).detail);
      if (response.status === 201) dropSettled(said.response, (await response.json()).ids);
      if ([403, 404, 422].includes(response.status)) refused(said, "not-taken");
      if (response.status < 500) break;
    } catch { /* the desk is away */ }
    tell(words.offline);
    await pause(wait);
  }
  sending.splice(sending.indexOf(said), 1);
  keepUnsent();
  const left = await get("/api/waiting").catch(() => null);
  if (left) tellLeft(left.waiting);
}

function refused(said, reason) {
  tell({ "not-yours": words.gone, answered: words.saved }[reason] ?? words.not_taken);
  // it is asked again, here or elsewhere
  if (reason !== "answered") answered.delete(said.id);
}

// one answer may settle other questions about the same form
function dropSettled(response, open) {
  if (response !== null) queue = queue.filter((one) => one.response !== response || open.includes(one.id));
}

async function undo() {
  if (undoing) return;
  undoing = true;
  wait(true);
  await settled();
  const response = await send("POST", "/api/undo", {}).catch(() => null);
  undoing = false;
  if (!response?.ok) {
    tell(response ? words.nothing_back : words.offline_undo);
    return wait(!item);
  }
  const back = await response.json();
  if (back.group) return (window.location = `/group?kind=${encodeURIComponent(back.group)}`);
  round += 1;
  if (item) queue.unshift(item);
  item = back;
  answered.delete(item.id);
  tell(words.taken_back);
  show();
}

// ---- keys, buttons, and the signs of life that keep the clock going

const deeds = {
  pick: (meant) => pick(meant.number), confirm, undo,
  type: () => item?.takes === "text" && at("text").focus(),
  done: () => confirm(),
  unreadable: () => item && item.takes !== "sender" && answer("unreadable", null),
  page: () => at("show-page").setAttribute("aria-pressed", picture.turn(item)),
  larger: () => picture.zoom(1.25), smaller: () => picture.zoom(0.8), bright: () => picture.brighter(),
  search: () => document.getElementById("search")?.focus(),
  nobody: () => item?.takes === "sender" && answer("nobody", null),
  help: () => list.turn(),
};

document.addEventListener("keydown", (event) => {
  clock.key();
  if (list.open) return;
  const field = event.target.closest("input, select, textarea");
  if (event.key === "Escape" && field) return at("heading").focus();
  // a button does what is written on it, and the search looks up what was typed
  if (["Enter", " "].includes(event.key) && event.target.closest("button, #senders form")) return;
  const meant = keys.meant(event, Boolean(field));
  if (!meant) return;
  event.preventDefault();
  // a key that is held down answers once
  if (event.repeat && !["larger", "smaller"].includes(meant.deed)) return;
  deeds[meant.deed](meant);
});

at("typing").addEventListener("submit", (event) => { event.preventDefault(); confirm(); });
at("text").addEventListener("input", () => { if (item && !busy()) keepDraft(at("text").value); });
for (const [id, deed] of [["unreadable", "unreadable"], ["undo", "undo"], ["show-page", "page"], ["larger", "larger"], ["smaller", "smaller"], ["bright", "bright"], ["help", "help"], ["done", "done"]]) {
  at(id).addEventListener("click", () => deeds[deed]({}));
}
follow(clock);

let drafting = 0;
function keepDraft(value) {
  clearTimeout(drafting);
  const id = item.id;
  drafting = setTimeout(() => send("PUT", `/api/exceptions/${id}/draft`, { draft: { value } }).catch(() => null), 800);
}

setInterval(() => {
  const ids = [item, ...queue].filter(Boolean).map((one) => one.id);
  // whoever gives no sign of life for a quarter of an hour gives the questions back
  if (ids.length && clock.stirred()) send("POST", "/api/queue/hold", { ids }).catch(() => null);
}, HOLD_MS);
window.addEventListener("pagehide", () => {
  const ids = [item, ...queue].filter(Boolean).map((one) => one.id);
  if (ids.length) fetch("/api/queue/back", { method: "POST", keepalive: true, headers: { "content-type": "application/json" }, body: JSON.stringify({ ids }) });
});

// ---- the list of keys

function label() {
  at("type-key").textContent = keys.shown("type");
  const texts = {
    unreadable: words.unreadable, undo: words.undo, "show-page": words.page, help: words.keys, done: words.done,
    larger: "+", smaller: "−", bright: words.brightness,
  };
  const deedOf = { "show-page": "page", done: "confirm" };
  for (const [id, text] of Object.entries(texts)) {
    const deed = deedOf[id] ?? id, key = keys.shown(deed);
    at(id).replaceChildren(text, ...(key === text || (id === "smaller" && key === "-") ? [] : [" ", keyed(key)]));
  }
}

label();
for (const said of JSON.parse(sessionStorage.getItem(UNSENT) || "[]")) post(said);
next();
setInterval(() => { if (!at("nothing").hidden && !document.hidden) next(); }, LOOK_AGAIN_MS);
