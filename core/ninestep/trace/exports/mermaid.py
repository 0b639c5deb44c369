"""A flow as a Mermaid sequence diagram, in the style of either seed: S0 §3.1 with nine numbered arrows, or S1's own
four participants, six numbers and the un-numbered «传递授权码» (M044)."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from ..messages import Message
from ..vocabulary import BACK, BROWSER, CLIENT, FRONT, PROVIDER, RESOURCE

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

S1_PARTICIPANTS = {
    BROWSER: ("User", "用户 (Resource Owner)"),
    CLIENT: ("Client", "第三方应用 (Client)"),
    PROVIDER: ("AuthServer", "授权服务器 (Authorization Server)"),
    RESOURCE: ("ResourceServer", "资源服务器 (Resource Server)"),
}
S1_ARROWS = {  # step -> sender, receiver, words; the callback of step 5 is an arrow of its own, and 9 is none
    1: (BROWSER, CLIENT, "1. 点击“用XX登录”"),
    2: (CLIENT, BROWSER, "2. 重定向到授权服务器"),
    3: (BROWSER, PROVIDER, "3. 登录并授权"),
    4: (PROVIDER, BROWSER, "4. 重定向回Client（带授权码）"),
    5: (CLIENT, PROVIDER, "5. 用授权码交换令牌（后台通信）"),
    6: (PROVIDER, CLIENT, "返回Access Token ( + Refresh Token)"),
    7: (CLIENT, RESOURCE, "6. 用Access Token访问资源"),
    8: (RESOURCE, CLIENT, "返回受保护数据"),
}
S1_HANDED_OVER = (BROWSER, CLIENT, "传递授权码")
STYLES = ("s0", "s1")


def diagram(messages: Iterable[Message], style: str = "s0") -> str:
    """The numbered messages as text; ``style`` is s0 or s1."""
    participants = S1_PARTICIPANTS if style == "s1" else PARTICIPANTS
    arrows = _s1 if style == "s1" else _s0
    lines = ["sequenceDiagram"]
    lines += [f"    participant {short} as {name}" for short, name in participants.values()]
    for message in messages:
        lines += [f"    {line}" for line in arrows(message)]
    return "\n".join(lines) + "\n"


def ends(message: Message) -> tuple[str, str]:
    """First sender and last receiver; a step whose legs pass through the browser reads as one arrow."""
    sender, receiver = message.sender, message.receiver
    if message.step == 5 and message.channel == BACK:
        sender = CLIENT
    return sender, receiver


def _s0(message: Message) -> list[str]:
    arrow = "-->>" if message.channel == FRONT else "->>"
    if message.outcome != "ok":
        arrow = "--x" if message.channel == FRONT else "-x"
    sender, receiver = ends(message)
    return [f"{PARTICIPANTS[sender][0]}{arrow}{PARTICIPANTS[receiver][0]}: {_text(message)}"]


def _s1(message: Message) -> list[str]:
    """S1 draws every arrow solid, and ends where the data is with the client."""
    if message.step not in S1_ARROWS:
        return []
    found = []
    if message.step == 5 and any(leg.channel == FRONT for leg in message.legs):
        found.append(S1_HANDED_OVER)
    sender, receiver, words = S1_ARROWS[message.step]
    if message.step == 2 and all(leg.sender != CLIENT for leg in message.legs):
        sender, receiver = BROWSER, PROVIDER  # somebody else's client: its redirect was not seen from here
    if message.step != 5 or message.channel == BACK:
        refused = message.outcome != "ok"
        words = OTHERWISE.get(message.step, words) + _error(message) if refused else words
        found.append((sender, receiver, words))
    arrow = "-x" if message.outcome != "ok" else "->>"
    return [
        f"{S1_PARTICIPANTS[start][0]}{arrow if n == len(found) - 1 else '->>'}{S1_PARTICIPANTS[end][0]}: {_line(said)}"
        for n, (start, end, said) in enumerate(found)
    ]


def _text(message: Message) -> str:
    captions = CAPTIONS if message.outcome == "ok" else CAPTIONS | OTHERWISE
    caption = captions.get(message.step, message.name)
    request = next(
        (leg.request for leg in reversed(message.legs) if leg.request and leg.request.method), None
    )
    path = f" {request.method} {urlsplit(request.url).path}" if request else ""
    return _line(f"{CIRCLED[message.step]} {caption}{path}{_error(message)}")


def _error(message: Message) -> str:
    return f"（{message.error}）" if message.outcome != "ok" and message.error else ""


def _line(text: str) -> str:
    """One line of the diagram: what would end it or start a comment is left out, and markup is written as entities."""
    line = " ".join(text.split()).replace(";", ",").replace("#", "").replace("%%", "%")
    return line.replace("<", "#lt;").replace(">", "#gt;")
