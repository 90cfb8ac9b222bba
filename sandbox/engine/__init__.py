"""The world the program runs in: a Docker Engine that answers, and the images the demo and the tests need.

`ensure_images()` is the way in from Python, `python -m sandbox.engine` the way in from the Makefile.
"""

from __future__ import annotations

from .images import Images, ensure_images

__all__ = ["Images", "ensure_images"]
