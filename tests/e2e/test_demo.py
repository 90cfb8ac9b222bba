"""The main job, whole, as a person does it: `make demo`, the page, `/myfinance deploy v1.2.0`, curl through the proxy."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from ops.engine.ask import ask
from sandbox.demo.show import remove_everything
from sandbox.engine import ensure_images
from tests.e2e.browser import chromium, tab
from tests.e2e.page_acts import become
from tests.place import free_ports, tear_down

PROJECT = "mftest-demo"
ROOT = Path(__file__).resolve().parents[2]
# A shell that works on production, which the demo must not touch.
FOREIGN = {"SLACK_BOT_TOKEN": "xoxb-production", "SLACK_API_URL": "http://127.0.0.1:9/", "MYFINANCE_PROXY__PORT": "1"}
START_MS, RUN_MS, ROLLBACK_MS = 90_000, 60_000, 20_000


class Demo:
    """The demo as it runs: its process, and the addresses it printed."""

    def __init__(self, process: Process, told: str) -> None:
        self.process = process
        self.page, self.api = _printed("The page", told), _printed("The API", told).removesuffix("/api/version")

    async def release(self) -> str:
        """What curl gets through the proxy."""
        return (await ask(f"{self.api}/api/accounts", seconds=10)).headers["x-release"]


def _printed(what: str, told: str) -> str:
    found = re.search(rf"{what}: .*?(http\S+)", told)
    assert found is not None, told
    return found.group(1)


@asynccontextmanager
async def a_demo(*options: str) -> AsyncIterator[Demo]:
    """`python -m sandbox.demo`, with a name and ports of its own; ended as Ctrl-C ends it."""
    page_port, port = map(str, free_ports(2))
    command = ["-m", "sandbox.demo", "--project", PROJECT, "--page-port", page_port, "--port", port, *options]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, cwd=ROOT, env=os.environ | FOREIGN, stdout=PIPE, limit=1_000_000
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(START_MS / 1000):
            told = await process.stdout.readuntil(b"Ctrl-C")
        yield Demo(process, told.decode())
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.communicate(), 60)


@asynccontextmanager
async def a_person(demo: Demo, pictures: Path) -> AsyncIterator[Page]:
    """Somebody in front of the page; what they saw is kept as a picture when the test fails."""
    async with chromium() as browser, tab(browser, demo.page) as page:
        try:
            yield page
        except BaseException:
            await page.screenshot(path=pictures / "failed.png", full_page=True)
            print(f"what the person saw: {pictures / 'failed.png'}")
            raise


async def type_in(page: Page, line: str) -> None:
    """A person types a line and presses Enter."""
    box = page.get_by_role("textbox", name="Message")
    await box.fill(line)
    await box.press("Escape")  # leave the hints alone
    await box.press("Enter")


def newest(page: Page, words: str) -> Locator:
    """The last message on the page with these words in it."""
    return page.locator("article", has_text=words).last


def left_behind() -> str:
    """Whatever on the engine still carries the demo's label."""
    label = f"label=io.myfinance.ops.project={PROJECT}"
    listings = (["ps", "-aq"], ["volume", "ls", "-q"], ["network", "ls", "-q"])
    return "".join(
        subprocess.run(["docker", *listing, "--filter", label], capture_output=True, text=True, check=True).stdout
        for listing in listings
    )


def docker(*words: str) -> None:
    """What the engine does for somebody."""
    subprocess.run(["docker", *words], check=True, capture_output=True)


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """Whatever a test does, the machine is clean after it."""
    yield
    tear_down(PROJECT)


async def test_deploy_and_rollback_from_the_page(tmp_path: Path) -> None:
    async with a_demo("--soak", "4") as demo, a_person(demo, tmp_path) as page:
        assert await demo.release() == "v1.1.0"

        await type_in(page, "/myfinance deploy v1.2.0")
        run = newest(page, "Deploy v1.2.0")
        await expect(run.get_by_role("button", name="Cancel")).to_be_visible(timeout=RUN_MS)
        await expect(run).to_contain_text("v1.2.0 (green) is live.", timeout=RUN_MS)
        await expect(run).to_contain_text("Users are on v1.2.0 (green).")
        await expect(run.locator('[data-status="complete"]')).to_have_count(9)
        await expect(run.get_by_role("button", name="Roll back")).to_be_visible()
        assert await demo.release() == "v1.2.0"

        await become(page, "Vic")
        await type_in(page, "/myfinance deploy v1.1.0")
        refusal = newest(page, "deploy needs the role operator")
        await expect(refusal).to_contain_text("Only visible to you", timeout=RUN_MS)
        assert await demo.release() == "v1.2.0"

        await become(page, "Olga")
        await expect(page.get_by_text("needs the role operator")).to_have_count(0)
        await type_in(page, "/myfinance rollback")
        back = newest(page, "Users are back on v1.1.0 (blue).")
        await expect(back).to_be_visible(timeout=ROLLBACK_MS)
        assert await demo.release() == "v1.1.0"


async def test_a_demo_that_was_killed_is_cleaned_up_by_the_next_and_the_next_by_itself() -> None:
    async with a_demo() as first:
        first.process.kill()
        await first.process.wait()
        assert left_behind()

    async with a_demo() as second:
        assert await second.release() == "v1.1.0"
        toml = ROOT / "build" / "demo" / PROJECT / "myfinance.toml"
        bots = [line for line in running_commands() if str(toml) in line]
        assert len(bots) == 1, f"the first one's bot is still there: {bots}"
    assert second.process.returncode == 0
    assert left_behind() == ""
    assert [line for line in running_commands() if str(toml) in line] == []


def test_a_volume_that_is_in_use_for_a_moment_is_removed_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    volume, late = f"{PROJECT}-data", f"{PROJECT}-late"
    docker("volume", "create", "--label", f"io.myfinance.ops.project={PROJECT}", volume)
    # The engine made it for a command that had been killed, after somebody looked for what to remove.
    docker("create", "--name", late, "-v", f"{volume}:/data", ensure_images().nginx)
    monkeypatch.setattr("sandbox.demo.show.time.sleep", lambda _seconds: docker("rm", late))

    remove_everything(PROJECT)

    assert left_behind() == ""


async def test_two_demos_of_one_name_do_not_remove_each_others_containers() -> None:
    async with a_demo() as demo:
        other = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "sandbox.demo", "--project", PROJECT, cwd=ROOT, stdout=PIPE, stderr=PIPE
        )
        _, told = await other.communicate()
        assert other.returncode == 1
        assert f"A demo named {PROJECT} runs already." in told.decode()
        assert await demo.release() == "v1.1.0"


def running_commands() -> list[str]:
    """The command line of every process on this machine."""
    lines = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(file.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:  # it has ended meanwhile
            continue
    return lines
