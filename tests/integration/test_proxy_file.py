"""The proxy's configuration file: read whole, however it is read, and replaced by one that was tested or not at all."""

from __future__ import annotations

import pytest

from ops.engine.nginx_config import FOLDER, LIVE_FILE, Wanted
from ops.errors import Failed
from ops.model import Colour
from tests.house import House


async def on_disk(house: House) -> str:
    return await house.world.docker.read_file(house.config.proxy_container, LIVE_FILE)


async def in_proxy(house: House, script: str) -> str:
    code, output = await house.world.docker.execute(house.config.proxy_container, ["sh", "-c", script])
    assert code == 0, output
    return output


async def test_nginx_serves_it_and_without_nginx_the_engine_reads_it(house: House) -> None:
    await house.furnish("v1.1.0")
    served = await house.world.proxy.configuration()
    await house.world.docker.stop(house.config.proxy_container, 5)

    read = await house.world.proxy.configuration()

    assert read.text == served.text == await on_disk(house)
    assert served.intact
    assert served.wanted == Wanted(Colour.BLUE)


@pytest.mark.parametrize(
    "edit",
    [
        f"yes '# a line that somebody wrote by hand' | head -n 5000 >> {LIVE_FILE}",  # longer than an argument or answer
        f"printf '# caf\\351\\n' >> {LIVE_FILE}",  # not UTF-8
        f"chmod 600 {LIVE_FILE}",  # nginx's workers may not read it
        f"sed -i '/alias/d' {LIVE_FILE} && nginx -s reload -c {LIVE_FILE}",  # nginx does not serve it
    ],
    ids=["long", "bytes", "mode", "unserved"],
)
async def test_an_edited_file_is_read_whole_too(house: House, edit: str) -> None:
    await house.furnish("v1.1.0")
    await in_proxy(house, edit)

    found = await house.world.proxy.configuration()

    assert found.text == await on_disk(house)
    await house.world.proxy._install(found.text)  # as when a switch is taken back
    assert await on_disk(house) == found.text
    await house.world.proxy.apply(Wanted(Colour.BLUE))
    assert (await house.world.proxy.configuration()).intact


async def test_what_nginx_refuses_is_not_installed_and_nothing_of_it_stays(house: House) -> None:
    await house.furnish("v1.1.0")
    before = await on_disk(house)
    await in_proxy(house, "mv /usr/sbin/nginx /usr/sbin/nginx.away")  # every test of a configuration fails
    try:
        with pytest.raises(Failed, match="nginx refused its new configuration") as refused:
            await house.world.proxy.apply(Wanted(None))
    finally:
        await in_proxy(house, "mv /usr/sbin/nginx.away /usr/sbin/nginx")

    assert "untouched" in refused.value.next_step
    assert await on_disk(house) == before
    assert set((await in_proxy(house, f"ls {FOLDER}")).split()) <= {"nginx.conf", "nginx.conf.edited"}
    assert await house.release() == "v1.1.0"
