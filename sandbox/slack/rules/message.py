"""check_message"""

from sandbox.slack.messages import JSON


def check_message(payload: JSON) -> list[str]:
    return []
