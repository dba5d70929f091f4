// A picture with four numbered points on it, which are dragged or moved by the arrow keys; points may lie beyond its edges.
const SVG = "http://www.w3.org/2000/svg", CLOSER = 3;

export class Board {
  constructor(root, loupe, name, moved) {
    Object.assign(this, { root, loupe, name, moved, points: [], lines: [] });
    this.image = document.createElement("img");
    this.image.alt = "";
    this.drawing = document.createElementNS(SVG, "svg");
    this.drawing.setAttribute("aria-hidden", "true");
    this.handles = [0, 1, 2, 3].map((at) => this.handle(at));
    root.append(this.image, this.drawing, ...this.handles);
  }

  // the picture at `address`, with a margin of so large a share of its longer side; without one, an empty sheet
  async show(address, size, margin) {
    const former = this.image.src;
    if (address) {
      this.image.src = address;
      await this.image.decode();
    }
    if (former) URL.revokeObjectURL(former);
    this.image.hidden = !address;
    this.root.toggleAttribute("data-empty", !address);
    this.width = address ? this.image.naturalWidth : size[0];
    this.height = address ? this.image.naturalHeight : size[1];
    this.margin = margin * Math.max(this.width, this.height);
    const wide = this.width + 2 * this.margin, high = this.height + 2 * this.margin;
    this.root.style.aspectRatio = `${wide} / ${high}`;
    Object.assign(this.image.style, {
      left: `${(100 * this.margin) / wide}%`, top: `${(100 * this.margin) / high}%`,
      width: `${(100 * this.width) / wide}%`, height: `${(100 * this.height) / high}%`,
    });
    this.drawing.setAttribute("viewBox", `${-this.margin} ${-this.margin} ${wide} ${high}`);
  }

  place(points) {
    this.points = points.map(([x, y]) => this.inside(x, y));
    this.points.forEach((_, at) => this.put(at));
  }

  // polygons in px of the picture; the first is the sheet
  outline(polygons) {
    this.lines = polygons;
    this.drawing.replaceChildren(...polygons.map((corners, at) => {
      const shape = document.createElementNS(SVG, "polygon");
      shape.setAttribute("points", corners.map((corner) => corner.map((part) => part.toFixed(1)).join(",")).join(" "));
      if (!at) shape.setAttribute("class", "sheet");
      return shape;
    }));
  }

  handle(at) {
    const handle = document.createElement("button");
    handle.type = "button";
    handle.className = "handle";
    handle.setAttribute("aria-describedby", "how");
    const number = document.createElement("span");
    number.textContent = at + 1;
    handle.append(number);
    handle.addEventListener("keydown", (event) => this.step(at, event));
    handle.addEventListener("focus", () => this.magnify(at));
    handle.addEventListener("blur", () => { this.loupe.hidden = true; });
    this.drag(handle, at);
    return handle;
  }

