"""The provider's tokens.

``values`` is what they are, ``vault`` where they lie encrypted, ``manager`` who keeps them fresh, ``flight``
how one refresh serves everybody who waits for it, ``status`` what a page may say of them.
"""
