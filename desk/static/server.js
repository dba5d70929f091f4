// Requests to the desk; a session that has ended leads to the sign-in.
function ended(response) {
  if (response.status === 401) window.location = "/sign-in";
  return response;
}

export async function get(path) {
  const response = ended(await fetch(path));
  if (!response.ok) throw new Error(`${response.status} ${path}`);
  return response.json();
}

export async function send(method, path, body) {
  return ended(await fetch(path, {
    method, headers: { "content-type": "application/json" }, body: JSON.stringify(body),
  }));
}
