"""check_view"""

from sandbox.slack.messages import JSON


def check_view(view: JSON) -> list[str]:
    return []
