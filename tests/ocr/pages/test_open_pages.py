"""Files to pages: what opens, what is refused, and with which words."""

from __future__ import annotations

import io
import struct
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
import pytest
from PIL import Image

from ocr.page import Page, Unreadable
from ocr.pages import Limits, count_pages, open_pages, pdf

SHARED = Path(__file__).parents[4] / "shared" / "data"
MALFORMED = SHARED / "malformed"
SLOW_TO_DRAW = SHARED / "forms/openmcr/src/assets/multiple_choice_sheet_75q.pdf"


def _picture() -> Image.Image:
    """White, with a black block in the top left corner, so that turns and flips show."""
    pixels = np.full((300, 200), 255, np.uint8)
    pixels[10:60, 10:40] = 0
    return Image.fromarray(pixels)


def _dark_corner(image: np.ndarray) -> str:
    rows, columns = image.shape
    down, across = np.argwhere(image < 128).mean(axis=0)
    return ("top" if down < rows / 2 else "bottom") + "-" + ("left" if across < columns / 2 else "right")


def _only(path: Path, **options: object) -> Page | Unreadable:
    (result,) = list(open_pages(path, **options))
    return result


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "HEIF", "PDF"])
def test_every_kind_opens_as_gray_whatever_the_name_says(tmp_path: Path, kind: str) -> None:
    if kind == "HEIF":
        from pillow_heif import register_heif_opener

        register_heif_opener()
    file = tmp_path / "scan.dat"
    _picture().convert("RGB").save(file, format=kind)
    page = _only(file)
    assert isinstance(page, Page)
    assert page.image.dtype == np.uint8
    assert page.image.shape == (300, 200)
    assert _dark_corner(page.image) == "top-left"
    assert page.image.max() > 240 > 20 > page.image.min()


