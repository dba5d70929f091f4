// Watches a replay in work; the page is loaded anew when something else is to be seen.
const bar = document.getElementById("progress");
const EVERY_MS = 1000;

async function look() {
  try {
    const answer = await fetch(`/api/replays/${bar.dataset.replay}`);
    if (answer.ok) {
      const { state, done, of, busy } = await answer.json();
      if (!busy || state !== bar.dataset.state) return location.reload();
      bar.max = of || 1;
      bar.value = done;
    }
  } catch {
    // the desk is starting again; the next look finds it
  }
  setTimeout(look, EVERY_MS);
}

look();
