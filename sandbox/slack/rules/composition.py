"""Options, confirmation dialogs and slack files. https://docs.slack.dev/reference/block-kit/composition-objects"""

from sandbox.slack.rules.shape import both, enum, listed, one_key_of, shape, text
from sandbox.slack.rules.texts import either, plain

ID = text(255)
URL = text(3000)

OPTION = shape({"text": plain(75), "value": text(150)}, {"description": plain(75)})
RICH_OPTION = shape({"text": either(75), "value": text(150)}, {"description": either(75)})
"""Checkboxes and radio buttons may format their options."""
OVERFLOW_OPTION = shape({"text": plain(75), "value": text(150)}, {"description": plain(75), "url": URL})
OPTION_GROUP = shape({"label": plain(75), "options": listed(OPTION, most=100)})

CONFIRM = shape(
    {"title": plain(100), "text": either(300), "confirm": plain(30), "deny": plain(30)},
    {"style": enum("primary", "danger")},
)
SLACK_FILE = both(shape({}, {"id": text(), "url": text()}), one_key_of("id", "url"))
