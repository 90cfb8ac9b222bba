"""`python -m sandbox.engine images`"""

from __future__ import annotations

import sys

from .errors import WorldError
from .images import ensure_images


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    try:
        images = ensure_images(say)
    except WorldError as error:
        say(str(error))
        return 1
    for reference in (images.base, images.nginx, *images.releases.values()):
        print(reference)
    return 0


sys.exit(main())
