"""`python -m sandbox.engine engine|images|browser|registry`: make sure that there is one. Progress goes to stderr, names to stdout."""

from __future__ import annotations

import argparse
import sys

from .daemon import ensure_engine
from .errors import WorldError
from .images import ensure_images
from .machine import ensure_browser, ensure_registry


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.engine", description=__doc__)
    parser.add_argument("wanted", nargs="+", choices=("engine", "images", "browser", "registry"))
    wanted = parser.parse_args().wanted
    try:
        if "engine" in wanted or "images" in wanted:
            ensure_engine(say)
        if "images" in wanted:
            for name in ensure_images(say).names:
                print(name)
        if "browser" in wanted:
            ensure_browser(say)
        if "registry" in wanted:
            ensure_registry(say)
    except WorldError as error:
        say(f"error: {error}")
        return 1
    return 0


sys.exit(main())
