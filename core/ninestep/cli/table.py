"""The verbs. Each is a module of ``commands`` that is imported when it was asked for: a start is milliseconds."""

from __future__ import annotations

VERBS = {
    "up": "start Redis, the three services and the gateway; Ctrl-C ends them · 启动小镇，Ctrl-C 全部停止",
    "down": "end the town of this state folder (NINESTEP_STATE, ./.ninestep) · 停掉这个状态目录的小镇",
    "status": "say what runs from this state folder · 这个状态目录里运行着什么",
    "env": 'for a shell: eval "$(ninestep env)" leads its programs to the town · 让本 shell 的程序走向小镇',
    "doctor": "where the platforms' hosts lead from here, and whether TLS and issuer are right · 域名、证书、issuer",
    "init": "write a starter test, a compose fragment and CI workflows into your project · 为你的项目起步",
    "app": "apps that may ask for a login: list, show, add, change, delete, secret · 应用",
    "user": "people who can log in: list, show, add, change, delete · 用户",
    "next": "what the next login meets: approve, deny, list, clear · 下一次登录遇到什么",
    "fault": "things that go wrong on purpose: add, list, delete · 人为安排的故障",
    "clock": "time: show, advance, freeze, unfreeze, set, reset · 时间",
    "flow": "logins as they were recorded: list, show, follow · 登录流程",
    "export": "a login as a file: HAR, Mermaid, curl script, Playwright test … · 把一次登录导出成文件",
    "reset": "empty a world; the town gets its seeds back · 清空一个世界",
}
