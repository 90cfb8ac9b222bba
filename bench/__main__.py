"""`make bench`: measures the figures this project promises and prints them beside their bars; build/bench.json has the same."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from bench import figures
from bench.figures import Figure
from sandbox.engine import ensure_images
from tests.house import a_house

OUTPUT = Path(__file__).resolve().parents[1] / "build" / "bench.json"


async def measure() -> list[Figure]:
    """Every figure, in a world of its own."""
    images = await asyncio.to_thread(ensure_images)
    found: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        async with a_house(images, Path(folder) / "state") as house:
            toml = house.write_toml(Path(folder) / "myfinance.toml")
            for version in ("v1.1.0", "v1.2.0"):
                said = await house.say(f"deploy {version}")
                assert said.ok, said.text
            for part in (
                figures.switch_against_bare_reload(house),
                figures.status_process(house, toml),
                figures.deploy_overhead(house),
                figures.lost_requests(house),
            ):
                found += await part
                print(f"  {found[-1].what}: {found[-1].measured}", file=sys.stderr, flush=True)
    return found


def main() -> int:
    """Measure, print, write; 1 when a bar was missed."""
    found = asyncio.run(measure())
    width = max(len(figure.what) for figure in found)
    for figure in found:
        mark = "ok    " if figure.reached else "MISSED"
        print(f"{mark} {figure.what:<{width}}  {figure.measured}   (bar {figure.bar})")
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps([asdict(figure) for figure in found], indent=2) + "\n")
    return 0 if all(figure.reached for figure in found) else 1


if __name__ == "__main__":
    sys.exit(main())
