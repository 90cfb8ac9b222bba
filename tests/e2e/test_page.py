"""A person looks at the sandbox's page, types, clicks and fills in forms; a Bolt app answers over its socket."""

from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SlackSandbox
from tests.e2e.browser import tab
from tests.e2e.page_acts import Clicks, become, message, post, settled
from tests.e2e.page_samples import (
    EVERY_BLOCK,
    FREEZE,
    FREEZE_REWORDED,
    JSON,
    SURE,
    actions,
    button,
    plain,
    plan,
    section,
)
from tests.unit.bolt_app import bolt_app, connected

pytestmark = pytest.mark.asyncio(loop_scope="module")  # one browser for all


@pytest.fixture
def bot(slack: SlackSandbox) -> AsyncWebClient:
    return AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)


@pytest.fixture
def app(slack: SlackSandbox) -> AsyncApp:
    return bolt_app(slack)


async def test_a_plan_gets_its_ticks_in_the_message_that_stands_there(page: Page, bot: AsyncWebClient) -> None:
    ts = await post(bot, plan(Backup="in_progress", Start="pending", Switch="pending"))
    tasks = message(page, ts).get_by_test_id("task")
    await expect(tasks).to_have_count(3)
    await expect(tasks.nth(0).get_by_role("img", name="in progress")).to_be_visible()
    await tasks.nth(1).evaluate("task => task.dataset.sameNode = 'yes'")  # a page drawn anew would lose this

    now = plan(Backup="complete", Start="pending", Switch="error")
    await bot.chat_update(channel="C0OPS", ts=ts, text="…", blocks=[now])

    await expect(tasks.nth(0).get_by_role("img", name="complete")).to_have_text("✓")
    await expect(tasks.nth(2).get_by_role("img", name="error")).to_have_text("✕")
    await expect(tasks.nth(2)).to_contain_text("Switch: 5 of 5")  # what failed is unfolded by itself
    await expect(tasks.nth(1)).to_have_attribute("data-same-node", "yes")


async def test_what_the_reader_folded_stays_folded_while_the_plan_goes_on(page: Page, bot: AsyncWebClient) -> None:
    ts = await post(bot, section("now: backup"), plan(Backup="in_progress", Start="pending"))
    await message(page, ts).get_by_text("Deploy v1.2.0 to green").click()
    await expect(message(page, ts).get_by_text("Start")).to_be_hidden()

    blocks = [section("now: start"), plan(Backup="complete", Start="in_progress")]
    await bot.chat_update(channel="C0OPS", ts=ts, text="…", blocks=blocks)

    await expect(message(page, ts)).to_contain_text("now: start")
    await expect(message(page, ts).get_by_text("Start", exact=True)).to_be_hidden()
    await page.get_by_role("link", name="random").click()
    await page.get_by_role("link", name="myfinance-ops").click()
    await expect(message(page, ts)).to_contain_text("now: start")
    await expect(message(page, ts).get_by_text("Start", exact=True)).to_be_hidden()


async def test_every_block_the_bot_sends_is_drawn_and_no_other_is_dropped(page: Page, bot: AsyncWebClient) -> None:
    for blocks in EVERY_BLOCK:
        last = await post(bot, *blocks)
    await expect(message(page, last)).to_be_visible()
    log = page.get_by_role("log")
    await expect(log.locator(".unsupported")).to_have_count(0)
    await expect(log.get_by_role("heading", name="Releases")).to_contain_text("🚀")
    for words in ("@olga", "#general", "snake_case_name", ":no_such_emoji:", "so they said", "fits", "no answer"):
        await expect(log).to_contain_text(words)
    for name, tag in (("bold", "strong"), ("italic", "em"), ("struck", "s"), ("code", "code")):
        await expect(log.locator(tag).get_by_text(name, exact=True)).to_be_visible()
    await expect(log.get_by_role("columnheader", name="Requests")).to_have_css("text-align", "right")
    await expect(log.get_by_role("cell", name="12,345")).to_have_css("text-align", "right")
    for kind, shape, count in (
        ("line", "circle", 2),
        ("bar", "rect", 2),
        ("area", "path.fill", 1),
        ("pie", ".slice", 2),
    ):
        drawing = log.get_by_role("img", name=f"Growth as {kind}")
        await expect(drawing.locator(shape)).to_have_count(count)
        assert "Tue 640" in str(await drawing.get_attribute("aria-label"))  # a screen reader gets the figures
    await expect(log.locator('[data-chart="line"]')).to_contain_text("Database")  # the legend
    await expect(log.locator('[data-chart="line"]').get_by_text("MB", exact=True)).to_be_visible()
    await expect(log.get_by_text("Picture: A drawing")).to_be_visible()  # it cannot be loaded, and says what it was

    await post(bot, {"type": "container", "title": plain("Group"), "child_blocks": [section("inside")]})
    await expect(log.get_by_text("unsupported block: container")).to_be_visible()


