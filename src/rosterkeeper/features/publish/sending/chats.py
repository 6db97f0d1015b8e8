"""Into a chat: the message shapes that Microsoft Teams (adaptive card) and Slack (blocks) take."""

import json
from collections.abc import Mapping
from typing import Final

from rosterkeeper.features.publish.models import Event
from rosterkeeper.features.publish.sending.posting import post

_JSON: Final = {"Content-Type": "application/json"}
# Slack refuses a section that is longer.
_LONGEST: Final = 2900


def teams_message(event: Event, link: str) -> Mapping[str, object]:
    """The event as a Teams workflow's webhook takes it: one adaptive card."""
    card: dict[str, object] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [
            {"type": "TextBlock", "size": "Medium", "weight": "Bolder", "text": event.title, "wrap": True},
            *({"type": "TextBlock", "text": line, "wrap": True} for line in event.lines),
        ],
    }
    if link:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Rosterkeeper", "url": link}]
    content = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return {"type": "message", "attachments": [content]}


def slack_message(event: Event, link: str) -> Mapping[str, object]:
    """The event as a Slack incoming webhook takes it; ``text`` is what notifications show."""
    text = "\n".join(event.lines)[:_LONGEST]
    parts = [f"*{_plain(event.title)}*", _plain(text), *([f"<{link}|Rosterkeeper>"] if link else [])]
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "\n".join(parts)}}
    return {"text": _plain(event.title), "blocks": [section]}


def send_teams(event: Event, link: str, address: str, secret: str) -> None:  # noqa: ARG001 -- the address is the secret
    """Post the event into a Teams channel."""
    post(address, json.dumps(teams_message(event, link)).encode(), _JSON)


def send_slack(event: Event, link: str, address: str, secret: str) -> None:  # noqa: ARG001 -- the address is the secret
    """Post the event into a Slack channel."""
    post(address, json.dumps(slack_message(event, link)).encode(), _JSON)


def _plain(text: str) -> str:
    """Slack's three special characters, which would else make links and mentions."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
