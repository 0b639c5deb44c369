"""What if there were no code (seed S3, «一定要授权码吗»)? Two addresses of our client that log nobody in.

At the one a token arrives in the redirect (M040), at the other from back end to back end (M041).
"""

from __future__ import annotations

REDIRECT = "/counterfactual/token"
DELIVERY = "/counterfactual/delivery"