  step(at, event) {
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!by) return;
    event.preventDefault();
    const far = event.shiftKey ? 10 : 1;
    this.move(at, this.points[at][0] + by[0] * far, this.points[at][1] + by[1] * far);
  }

  drag(handle, at) {
    let held = null;
    handle.addEventListener("pointerdown", (event) => {
      const [x, y] = this.under(event);
      held = [this.points[at][0] - x, this.points[at][1] - y];
      handle.setPointerCapture(event.pointerId);
      this.magnify(at);
    });
    handle.addEventListener("pointermove", (event) => {
      if (!held) return;
      const [x, y] = this.under(event);
      this.move(at, x + held[0], y + held[1]);
    });
    for (const end of ["pointerup", "pointercancel"]) {
      handle.addEventListener(end, () => { held = null; this.loupe.hidden = document.activeElement !== handle; });
    }
  }

  under(event) {
    const box = this.root.getBoundingClientRect();
    const scale = (this.width + 2 * this.margin) / box.width;
    return [(event.clientX - box.left) * scale - this.margin, (event.clientY - box.top) * scale - this.margin];
  }

  inside(x, y) {
    const held = (value, most) => Math.min(Math.max(value, -this.margin), most + this.margin);
    return [held(x, this.width), held(y, this.height)];
  }

  move(at, x, y) {
    this.points[at] = this.inside(x, y);
    this.put(at);
    this.moved();
    this.magnify(at);
  }

  put(at) {
    const [x, y] = this.points[at];
    const share = (value, most) => (100 * (value + this.margin)) / (most + 2 * this.margin);
    Object.assign(this.handles[at].style, { left: `${share(x, this.width)}%`, top: `${share(y, this.height)}%` });
    const told = [x / this.width, y / this.height].map((part) => `${(100 * part).toFixed(1)} %`).join(", ");
    this.handles[at].setAttribute("aria-label", `${this.name} ${at + 1}: ${told}`);
  }

  // the loupe covers neither the point nor the other picture
  moveAside(handle) {
    const board = this.root.getBoundingClientRect(), size = this.loupe.offsetWidth, gap = 8;
    const isLeft = handle.left + handle.width / 2 < board.left + board.width / 2;
    const top = Math.min(Math.max(handle.top, gap), window.innerHeight - size - gap);
    Object.assign(this.loupe.style, { left: `${isLeft ? board.right - size - gap : board.left + gap}px`, top: `${top}px` });
  }

  // what lies under the point, larger, with the outlines and a cross
  magnify(at) {
    const [x, y] = this.points[at], loupe = this.loupe, pen = loupe.getContext("2d"), half = loupe.width / 2;
    const shown = this.root.clientWidth / (this.width + 2 * this.margin), scale = CLOSER * Math.max(shown, 0.35);
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.fillStyle = "#d5d9d7";
    pen.fillRect(0, 0, loupe.width, loupe.height);
    pen.setTransform(scale, 0, 0, scale, half - x * scale, half - y * scale);
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, this.width, this.height);
    if (!this.image.hidden) pen.drawImage(this.image, 0, 0);
    pen.lineWidth = 1.5 / scale;
    pen.strokeStyle = "#b14a00";
    for (const corners of this.lines) {
      pen.beginPath();
      corners.forEach(([px, py], place) => (place ? pen.lineTo(px, py) : pen.moveTo(px, py)));
      pen.closePath();
      pen.stroke();
    }
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.strokeStyle = "#14607a";
    pen.lineWidth = 1;
    pen.beginPath();
    for (const [fx, fy, tx, ty] of [[half, 0, half, half - 8], [half, half + 8, half, 2 * half], [0, half, half - 8, half], [half + 8, half, 2 * half, half]]) {
      pen.moveTo(fx, fy);
      pen.lineTo(tx, ty);
    }
    pen.stroke();
    loupe.hidden = false;
    this.moveAside(this.handles[at].getBoundingClientRect());
  }
}

// the map that takes four points to four others, as a function; null where there is none
export function mapping(from, to) {
  const rows = from.flatMap(([x, y], at) => {
    const [u, v] = to[at];
    return [[x, y, 1, 0, 0, 0, -u * x, -u * y, u], [0, 0, 0, x, y, 1, -v * x, -v * y, v]];
  });
  for (let at = 0; at < 8; at++) {
    let best = at;
    for (let row = at + 1; row < 8; row++) if (Math.abs(rows[row][at]) > Math.abs(rows[best][at])) best = row;
    if (Math.abs(rows[best][at]) < 1e-12) return null;
    [rows[at], rows[best]] = [rows[best], rows[at]];
    for (let row = 0; row < 8; row++) {
      if (row === at) continue;
      const share = rows[row][at] / rows[at][at];
      for (let column = at; column < 9; column++) rows[row][column] -= share * rows[at][column];
    }
  }
  const [a, b, c, d, e, f, g, h] = rows.map((row, at) => row[8] / row[at]);
  return ([x, y]) => {
    const w = g * x + h * y + 1;
    return [(a * x + b * y + c) / w, (d * x + e * y + f) / w];
  };
}
