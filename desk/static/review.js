import { Clock, follow } from "./clock.js";
import { KeyList } from "./key_list.js";
import { Keys } from "./keys.js";
import { showSenders } from "./senders.js";
import { Picture } from "./picture.js";
import { get, send } from "./server.js";

const words = JSON.parse(document.getElementById("words").textContent);
const at = (id) => document.getElementById(id);
const AHEAD = 8, FEW = 4, HOLD_MS = 240_000, LOOK_AGAIN_MS = 15_000, UNSENT = "replyflow-unsent";
const clock = new Clock(), keys = new Keys(), picture = new Picture(at("crop"), at("picture"));
const CALLED = { larger: "zoom", smaller: "zoom" };
const DEEDS = ["confirm", "type", "unreadable", "undo", "page", "larger", "smaller", "bright", "search", "nobody", "help"];
const list = new KeyList(at("keys"), keys, words, [
  ["pick", words["key.pick"], "1-9"], ...DEEDS.map((deed) => [deed, words[`key.${CALLED[deed] ?? deed}`]]),
], label);
const answered = new Set();
let queue = [], item = null, picked = new Set(), sending = [], filling = null, empty = false;

function tell(text) { at("told").textContent = text; }

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
    }
    empty = found.items.length < AHEAD;
    at("count").textContent = `· ${found.waiting} ${words.waiting}`;
  })();
  try { await filling; } catch { tell(words.offline); throw new Error("away"); } finally { filling = null; }
}

async function next() {
  if (!queue.length) await refill();
  item = queue.shift() ?? null;
  show();
  if (queue.length < FEW && !empty) fill().catch(() => null);
}

// nothing is at hand: wait for what was sent, then for the desk
async function refill() {
  item = null;
  at("desk").setAttribute("aria-busy", "true");
  for (;;) {
    await settled();
    try { return await fill(); } catch { await pause(1000); }
  }
}

const pause = (ms) => new Promise((go) => setTimeout(go, ms));
const settled = () => Promise.all(sending.map((one) => one.done));

// ---- one question

function show() {
  at("desk").hidden = !item;
  at("nothing").hidden = Boolean(item);
  at("desk").setAttribute("aria-busy", "false");
  if (!item) return;
  document.body.dataset.item = item.id;
  at("desk").dataset.takes = item.takes;
  at("where").textContent = [item.label, item.template, `${words.due} ${item.due}`].filter(Boolean).join(" · ");
  at("question").textContent = item.question;
  picked = new Set(item.picked.map(String));
  showChoices();
  showTyping();
  at("senders").hidden = item.takes !== "sender";
  picture.show(item);
  at("show-page").hidden = !item.page;
  at("show-page").setAttribute("aria-pressed", "false");
  at("mend").hidden = !item.page;
  if (item.page) at("mend").href = item.page.replace("/pages/", "/repair/").replace(".jpg", "");
  if (item.takes === "sender") offerSenders(item);
  clock.start();
  // not into a field or onto a button: keys would be typed there
  at("question").focus({ preventScroll: true });
}

// who fits may hang on what was just said of the same form
async function offerSenders(asked) {
  at("senders").replaceChildren();
  await Promise.all(sending.filter((one) => one.response === asked.response).map((one) => one.done));
  if (item === asked) showSenders(at("senders"), asked, words, keys, answer);
}

function showChoices() {
  at("choices").replaceChildren(...item.choices.map((choice, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "choice";
    const key = document.createElement("kbd");
    key.textContent = place + 1;
    const label = document.createElement("span");
    place === 0 && item.takes === "text" ? mark(label, choice.label, item.doubtful) : (label.textContent = choice.label);
    button.append(key, label);
    if (item.takes === "several") button.setAttribute("aria-pressed", picked.has(String(choice.value[0])));
    button.addEventListener("click", () => pick(place + 1));
    return button;
  }));
  const told = item.takes === "text" && item.read && item.doubtful.length;
  at("read").hidden = !told;
  if (told) at("read").textContent = `${words.machine_read}: ${words.not_sure}`;
}

