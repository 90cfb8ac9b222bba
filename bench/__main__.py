"""`make bench`: measures the figures this project promises and prints them beside their bars; build/bench.json has the same."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path

from bench.ack import ack
from bench.backup import backup
from bench.deploy_overhead import deploy_overhead
from bench.figure import Figure
from bench.lost_requests import lost_requests
from bench.status_process import status_process
from bench.switch_time import switch_time
from ops.config import Deploy
from sandbox.engine import ensure_images
from tests.house import House, a_house

OUTPUT = Path(__file__).resolve().parents[1] / "build" / "bench.json"
# Production's health rules, so that the overhead of a deploy is production's.
RULES = Deploy().model_dump(include={"health_successes", "health_interval_seconds"})

MEASURES: dict[str, Callable[[House, Path], Awaitable[list[Figure]]]] = {
    "switch": lambda house, _: switch_time(house),
    "status": lambda _, toml: status_process(toml),
    "ack": lambda _, toml: ack(toml),
    "deploy": lambda house, _: deploy_overhead(house),
    "lost": lambda house, _: lost_requests(house),
    "backup": lambda house, toml: backup(),
}


async def measure(wanted: list[str]) -> list[Figure]:
    """The wanted figures, in a world of its own with a live release and a standby."""
    images = await asyncio.to_thread(ensure_images)
    found: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        async with a_house(images, Path(folder) / "state", deploy=RULES) as house:
            toml = house.write_toml(Path(folder) / "myfinance.toml")
            for version in ("v1.1.0", "v1.2.0"):
                said = await house.say(f"deploy {version}")
                assert said.ok, said.text
            for name in wanted:
                print(f"measuring {name}", file=sys.stderr, flush=True)
                found += await MEASURES[name](house, toml)
    return found


def main() -> int:
    """Measure (only what is named on the command line, else everything), print, write; 1 when a bar was missed."""
    wanted = sys.argv[1:] or list(MEASURES)
    if unknown := set(wanted) - MEASURES.keys():
        print(f"no such figure: {', '.join(sorted(unknown))}; there are {', '.join(MEASURES)}", file=sys.stderr)
        return 2
    # In the order of the table: the one for lost requests leaves no standby, which others need.
    found = asyncio.run(measure([name for name in MEASURES if name in wanted]))
    width = max(len(figure.what) for figure in found)
    for figure in found:
        print(f"{'ok    ' if figure.reached else 'MISSED'} {figure.what:<{width}}  bar {figure.bar}: {figure.measured}")
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps([asdict(figure) for figure in found], indent=2) + "\n")
    return 0 if all(figure.reached for figure in found) else 1


if __name__ == "__main__":
    sys.exit(main())
