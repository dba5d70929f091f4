// The crop of the field, or the whole page with the field outlined; zoom by key or wheel, pan by dragging.
export class Picture {
  constructor(frame, image) {
    this.frame = frame;
    this.image = image;
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

  show(item) {
    this.item = item;
    this.whole = !item.crop;
    this.scale = 1;
    this.draw();
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
    const item = this.item, source = this.whole ? item.page : item.crop;
    this.frame.hidden = !source;
    this.frame.classList.toggle("whole", Boolean(this.whole));
    this.outline.hidden = true;
    this.image.alt = item.label;
    if (!source) return this.image.removeAttribute("src");
    const address = this.whole ? await this.fetched(source) : source;
    if (this.item !== item) return;
    // a page that could not be opened has no picture
    this.frame.hidden = !address;
    if (!address) return this.image.removeAttribute("src");
    this.image.onload = () => this.place();
    this.image.src = address;
    if (this.image.complete && this.image.naturalWidth) this.place();
  }

  // a page is sent smaller than it was scanned; the outline is in px as scanned
  async fetched(source) {
    const response = await fetch(source);
    this.shrunk = Number(response.headers.get("x-scale")) || 1;
    return response.ok ? URL.createObjectURL(await response.blob()) : null;
  }

  place() {
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
    this.frame.addEventListener("pointerdown", (event) => { from = [event.clientX, event.clientY]; this.frame.setPointerCapture(event.pointerId); });
    this.frame.addEventListener("pointermove", (event) => {
      if (!from) return;
      this.frame.scrollBy(from[0] - event.clientX, from[1] - event.clientY);
      from = [event.clientX, event.clientY];
    });
    for (const end of ["pointerup", "pointercancel"]) this.frame.addEventListener(end, () => { from = null; });
  }
}