@pytest.mark.parametrize("compression", ["group3", "group4", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"])
def test_all_pages_of_a_tiff_come_in_order(tmp_path: Path, compression: str) -> None:
    mode = "1" if compression.startswith("group") else "L"
    frames = [_picture().resize((200 + 8 * n, 300)).convert(mode) for n in range(3)]
    file = tmp_path / "pile.tif"
    frames[0].save(file, save_all=True, append_images=frames[1:], compression=compression, dpi=(300, 300))
    pages = list(open_pages(file))
    assert count_pages(file) == 3
    assert [page.image.shape[1] for page in pages] == [200, 208, 216]
    assert {page.dpi for page in pages} == {(300.0, 300.0)}
    assert [page.number for page in open_pages(file, wanted=[3])] == [3]


def test_exif_orientation_turns_a_photo_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 3
    _picture().save(tmp_path / "photo.jpg", exif=exif)
    page = _only(tmp_path / "photo.jpg")
    assert _dark_corner(page.image) == "bottom-right"


def test_transparency_lies_on_white_and_deep_gray_is_scaled(tmp_path: Path) -> None:
    clear = np.zeros((50, 60, 4), np.uint8)
    Image.fromarray(clear).save(tmp_path / "clear.png")
    assert _only(tmp_path / "clear.png").image.min() == 255
    deep = np.linspace(0, 65535, 3000).astype(np.uint16).reshape(50, 60)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    image = _only(tmp_path / "deep.png").image
    assert image.min() == 0
    assert image.max() == 255
    assert abs(int(image[25, 0]) - 128) <= 2


@pytest.mark.parametrize(
    ("turn", "corner"), [(0, "top-left"), (90, "top-right"), (180, "bottom-right"), (270, "bottom-left")]
)
def test_a_scan_in_a_pdf_is_taken_pixel_for_pixel_and_turned_as_the_page(
    tmp_path: Path, turn: int, corner: str
) -> None:
    file = tmp_path / "scan.pdf"
    _picture().save(file, format="PDF", resolution=100)
    with pdfium.PdfDocument(file) as document:
        document[0].set_rotation(turn)
        document.save(tmp_path / "turned.pdf")
    page = _only(tmp_path / "turned.pdf")
    assert sorted(page.image.shape) == [200, 300]
    assert _dark_corner(page.image) == corner
    assert page.dpi == pytest.approx((100, 100), abs=1)


def test_a_scan_of_which_the_crop_box_shows_a_part_is_drawn_so(tmp_path: Path) -> None:
    file = tmp_path / "scan.pdf"
    _picture().save(file, format="PDF", resolution=72)
    with pdfium.PdfDocument(file) as document:
        document[0].set_cropbox(0, 150, 200, 300)
        document.save(tmp_path / "cropped.pdf")
    image = _only(tmp_path / "cropped.pdf").image
    assert image.shape[0] / image.shape[1] == pytest.approx(150 / 200, abs=0.02)


def test_a_page_that_draws_is_rasterised_at_300_dpi(tmp_path: Path) -> None:
    from reportlab.pdfgen import canvas

    sheet = canvas.Canvas(str(tmp_path / "drawn.pdf"), pagesize=(144, 216))
    sheet.rect(10, 180, 30, 30, fill=1)
    sheet.showPage()
    sheet.rect(100, 10, 30, 30, fill=1)
    sheet.save()
    pages = list(open_pages(tmp_path / "drawn.pdf"))
    assert [page.image.shape for page in pages] == [(900, 600), (900, 600)]
    assert [_dark_corner(page.image) for page in pages] == ["top-left", "bottom-right"]


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "scan.pdf").write_bytes(b"")
    refusal = _only(tmp_path / "scan.pdf", name="post/scan.pdf")
    assert (refusal.file, refusal.number, refusal.code) == ("post/scan.pdf", 0, "empty-file")


def test_text_named_pdf_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.pdf").write_text("Dear customer, " * 100)
    assert _only(tmp_path / "letter.pdf").code == "not-an-image"
    assert count_pages(tmp_path / "letter.pdf").code == "not-an-image"


def test_a_pdf_cut_off_in_its_header_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cut.pdf").write_bytes(b"%PDF-1.7\n1 0 obj\n<</Type")
    assert _only(tmp_path / "cut.pdf").code == "broken"


def test_a_truncated_tiff_is_refused_with_a_reason(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (400, 300), dtype=np.uint8)
    whole = io.BytesIO()
    Image.fromarray(noise).save(whole, format="TIFF", compression="raw")
    data = whole.getvalue()
    (tmp_path / "cut.tif").write_bytes(data[: len(data) // 2])
    refusal = _only(tmp_path / "cut.tif")
    assert refusal.code in ("truncated", "broken")
    assert refusal.reason.endswith("again.")


def test_a_truncated_jpeg_is_refused(tmp_path: Path) -> None:
    whole = io.BytesIO()
    noise = np.random.default_rng(1).integers(0, 256, (400, 300), dtype=np.uint8)
    Image.fromarray(noise).save(whole, format="JPEG")
    (tmp_path / "cut.jpg").write_bytes(whole.getvalue()[: len(whole.getvalue()) // 2])
    assert _only(tmp_path / "cut.jpg").code == "truncated"


def test_a_picture_of_1600_megapixels_is_refused_from_its_header(tmp_path: Path) -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 40_000, 40_000, 8, 0, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(bytes(1000)))
    (tmp_path / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + header + data + chunk(b"IEND", b""))
    started = time.perf_counter()
    refusal = _only(tmp_path / "bomb.png")
    assert refusal.code == "too-large"
    assert "40000 x 40000" in refusal.reason
    assert time.perf_counter() - started < 1


def test_the_limits_on_bytes_and_pages_hold(tmp_path: Path) -> None:
    file = tmp_path / "pile.tif"
    _picture().save(file, save_all=True, append_images=[_picture()] * 4)
    assert _only(file, limits=Limits(pages=4)).code == "too-many-pages"
    assert _only(file, limits=Limits(file_bytes=1000)).code == "too-large"


def test_a_password_is_named_as_the_reason() -> None:
    file = MALFORMED / "pypdf_samples/005-libreoffice-writer-password/libreoffice-writer-password.pdf"
    if not file.exists():
        pytest.skip("shared/data/malformed is not beside the checkout")
    refusal = _only(file)
    assert refusal.code == "encrypted-pdf"
    assert "password" in refusal.reason


def test_broken_files_of_the_wild_never_raise() -> None:
    if not MALFORMED.exists():
        pytest.skip("shared/data/malformed is not beside the checkout")
    files = [path for path in sorted(MALFORMED.rglob("*")) if path.is_file() and path.stat().st_size < 40_000]
    assert len(files) > 50
    for file in files[::4]:
        results = [result for _, result in zip(range(3), open_pages(file), strict=False)]
        assert results, f"{file.name}: silence"
        assert all(isinstance(result, Page) or (result.code and result.reason) for result in results)


@pytest.mark.skipif(not SLOW_TO_DRAW.is_file(), reason="shared/data/forms/openmcr is not beside this checkout")
def test_a_page_that_takes_poppler_too_long_is_drawn_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "_DRAW_TIMEOUT_S", 3)
    page = _only(SLOW_TO_DRAW)
    assert isinstance(page, Page), page.reason
    assert page.image.shape[1] == 2550
    assert page.image.mean() > 200
    assert page.image.min() < 60


def test_one_thread_at_a_time_is_in_pdfium(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It bears no two, as the desk and an export would send in; it loses documents then."""
    path, inside, most = tmp_path / "scan.pdf", [0], [0]
    _picture().save(path, "PDF", resolution=100)

    class Watched(pdfium.PdfDocument):
        def __init__(self, *given: object) -> None:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            time.sleep(0.01)
            super().__init__(*given)
            inside[0] -= 1

    monkeypatch.setattr(pdf.pdfium, "PdfDocument", Watched)
    with ThreadPoolExecutor(4) as crowd:
        opened = list(crowd.map(lambda _: next(open_pages(path)), range(12)))
    assert all(isinstance(page, Page) for page in opened)
    assert most == [1]
