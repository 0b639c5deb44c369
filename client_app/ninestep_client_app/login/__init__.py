"""The login attempt: ``start`` is ①, ``callback`` receives ⑤, ``chain`` leads from there to ⑨.

``attempt`` is the value that travels and its places in Redis, ``platform`` what a login provider has to
offer, ``wechat``, ``qq`` and ``weibo`` are three of them, ``retry`` the page that waits after a ``server_error``.
"""
