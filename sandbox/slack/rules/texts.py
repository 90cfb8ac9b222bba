"""Text objects. https://docs.slack.dev/reference/block-kit/composition-objects/text-object"""

from sandbox.slack.rules.shape import Check, boolean, by_type, text, typed


def plain(most: int) -> Check:
    """A `plain_text` object."""
    return typed("plain_text", {"text": text(most)}, {"emoji": boolean})


def mrkdwn(most: int) -> Check:
    """A `mrkdwn` object."""
    return typed("mrkdwn", {"text": text(most)}, {"verbatim": boolean})


def either(most: int) -> Check:
    """A text object of either kind."""
    return by_type({"plain_text": plain(most), "mrkdwn": mrkdwn(most)})
