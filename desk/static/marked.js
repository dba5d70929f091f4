// A reading whose doubtful characters are marked, for the eye and for the ear, so that they are never taken for fact.
export function marked(text, doubtful, words) {
  const whole = document.createElement("b"), seen = document.createElement("span");
  [...text].forEach((letter, place) => {
    const part = document.createElement(doubtful.includes(place) ? "u" : "span");
    part.textContent = letter;
    seen.append(part);
  });
  whole.append(seen);
  if (doubtful.length) {
    const heard = document.createElement("span");
    heard.className = "unseen";
    heard.textContent = ` (${words.not_sure_of} ${doubtful.map((place) => place + 1).join(", ")})`;
    whole.append(heard);
  }
  return whole;
}