async def test_what_the_bot_sends_is_text_and_never_code(page: Page, bot: AsyncWebClient) -> None:
    attack = "<img src=x onerror=hacked=1><script>hacked=1</script>"
    rich = {"type": "rich_text_section", "elements": [{"type": "link", "url": "javascript:hacked=1", "text": "rich"}]}
    cell = {"type": "raw_text", "text": attack}
    await post(bot, section(attack), {"type": "header", "text": plain(attack)}, {"type": "markdown", "text": attack})
    await post(bot, {"type": "rich_text", "elements": [rich]}, {"type": "table", "rows": [[cell], [cell]]})
    await post(
        bot, section("<javascript:hacked=1|bad link>"), {"type": "markdown", "text": "[md](javascript:hacked=1)"}
    )
    await expect(page.get_by_text("bad link")).to_be_visible()
    assert await page.get_by_text(attack).count() == 5
    assert await page.locator("main :is(script, img, a[href^='javascript'])").count() == 0
    assert await page.evaluate("globalThis.hacked") is None


async def test_what_is_only_for_one_person_is_seen_by_that_person_only(page: Page, bot: AsyncWebClient) -> None:
    await bot.chat_postEphemeral(channel="C0OPS", user="U0OLGA", text="Not while *frozen*")
    await post(bot, section("for all"))
    await expect(page.get_by_text("for all")).to_be_visible()
    assert await page.get_by_text("frozen").count() == 0
    await become(page, "Olga")
    refusal = page.get_by_role("article").filter(has_text="frozen")
    await expect(refusal).to_contain_text("Only visible to you")


async def test_a_command_is_hinted_typed_answered_and_brought_back(
    page: Page, slack: SlackSandbox, app: AsyncApp
) -> None:
    @app.command("/myfinance")
    async def answer(ack: AsyncAck, body: JSON) -> None:
        await ack(f"You said {body['text']}.")

    field = page.get_by_role("textbox", name="Message", exact=True)
    async with connected(slack, app):
        await expect(page.get_by_test_id("socket-state")).to_contain_text("MyFinance Ops is connected")
        await field.press_sequentially("/my")
        await expect(page.get_by_role("listbox", name="Commands").get_by_role("option")).to_contain_text(
            "Release, roll back and look after the MyFinance API"
        )
        await field.press("Tab")
        await field.press_sequentially("dep")
        await expect(page.get_by_role("listbox", name="Commands").get_by_role("option")).to_have_text(
            "/myfinance deploy VERSION"
        )
        await field.press("Tab")
        await field.press_sequentially("v1.2.0")
        await field.press("Enter")
        await expect(page.get_by_text("You said deploy v1.2.0.")).to_be_visible()
        await expect(page.get_by_test_id("typed-command")).to_have_text("/myfinance deploy v1.2.0")
        await field.press("ArrowUp")
        await expect(field).to_have_value("/myfinance deploy v1.2.0")
    await expect(page.get_by_test_id("socket-state")).to_contain_text("MyFinance Ops is not connected")


