"""The mini program's own server (S4 小程序): it alone knows the appsecret and each user's session_key.

``program`` is what it asks WeChat, ``cgi_token`` with what, ``open_data`` how it opens what the page brings,
``sessions`` where a session_key lies, ``routes`` what the mini program may ask of it.
"""
