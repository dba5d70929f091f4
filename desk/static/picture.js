// The crop of the field, or the whole page with the field outlined; zoom by key or wheel, pan by dragging.
export class Picture {
  constructor(frame, image, missing) {
    Object.assign(this, { frame, image, missing });
    this.outline = document.createElement("div");
    this.outline.className = "outline";
    this.sheet = document.createElement("div");
    this.sheet.className = "pictured";
    this.sheet.append(image, this.outline);
    frame.append(this.sheet);
    this.light = 0;
    frame.addEventListener("wheel", (event) => { event.preventDefault(); this.zoom(event.deltaY < 0 ? 1.1 : 0.9); }, { passive: false });
    this.drag();
  }

  // resolves when the picture is there, or is known not to come
  show(item) {
    this.item = item;
    this.whole = !item.crop;
    this.scale = 1;
    return this.draw();
  }

  // the page instead of the crop and back; whether the page shows
  turn(item) {
    if (!item?.page) return false;
    this.whole = item.crop ? !this.whole : true;
    this.scale = 1;
    this.draw();
    return this.whole;
  }

  async draw() {
    const item = this.item, whole = this.whole, source = whole ? item.page : item.crop, mine = (this.drawn = (this.drawn ?? 0) + 1);
    this.frame.hidden = !source;
    this.frame.classList.toggle("whole", whole);
    this.outline.hidden = true;
    this.image.alt = item.label;
    // the picture of another question is never seen beside this one
    this.frame.setAttribute("aria-busy", "true");
    this.missing.hidden = true;
    if (!source) return this.image.removeAttribute("src");
    const found = whole ? await fetched(source) : { address: source, shrunk: 1 };
    if (mine !== this.drawn) return found.address?.startsWith("blob:") && URL.revokeObjectURL(found.address);
    if (this.image.src.startsWith("blob:")) URL.revokeObjectURL(this.image.src);
    this.shrunk = found.shrunk;
    if (found.address) {
      this.image.src = found.address;
      await this.image.decode().catch(() => null);
    } else this.image.removeAttribute("src");
    if (mine !== this.drawn) return;
    this.frame.setAttribute("aria-busy", "false");
    const isThere = Boolean(found.address && this.image.naturalWidth);
    this.missing.hidden = isThere;
    this.sheet.hidden = !isThere;
    if (isThere) this.place();
  }

  place() {
    if (!this.image.naturalWidth) return;
    const wide = this.frame.clientWidth - 16, high = 260;
    // a crop is seen whole; a page is wide enough to read and scrolled to its field
    const fit = this.whole
      ? Math.min(wide, 900) / this.image.naturalWidth
      : Math.min(wide / this.image.naturalWidth, high / this.image.naturalHeight, 3);
    this.image.style.width = `${this.image.naturalWidth * fit * this.scale}px`;
    if (!this.whole || !this.item.outline) return;
    const [x, y, w, h] = this.item.outline;
    const pw = this.image.naturalWidth / this.shrunk, ph = this.image.naturalHeight / this.shrunk;
    Object.assign(this.outline.style, { left: `${(100 * x) / pw}%`, top: `${(100 * y) / ph}%`, width: `${(100 * w) / pw}%`, height: `${(100 * h) / ph}%` });
    this.outline.hidden = false;
    const box = this.outline;
    this.frame.scrollTo(box.offsetLeft - this.frame.clientWidth / 2, box.offsetTop - this.frame.clientHeight / 2);
  }

  get isTall() { return !this.whole && this.image.naturalHeight > 1.2 * this.image.naturalWidth; }

  zoom(by) {
    this.scale = Math.min(Math.max(this.scale * by, 0.3), 8);
    this.place();
  }

  brighter() {
    this.light = (this.light + 1) % 4;
    this.image.style.filter = ["", "brightness(1.25) contrast(1.2)", "brightness(0.75) contrast(1.6)", "invert(1)"][this.light];
  }

  drag() {
    let from = null;
    this.frame.addEventListener("pointerdown", (event) => {
      // a finger scrolls and pinches by itself
      if (event.pointerType === "touch") return;
      from = [event.clientX, event.clientY];
      this.frame.setPointerCapture(event.pointerId);
    });
    this.frame.addEventListener("pointermove", (event) => {
      if (!from) return;
      this.frame.scrollBy(from[0] - event.clientX, from[1] - event.clientY);
      from = [event.clientX, event.clientY];
    });
    for (const end of ["pointerup", "pointercancel"]) this.frame.addEventListener(end, () => { from = null; });
  }
}

// a page is sent smaller than it was scanned; the outline is in px as scanned
async function fetched(source) {
  const response = await fetch(source).catch(() => null);
  if (!response?.ok) return { address: null, shrunk: 1 };
  return { address: URL.createObjectURL(await response.blob()), shrunk: Number(response.headers.get("x-scale")) || 1 };
}
