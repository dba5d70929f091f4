"""Bad input ends as a clear rejection and stops nothing: `python -m bench.bad_input`.

Builds an empty file, a text named .pdf, a truncated TIFF, an encrypted PDF, a foreign letter, a 40,000 x 40,000 PNG and
a PDF of 300 pages, runs `./replyflow run` on them and prints each outcome and the peak memory of all its processes.
"""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

import psutil

from samples.saving import bad_input

ROOT = Path(__file__).parents[1]
_MOST_MB = 1500
_SIDE, _PAGES = 40_000, 300


def huge_png(path: Path) -> None:
    """A valid white 1-bit PNG of 40,000 x 40,000, a few hundred kilobytes on disk."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = b"\x00" + b"\xff" * (_SIDE // 8)
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(row) for _ in range(_SIDE)) + packer.flush()
    head = struct.pack(">IIBBBBB", _SIDE, _SIDE, 1, 0, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b""))


def long_pdf(path: Path) -> None:
    """300 copies of one sample scan in one PDF."""
    import pypdfium2 as pdfium

    source = pdfium.PdfDocument(next((ROOT / "samples/scans/paper").glob("0001*.pdf")))
    target = pdfium.PdfDocument.new()
    for _ in range(_PAGES):
        target.import_pages(source)
    target.save(str(path))


def run(folder: Path, data: Path) -> tuple[dict[str, object], int, float, float]:
    """Runs the product on `folder`: its JSON, exit code, seconds and peak megabytes (proportional set size)."""
    command = [str(ROOT / "replyflow"), "--data", str(data), "run", str(folder), "--json"]
    started = time.perf_counter()
    # a file, not a pipe: the answer for 300 pages is longer than a pipe holds while nobody reads it
    with tempfile.TemporaryFile("w+") as answer, subprocess.Popen(command, stdout=answer, cwd=ROOT) as process:
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, _megabytes(process.pid))
            time.sleep(0.2)
        answer.seek(0)
        text = answer.read()
    return json.loads(text), process.returncode, time.perf_counter() - started, peak


def _megabytes(pid: int) -> float:
    total = 0.0
    try:
        parent = psutil.Process(pid)
        for process in [parent, *parent.children(recursive=True)]:
            total += process.memory_full_info().pss / 1e6
    except psutil.Error:
        return total
    return total


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "in"
        bad_input(folder)
        huge_png(folder / "9006-huge.png")
        long_pdf(folder / "9007-300-pages.pdf")
        result, code, seconds, peak = run(folder, Path(name) / "data")
    print(json.dumps(result, indent=1)[:6000])
    print(f"exit {code}, {seconds:.1f} s, peak {peak:.0f} MB of all processes (bar {_MOST_MB} MB)")
    return 0 if code == 1 and peak < _MOST_MB else 1


if __name__ == "__main__":
    sys.exit(main())
