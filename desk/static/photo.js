import { sendFile } from "./sending.js";
import { send } from "./server.js";

const words = JSON.parse(document.getElementById("words").textContent);
const at = (id) => document.getElementById(id);
const photos = [];
let posting = false;

function show() {
  const ready = !posting && photos.length > 0 && photos.every((photo) => photo.token);
  // while they are sent, none joins or leaves
  for (const control of document.querySelectorAll("#take, #photos button, #photos input")) control.disabled = posting;
  at("send").disabled = !ready;
  at("send").textContent = photos.length > 1 ? `${words["photo.send"]} (${photos.length})` : words["photo.send"];
}

function button(text, press) {
  const made = document.createElement("button");
  made.className = "plain";
  made.textContent = text;
  made.addEventListener("click", press);
  return made;
}

function chooser(photo) {
  const label = document.createElement("label"), input = document.createElement("input");
  label.className = "plain button";
  input.type = "file";
  input.accept = "image/*";
  input.setAttribute("capture", "environment");
  input.addEventListener("change", () => { if (input.files.length) look(photo, input.files[0]); });
  label.append(words["photo.again"], " ", input);
  return label;
}

function add(file) {
  const photo = { card: document.createElement("li"), picture: new Image(), told: document.createElement("p") };
  const tools = document.createElement("div");
  tools.className = "row";
  photo.told.setAttribute("role", "status");
  tools.append(chooser(photo), button(words["photo.remove"], () => remove(photo)));
  photo.card.append(photo.picture, photo.told, tools);
  at("photos").append(photo.card);
  photos.push(photo);
  look(photo, file);
}

async function look(photo, file) {
  forget(photo);
  const turn = photo.turn = (photo.turn ?? 0) + 1;
  photo.file = file;
  URL.revokeObjectURL(photo.picture.src);
  photo.picture.src = URL.createObjectURL(file);
  photo.picture.alt = words["photo.preview"];
  photo.card.className = "";
  photo.told.textContent = words["photo.looking"];
  show();
  const { said } = await sendFile("/api/photos", file, {}, () => null, () => { photo.told.textContent = words.offline; });
  if (turn !== photo.turn) return forget({ token: said.token });
  photo.token = said.token ?? null;
  photo.card.className = said.token && said.form && !said.weak ? "" : "weak";
  photo.told.textContent = [said.form, said.sentence].filter(Boolean).join(": ");
  show();
}

function forget(photo) {
  if (photo.token) send("DELETE", `/api/photos/${photo.token}`).catch(() => null);
  photo.token = null;
}

function remove(photo) {
  photo.turn += 1;
  forget(photo);
  URL.revokeObjectURL(photo.picture.src);
  photos.splice(photos.indexOf(photo), 1);
  photo.card.remove();
  show();
  at("take").focus();
}

async function post() {
  if (posting) return;
  posting = true;
  show();
  const answer = await send("POST", "/api/photos/send", { pages: photos.map((photo) => photo.token) }).catch(() => null);
  const said = await answer?.json().catch(() => null);
  posting = false;
  if (!said) at("told").textContent = words.offline_photo;
  // kept for an hour only, or the answer was lost: the pictures are still here
  else if (answer.status === 410) await again(said.sentence);
  else sent(said);
  show();
}

function again(sentence) {
  at("told").textContent = sentence;
  return Promise.all(photos.map((photo) => look(photo, photo.file)));
}

function sent(said) {
  at("told").textContent = said.outcome === "taken" ? words["photo.sent"] : said.sentence || words["upload.refused"];
  if (said.outcome === "refused") return;
  for (const photo of photos.splice(0)) { URL.revokeObjectURL(photo.picture.src); photo.card.remove(); }
}

at("take").addEventListener("change", (event) => {
  if (event.target.files.length) add(event.target.files[0]);
  event.target.value = "";
});
at("send").addEventListener("click", post);
