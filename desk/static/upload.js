import { sendFile } from "./sending.js";
import { get } from "./server.js";

const words = JSON.parse(document.getElementById("words").textContent);
const at = (id) => document.getElementById(id);
const AT_ONCE = 3, ASKED = 100, EVERY_MS = 2000;
const ENDED = new Set(["done", "review", "case", "rejected", "refused"]);
const queue = [], followed = new Map(), batches = new Set(), counts = {};
let sending = 0, total = 0, asking = false;

function word(name, more) { return (words[`upload.${name}`] ?? name) + (more ?? ""); }

function row(file) {
  const line = document.createElement("tr"), name = document.createElement("td"), state = document.createElement("td");
  name.textContent = file.name;
  line.append(name, state);
  at("rows").append(line);
  return { state, is: null };
}

function set(entry, is, text, link) {
  if (entry.is) counts[entry.is] -= 1;
  counts[is] = (counts[is] ?? 0) + 1;
  entry.is = is;
  entry.state.className = ["refused", "rejected"].includes(is) ? "rejected" : "";
  entry.state.textContent = text;
  if (link) {
    const to = document.createElement("a");
    [to.href, to.textContent] = link;
    entry.state.append(" ", to);
  }
  show();
}

function show() {
  const ended = [...ENDED].reduce((sum, name) => sum + (counts[name] ?? 0), 0);
  at("all").max = Math.max(total, 1);
  at("all").value = ended;
  const parts = Object.entries(counts).filter(([, count]) => count).map(([name, count]) => `${count} ${word(`count.${name}`)}`);
  at("told").textContent = `${ended} / ${total}: ${parts.join(", ")}`;
}

function add(files) {
  const origin = { channel: at("channel").value };
  if (origin.channel === "partner") origin.partner = at("partner").value;
  for (const file of files) {
    const entry = row(file);
    total += 1;
    set(entry, "waiting", word("waiting"));
    queue.push({ file, entry, path: `/api/uploads?${new URLSearchParams(origin)}` });
  }
  at("standing").hidden = total === 0;
  while (sending < AT_ONCE && queue.length) work();
}

async function work() {
  sending += 1;
  while (queue.length) {
    const { file, entry, path } = queue.shift();
    set(entry, "sending", word("sending"));
    const { said } = await sendFile(
      path, file, { "x-file-name": encodeURIComponent(file.name.toWellFormed?.() ?? file.name) },
      (share) => { entry.state.textContent = word("sending", ` ${Math.round(share * 100)} %`); },
      (wait) => { entry.state.textContent = `${word("again")} ${wait} s`; },
    );
    if (said.document) {
      entry.before = said.outcome === "duplicate" ? `${said.sentence} ` : "";
      set(entry, "received", entry.before || word("received"));
      followed.set(said.document, [...(followed.get(said.document) ?? []), entry]);
      follow();
    } else {
      set(entry, "refused", said.sentence || words[`upload.refused.${said.code}`] || word("refused"));
    }
  }
  sending -= 1;
}

async function follow() {
  if (asking) return;
  asking = true;
  while (followed.size) {
    const asked = [...followed.keys()].slice(0, ASKED);
    try {
      const found = await get(`/api/documents?${asked.map((id) => `id=${id}`).join("&")}`);
      for (const one of found) tell(one);
    } catch { /* asked again in a moment */ }
    await new Promise((resolve) => { setTimeout(resolve, EVERY_MS); });
  }
  asking = false;
}

function tell(one) {
  const link = one.batch ? [`/batches/${encodeURIComponent(one.batch)}`, one.batch] : null;
  if (link && !batches.has(one.batch)) {
    batches.add(one.batch);
    const to = document.createElement("a");
    [to.href, to.textContent] = link;
    at("batches").append(batches.size === 1 ? `${word("batches")} ` : ", ", to);
  }
  for (const entry of followed.get(one.id)) {
    if (entry.is !== one.state) set(entry, one.state, entry.before + word(one.state, one.reason ? ` ${one.reason}` : ""), link);
  }
  if (ENDED.has(one.state)) followed.delete(one.id);
}

at("files").addEventListener("change", (event) => { add(event.target.files); event.target.value = ""; });
at("channel").addEventListener("change", (event) => {
  if (at("partner-label")) at("partner-label").hidden = event.target.value !== "partner";
});
for (const name of ["dragover", "dragleave", "drop"]) {
  window.addEventListener(name, (event) => {
    event.preventDefault();
    at("drop").classList.toggle("over", name === "dragover");
    if (name === "drop") add(event.dataTransfer.files);
  });
}
window.addEventListener("beforeunload", (event) => { if (sending) event.preventDefault(); });
