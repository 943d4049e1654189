"""A face drawn by code, for cards that are software: nobody's portrait."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from devices.cards.applications.face import FaceImage, ImageFormat

if TYPE_CHECKING:
    from PIL import Image

SIZE: Final = (240, 320)
QUALITY_DB: Final = 38


def drawn_face(kind: ImageFormat, size: tuple[int, int] = SIZE) -> FaceImage:
    """Shoulders, head, eyes and mouth on a plain ground."""
    from PIL import Image, ImageDraw  # 40 ms, and needed only where a card is made

    width, height = size
    picture = Image.new("RGB", size, (226, 230, 234))
    draw = ImageDraw.Draw(picture)

    def ellipse(middle: tuple[float, float], across: tuple[float, float], colour: tuple[int, int, int]) -> None:
        (x, y), (a, b) = middle, across
        draw.ellipse(((x - a) * width, (y - b) * height, (x + a) * width, (y + b) * height), fill=colour)

    ellipse((0.5, 1.02), (0.42, 0.26), (70, 96, 120))
    ellipse((0.5, 0.42), (0.25, 0.27), (96, 72, 52))
    ellipse((0.5, 0.47), (0.22, 0.25), (224, 188, 160))
    for x in (0.41, 0.59):
        ellipse((x, 0.43), (0.035, 0.018), (40, 44, 52))
    ellipse((0.5, 0.60), (0.08, 0.02), (170, 88, 88))
    return FaceImage(kind, _saved(picture, kind))


def _saved(picture: Image.Image, kind: ImageFormat) -> bytes:
    out = io.BytesIO()
    match kind:
        case ImageFormat.JPEG:
            picture.save(out, "JPEG", quality=80)
        case ImageFormat.JP2 | ImageFormat.JPEG_2000:
            bare = kind is ImageFormat.JPEG_2000
            picture.save(
                out, "JPEG2000", no_jp2=bare, quality_mode="dB", quality_layers=[QUALITY_DB], irreversible=True
            )
    return out.getvalue()