async def test_a_command_or_a_click_that_nobody_takes_says_so(page: Page, bot: AsyncWebClient) -> None:
    field = page.get_by_role("textbox", name="Message", exact=True)
    await field.fill("/myfinance status")
    await field.press("Enter")
    await expect(page.get_by_role("log")).to_contain_text('/myfinance failed with the error "dispatch_failed"')
    await field.fill("/nonsense")
    await field.press("Enter")
    await expect(page.get_by_test_id("toast")).to_contain_text("/nonsense is not a valid command")
    await expect(field).to_have_value("/nonsense")  # it can be corrected
    await post(bot, actions(button("Status")))
    await page.get_by_role("button", name="Status").click()
    await expect(page.get_by_text("This app is not responding")).to_be_visible()


async def test_a_button_asks_when_it_must_and_the_app_hears_who_pressed_it(
    page: Page, slack: SlackSandbox, app: AsyncApp, bot: AsyncWebClient
) -> None:
    sure = {"title": plain("Cancel the deploy?"), "text": plain("Users stay on v1.1.0"), "confirm": plain("Cancel it")}
    clicks = Clicks(app)
    async with connected(slack, app):
        await post(bot, actions(button("Status"), button("Cancel", confirm={**sure, "deny": plain("Keep going")})))
        await become(page, "Olga")
        log, dialog = page.get_by_role("log"), page.get_by_role("dialog", name="Cancel the deploy?")
        await log.get_by_role("button", name="Cancel").click()
        await dialog.get_by_role("button", name="Keep going").click()
        await log.get_by_role("button", name="Status").click()
        heard = await clicks.heard.get()
        assert (heard["user"]["id"], heard["actions"][0]["action_id"]) == ("U0OLGA", "status")  # not "cancel"
        await log.get_by_role("button", name="Cancel").click()
        await dialog.get_by_role("button", name="Cancel it").click()
        assert (await clicks.heard.get())["actions"][0]["value"] == "v-cancel"
        await settled(page)


async def test_a_modal_complains_under_its_fields_until_it_is_right(
    page: Page, slack: SlackSandbox, app: AsyncApp, bot: AsyncWebClient
) -> None:
    submitted: list[JSON] = []
    opened: list[str] = []

    @app.command("/myfinance")
    async def open_modal(ack: AsyncAck, body: JSON, client: AsyncWebClient) -> None:
        await ack()
        opened.append((await client.views_open(trigger_id=body["trigger_id"], view=FREEZE))["view"]["id"])

    @app.view("freeze")
    async def freeze(ack: AsyncAck, view: JSON) -> None:
        submitted.append(view["state"]["values"])
        if submitted[-1]["reason"]["it"]["value"] == "because":
            await ack(response_action="errors", errors={"reason": "Say why, in a few words."})
        else:
            await ack(response_action="push", view=SURE)

    @app.view("sure")
    async def really(ack: AsyncAck) -> None:
        await ack(response_action="clear")

    async with connected(slack, app):
        await page.get_by_role("textbox", name="Message", exact=True).fill("/myfinance lock")
        await page.keyboard.press("Enter")
        modal = page.get_by_role("dialog", name="Freeze releases")
        await expect(modal.get_by_role("alert").first).to_contain_text("Nobody can deploy until you unlock.")
        reason = modal.get_by_label("Reason")
        await expect(reason).to_be_focused()
        await modal.get_by_role("button", name="Freeze").click()
        await expect(reason).to_have_accessible_description("Please complete this required field. Everybody sees it")
        assert submitted == []

        await reason.fill("because")
        await modal.get_by_role("radiogroup", name="Scope").get_by_label("everything").check()
        await modal.get_by_label("on-call").check()
        await modal.get_by_label("Colour").select_option("green")
        await modal.get_by_label("Until").fill("2026-02-03")
        await reason.press("Enter")
        await expect(reason).to_have_accessible_description("Say why, in a few words. Everybody sees it")

        await reason.fill("quarter end")
        await bot.views_update(view_id=opened[0], view=FREEZE_REWORDED)
        await expect(modal).to_contain_text("All of us see it")
        await expect(reason).to_have_value("quarter end")  # an update does not take away what was typed
        await modal.get_by_role("button", name="Freeze").click()
        await expect(page.get_by_role("dialog", name="Really?")).to_be_visible()
        await expect(page.get_by_label("Reason")).to_be_hidden()
        await page.keyboard.press("Escape")  # back to the first, which kept what was typed
        await expect(modal.get_by_label("Reason")).to_have_value("quarter end")
        await modal.get_by_role("button", name="Freeze").click()
        await page.get_by_role("dialog", name="Really?").get_by_role("button", name="Yes").click()
        await expect(page.get_by_role("dialog")).to_have_count(0)

    got: dict[str, Any] = {block: values["it"] for block, values in submitted[-1].items()}
    assert got["colour"]["selected_option"]["value"] == "green"
    assert got["scope"]["selected_option"]["value"] == "everything"
    assert [one["value"] for one in got["tell"]["selected_options"]] == ["on-call"]
    assert (got["until"]["selected_date"], got["note"]["value"]) == ("2026-02-03", None)