// doubtful characters are marked, so that they are never taken for fact
function mark(into, text, doubtful) {
  [...text].forEach((letter, place) => {
    const part = document.createElement(doubtful.includes(place) ? "u" : "span");
    part.textContent = letter;
    into.append(part);
  });
}

function showTyping() {
  at("typing").hidden = item.takes !== "text";
  at("text").value = item.draft?.value && typeof item.draft.value === "string" ? item.draft.value : "";
  at("text").inputMode = ["digits", "phone", "date"].includes(item.charset) ? "numeric" : item.charset === "email" ? "email" : "text";
}

// ---- answers

function pick(number) {
  const choice = item?.choices[number - 1];
  if (!choice) return;
  if (item.takes !== "several") return answer(choice.word, choice.value);
  const name = String(choice.value[0]);
  picked.has(name) ? picked.delete(name) : picked.add(name);
  at("choices").children[number - 1].setAttribute("aria-pressed", picked.has(name));
}

function confirm() {
  if (!item) return;
  const typed = at("text").value.trim();
  if (item.takes === "several") return answer("value", [...picked]);
  if (item.takes !== "text") return;
  if (typed) return answer("value", typed);
  if (item.confirm) return answer(item.confirm.word, item.confirm.value);
  tell(words.must_type);
  at("text").focus();
}

function answer(word, value) {
  if (!item) return;
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
      if (response.status < 500) break;
    } catch { /* the desk is away */ }
    tell(words.offline);
    await pause(wait);
  }
  sending.splice(sending.indexOf(said), 1);
  keepUnsent();
  const left = await get("/api/waiting").catch(() => null);
  if (left) at("count").textContent = `· ${left.waiting} ${words.waiting}`;
}

function refused(said, reason) {
  tell(reason === "not-yours" ? words.gone : words.saved);
  if (reason === "not-yours") answered.delete(said.id);
}

// one answer may settle other questions about the same form
function dropSettled(response, open) {
  if (response !== null) queue = queue.filter((one) => one.response !== response || open.includes(one.id));
}

async function undo() {
  await settled();
  const response = await send("POST", "/api/undo", {}).catch(() => null);
  if (!response) tell(words.offline);
  if (!response?.ok) return;
  const back = await response.json();
  if (back.group) return (window.location = `/group?kind=${encodeURIComponent(back.group)}`);
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
  if (event.key === "Escape" && field) return at("question").focus();
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
at("text").addEventListener("input", () => keepDraft(at("text").value));
for (const [id, deed] of [["unreadable", "unreadable"], ["undo", "undo"], ["show-page", "page"], ["larger", "larger"], ["smaller", "smaller"], ["bright", "bright"], ["help", "help"]]) {
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
  if (ids.length && !clock.away) send("POST", "/api/queue/hold", { ids }).catch(() => null);
}, HOLD_MS);
window.addEventListener("pagehide", () => {
  const ids = [item, ...queue].filter(Boolean).map((one) => one.id);
  if (ids.length) fetch("/api/queue/back", { method: "POST", keepalive: true, headers: { "content-type": "application/json" }, body: JSON.stringify({ ids }) });
});

// ---- the list of keys

function label() {
  at("type-key").textContent = keys.shown("type");
  for (const [id, deed] of [["unreadable", "unreadable"], ["undo", "undo"], ["show-page", "page"], ["help", "help"]]) {
    const text = { unreadable: words.unreadable, undo: words.undo, "show-page": words.page, help: words.keys }[id];
    const key = document.createElement("kbd");
    key.textContent = keys.shown(deed);
    at(id).replaceChildren(`${text} `, key);
  }
}

label();
for (const said of JSON.parse(sessionStorage.getItem(UNSENT) || "[]")) post(said);
next();
setInterval(() => { if (!at("nothing").hidden && !document.hidden) next(); }, LOOK_AGAIN_MS);
