#!/usr/bin/python3
"""Draws the application's icons from icon.svg, by hand after the mark was changed: icons/make.py

Needs Debian's python3-gi-cairo and gir1.2-rsvg-2.0. The containers of Windows (.ico) and macOS (.icns) hold PNG
pictures as they are, so they are put together here without another program.
"""
import io
import pathlib
import struct

import cairo
import gi

gi.require_version("Rsvg", "2.0")
from gi.repository import Rsvg  # noqa: E402 (the version must be required first)

HERE = pathlib.Path(__file__).parent
MARK = Rsvg.Handle.new_from_file(str(HERE / "icon.svg"))


def png(size):
    """The mark as a PNG of size x size pixels with alpha."""
    surface = cairo.ImageSurface(cairo.FORMAT_ARGB32, size, size)
    area = Rsvg.Rectangle()
    area.x = area.y = 0
    area.width = area.height = size
    MARK.render_document(cairo.Context(surface), area)
    out = io.BytesIO()
    surface.write_to_png(out)
    return out.getvalue()


def ico(sizes):
    """ICONDIR, one ICONDIRENTRY for each picture, then the pictures; a width of 0 means 256."""
    pictures = [png(size) for size in sizes]
    offset = 6 + 16 * len(sizes)
    head = struct.pack("<HHH", 0, 1, len(sizes))
    for size, picture in zip(sizes, pictures):
        head += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(picture), offset)
        offset += len(picture)
    return head + b"".join(pictures)


def icns(kinds):
    """'icns', the length of all, then for each picture its kind and its length with this head."""
    parts = b"".join(
        kind + struct.pack(">I", 8 + len(picture)) + picture
        for kind, picture in ((kind, png(size)) for kind, size in kinds)
    )
    return b"icns" + struct.pack(">I", 8 + len(parts)) + parts


for name, size in (("32x32", 32), ("128x128", 128), ("128x128@2x", 256), ("icon", 512)):
    (HERE / f"{name}.png").write_bytes(png(size))
(HERE / "icon.ico").write_bytes(ico((16, 24, 32, 48, 64, 256)))
(HERE / "icon.icns").write_bytes(
    icns(((b"ic11", 32), (b"ic12", 64), (b"ic07", 128), (b"ic13", 256), (b"ic08", 256), (b"ic14", 512), (b"ic09", 512), (b"ic10", 1024)))
)