async def test_the_home_tab_shows_what_the_app_publishes(page: Page, slack: SlackSandbox, app: AsyncApp) -> None:
    @app.event("app_home_opened")
    async def opened(event: JSON, client: AsyncWebClient) -> None:
        home = {"type": "home", "blocks": [section("*Live*: green"), actions(button("Refresh"))]}
        await client.views_publish(user_id=event["user"], view=home)

    clicks = Clicks(app)
    async with connected(slack, app):
        await page.get_by_role("list", name="Apps").get_by_role("link", name="MyFinance Ops").click()
        await expect(page.get_by_label("App Home")).to_contain_text("Live: green")
        await page.get_by_role("button", name="Refresh").click()
        assert (await clicks.heard.get())["view"]["type"] == "home"
        await settled(page)


async def test_a_permalink_leads_to_its_message_and_news_do_not_move_the_reader(
    page: Page, bot: AsyncWebClient
) -> None:
    first = await post(bot, section("the first run"))
    for number in range(30):
        await post(bot, section(f"run {number}"))
    link = (await bot.chat_getPermalink(channel="C0OPS", message_ts=first))["permalink"]
    await post(bot, section(f"see <{link}|that run>"))
    await expect(page.get_by_text("see that run")).to_be_in_viewport()  # who is at the bottom stays there
    await expect(message(page, first)).not_to_be_in_viewport()

    await page.get_by_role("link", name="that run").click()
    await expect(message(page, first)).to_be_in_viewport()
    await post(bot, section("and one more"))
    await expect(page.get_by_role("button", name="New messages")).to_be_visible()
    await expect(message(page, first)).to_be_in_viewport()
    await page.get_by_role("button", name="New messages").click()
    await expect(page.get_by_text("and one more")).to_be_in_viewport()


async def test_another_channel_shows_that_something_waits_there_also_on_a_telephone(
    page: Page, slack: SlackSandbox
) -> None:
    await page.set_viewport_size({"width": 390, "height": 760})
    await page.get_by_role("button", name="Channels and apps").click()
    await page.get_by_role("link", name="random").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("# random")
    await slack.say("U0VIC", "C0OPS", "is it live, @ada?")
    await page.get_by_role("button", name="Channels and apps").click()
    await expect(page.get_by_role("link", name="myfinance-ops")).to_contain_text("1")
    await page.get_by_role("link", name="myfinance-ops").click()
    await expect(page.get_by_role("article", name="Vic Viewer")).to_contain_text("is it live, @ada?")
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width == 390, "nothing sticks out sideways"


async def test_a_page_that_lost_some_of_its_parts_on_the_way_loads_them_again(
    browser: Browser, slack: SlackSandbox
) -> None:
    async with tab(browser, "about:blank") as page:
        for part in ("**/page/rail.js", "**/page/css/rail.css", "**/sandbox/state?*"):
            await page.route(part, lambda route: route.abort(), times=1)  # as when a container starts
            await page.goto(slack.url)
            await expect(page.get_by_role("heading", level=1)).to_have_text("# myfinance-ops")
            await expect(page.get_by_role("navigation")).to_have_css("background-color", "rgb(63, 26, 70)")
