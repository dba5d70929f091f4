// Sends one file as the body of a request; what arrived is told while it travels. A broken connection is tried again.
const WAITS_S = [1, 3, 10, 30, 60];

function once(method, path, body, headers, moved) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, path);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.responseType = "json";
    request.upload.onprogress = (event) => moved(event.loaded / (event.total || 1));
    request.onload = () => {
      if (request.status === 401) window.location = "/sign-in";
      if (request.status >= 500 && request.status !== 507) reject(new Error(String(request.status)));
      else resolve({ status: request.status, said: request.response ?? {} });
    };
    request.onerror = request.onabort = () => reject(new Error("away"));
    request.send(body);
  });
}

export async function sendFile(path, file, headers, moved, waiting) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await once("POST", path, file, { "content-type": "application/octet-stream", ...headers }, moved);
    } catch (error) {
      if (!(await readable(file))) return { status: 0, said: { outcome: "refused", code: "gone" } };
      const wait = WAITS_S[Math.min(tries, WAITS_S.length - 1)];
      waiting(wait);
      await new Promise((resolve) => { setTimeout(resolve, wait * 1000); });
    }
  }
}

// whether the file is still there: one that was moved away on this computer looks like a broken connection
async function readable(file) {
  try { await file.slice(0, 1).arrayBuffer(); return true; } catch { return false; }
}
