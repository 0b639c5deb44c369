"""A flow as a Mermaid sequence diagram in the seed's style (S0 §3.1): four participants, nine arrows."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from .messages import Message
from .vocabulary import BROWSER, CLIENT, PROVIDER, RESOURCE

PARTICIPANTS = {
    BROWSER: ("A", "用户浏览器"),
    CLIENT: ("B", "美团后端"),
    PROVIDER: ("C", "微信授权服务器"),
    RESOURCE: ("D", "微信资源服务器"),
}
CAPTIONS = {
    1: "点击微信登录",
    2: "跳转授权页面",
    3: "用户授权同意",
    4: "返回授权码",
    5: "授权码发送，用授权码换Token",
    6: "返回AccessToken",
    7: "用Token获取信息",
    8: "返回用户信息",
    9: "登录成功",
}
OTHERWISE = {  # what the step came to where it was refused or failed
    2: "授权请求被拒绝",
    3: "用户拒绝授权",
    4: "返回错误，没有授权码",
    5: "换Token",
    6: "拒绝换Token",
    8: "拒绝返回用户信息",
    9: "登录失败",
}
CIRCLED = "⓪①②③④⑤⑥⑦⑧⑨"


def diagram(messages: Iterable[Message]) -> str:
    lines = ["sequenceDiagram"]
    lines += [f"    participant {letter} as {name}" for letter, name in PARTICIPANTS.values()]
    for message in messages:
        arrow = "-->>" if message.channel == "front" else "->>"
        if message.outcome != "ok":
            arrow = "--x" if message.channel == "front" else "-x"
        sender, receiver = ends(message)
        lines.append(f"    {PARTICIPANTS[sender][0]}{arrow}{PARTICIPANTS[receiver][0]}: {_text(message)}")
    return "\n".join(lines) + "\n"


def ends(message: Message) -> tuple[str, str]:
    """First sender and last receiver; a step whose legs pass through the browser reads as one arrow."""
    sender, receiver = message.sender, message.receiver
    if message.step == 5 and message.channel == "back":
        sender = CLIENT
    return sender, receiver


def _text(message: Message) -> str:
    captions = CAPTIONS if message.outcome == "ok" else CAPTIONS | OTHERWISE
    caption = captions.get(message.step, message.name)
    request = message.legs[-1].request
    path = f" {request.method} {urlsplit(request.url).path}" if request else ""
    refused = f"（{message.error}）" if message.outcome != "ok" and message.error else ""
    return f"{CIRCLED[message.step]} {caption}{path}{refused}".replace(";", ",")
