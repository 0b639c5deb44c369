"""The Meituan-style client: it starts ①, receives ⑤, and keeps what ⑨ leaves behind.

``login`` is the attempt from the click to the local user, ``accounts`` the client's own users and login
token, ``tokens`` the provider's tokens at rest and their manager, ``samples`` further small sites. The
client knows its apps from its settings and nothing of worlds, except to ask what time it is where an app
lives (``town``).
"""
