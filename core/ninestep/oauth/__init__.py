"""OAuth 2.0 as its RFCs have it, for whoever speaks it: names and formats, and nothing of any dialect.

``grant_types``  what grants are called
``dpop``         a proof of possession, read and judged (RFC 9449)
``public_keys``  a client's own keys: which are taken, and what they open as (RFC 7517)
"""
