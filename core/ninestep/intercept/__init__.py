"""The ways in for SDKs that cannot be told a base URL: the platforms' own names, answered on this machine.

``certificates``  our own authority, trusted by nobody but who is told to; it can vouch for these hosts alone
``worker``        one listener that is an HTTPS proxy, a TLS server and a plain one
``app``           the gateway, which here also hands out the authority's certificate
``environment``   ``ninestep env``: what a shell needs for its programs to come this way
``doctor``        ``ninestep doctor``: which way a program that is started here would go
``container``     the same for compose, where the names themselves lead here

Nothing of this is imported by a town that was started without ``--intercept``.
"""
