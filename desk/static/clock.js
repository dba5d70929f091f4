// Seconds of attention for one question: the clock stands while the window is not looked at and after 20 s idle.
export const IDLE_S = 20;

export class Clock {
  // now() gives seconds and never goes back
  constructor(now = () => performance.now() / 1000) {
    this.now = now;
    this.asked = -Infinity;
    this.start();
  }

  start() {
    this.shown = this.last = this.now();
    this.active = 0;
    this.keys = 0;
    this.firstKey = null;
    this.away = false;
  }

  // something was done: the time since the last sign of life counts, twenty seconds of it at most
  touch() {
    const at = this.now();
    if (!this.away) this.active += Math.min(at - this.last, IDLE_S);
    this.last = at;
    this.away = false;
  }

  key() {
    this.touch();
    this.keys += 1;
    if (this.firstKey === null) this.firstKey = this.active;
  }

  leave() {
    if (this.away) return;
    this.touch();
    this.away = true;
  }

  back() {
    this.last = this.now();
    this.away = false;
  }

  // whether anything was done since this was asked last
  stirred() {
    const is = !this.away && this.last > this.asked;
    this.asked = this.last;
    return is;
  }

  took() {
    this.touch();
    return { active_s: this.active, keys: this.keys, first_key_s: this.firstKey };
  }
}

// pointing and turning are signs of life, looking elsewhere stops the clock; keys the page tells itself
export function follow(clock) {
  for (const sign of ["pointermove", "pointerdown", "wheel", "touchstart"]) {
    document.addEventListener(sign, () => clock.touch(), { passive: true });
  }
  window.addEventListener("blur", () => clock.leave());
  window.addEventListener("focus", () => clock.back());
  document.addEventListener("visibilitychange", () => (document.hidden ? clock.leave() : clock.back()));
}
