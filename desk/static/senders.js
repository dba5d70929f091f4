// Who sent it: candidates side by side, what differs marked, each field's weight; a search; nobody.
import { get } from "./server.js";

function cell(tag, text, kind) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

// isAsked() tells whether the question still stands there when something arrives late
export async function showSenders(into, item, words, keys, answer, isAsked) {
  into.replaceChildren(cell("p", "…", "calm"));
  const found = await get(`/api/exceptions/${item.id}/senders`).catch(() => null);
  if (!isAsked()) return;
  if (!found) return into.replaceChildren(cell("p", words.offline_list, "calm"), ...tools(into, item, words, keys, answer, isAsked));
  item.choices = choicesOf(found);
  item.written = found.written;
  into.replaceChildren(...(found.why.length ? [cell("p", found.why.join("; "), "calm")] : []), table(found, words, answer), ...tools(into, item, words, keys, answer, isAsked));
}

const choicesOf = (found) => found.senders.map((one) => ({ word: "subscriber", value: one.subscriber_id, label: one.subscriber_id }));

function table(found, words, answer) {
  const grid = document.createElement("table");
  grid.className = "senders";
  const head = grid.createTHead().insertRow();
  const written = cell("th", words.written);
  written.scope = "col";
  head.append(cell("td", ""), written, ...found.senders.map((one, place) => {
    const column = document.createElement("th"), button = document.createElement("button");
    column.scope = "col";
    button.type = "button";
    button.className = "choice";
    const key = cell("kbd", place + 1);
    button.append(key, cell("span", [`${one.subscriber_id}${one.active ? "" : ` (${words.inactive})`}`, one.fields.first_name, one.fields.last_name].filter(Boolean).join(" ")));
    button.addEventListener("click", () => answer("subscriber", one.subscriber_id));
    column.append(button);
    if (one.weights.length) column.append(cell("small", `${words.probability} ${(100 * one.probability).toFixed(1)} %`));
    return column;
  }));
  const body = grid.createTBody();
  const fields = [...new Set([...found.differing, ...Object.keys(found.written)])];
  for (const field of fields.filter((name) => found.senders.some((one) => one.fields[name]))) {
    const row = body.insertRow();
    const head = cell("th", words[`of.${field}`] ?? field);
    head.scope = "row";
    row.append(head, cell("td", found.written[field] ?? ""), ...found.senders.map((one) => valueOf(one, field, found)));
  }
  return grid;
}

const WEIGHED = { first_name: "first", last_name: "last", house_number: "number" };
function valueOf(one, field, found) {
  const made = cell("td", one.fields[field] ?? "–", found.differing.includes(field) ? "differs" : "");
  const weight = one.weights.find((bar) => bar.field === (WEIGHED[field] ?? field));
  if (weight) {
    const bits = `${weight.bits > 0 ? "+" : ""}${weight.bits.toFixed(1)}`;
    made.append(" ", cell("small", `${bits} ${weight.level}`, weight.bits > 0 ? "for" : "against"));
  }
  return made;
}

function tools(into, item, words, keys, answer, isAsked) {
  const form = document.createElement("form"), label = cell("label", `${words.search} `), input = document.createElement("input");
  input.id = "search";
  input.placeholder = words["search.hint"];
  input.maxLength = 200;
  label.append(input);
  const key = cell("kbd", keys.shown("search"));
  const nobody = cell("button", `${words.nobody} `);
  nobody.type = "button";
  nobody.className = "plain";
  nobody.append(cell("kbd", keys.shown("nobody")));
  nobody.addEventListener("click", () => answer("nobody", null));
  const look = cell("button", words.find, "plain"), told = cell("p", "", "calm");
  told.setAttribute("role", "status");
  form.append(label, key, look, nobody);
  let searches = 0;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const asked = input.value.trim(), mine = ++searches;
    if (asked.length < 2) return;
    const found = await get(`/api/subscribers?q=${encodeURIComponent(asked)}`).catch(() => null);
    // what arrives late never stands beside another question or another search
    if (!isAsked() || mine !== searches) return;
    told.textContent = found ? (found.senders.length ? "" : words.nobody_found) : words.offline_list;
    if (!found) return;
    item.choices = choicesOf(found);
    const shown = table({ ...found, written: item.written ?? {} }, words, answer), before = into.querySelector("table");
    before ? before.replaceWith(shown) : form.before(shown);
    shown.querySelector("button")?.focus();
  });
  return [form, told];
}
