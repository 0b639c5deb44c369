"""What a test costs that has a world of its own: made, one login without a browser down to the profile, ended.

python bench/worlds.py [how many]
"""

from __future__ import annotations

import statistics
import sys
import time

from ninestep.testing import Ninestep, Town

STATE = "a-state-of-enough-characters"


def one(town: Town) -> float:
    """Milliseconds, over keep-alive lines; not through the gateway, which is a hop more."""
    began = time.perf_counter()
    with Ninestep(town) as world:
        app = world.app(consent={"mode": "auto", "user": "zhangsan"})
        code = world.callback(app.authorize_url(state=STATE).replace(town.gateway, town.provider)).code
        query = {"appid": app.appid, "secret": app.secret, "code": code, "grant_type": "authorization_code"}
        token = town.browser.get(f"{town.provider}/sns/oauth2/access_token", params=query).json()
        who = {"access_token": token["access_token"], "openid": token["openid"]}
        profile = town.browser.get(f"{town.resource}/sns/userinfo", params=who)
        assert profile.json()["openid"] == token["openid"]
    return (time.perf_counter() - began) * 1000


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    town = Town.start()
    try:
        for _ in range(20):
            one(town)  # the first ones meet cold code
        taken = sorted(one(town) for _ in range(rounds))
    finally:
        town.close()
    print(
        f"{rounds} worlds: median {statistics.median(taken):.1f} ms, p99 {taken[rounds * 99 // 100]:.1f} ms"
    )


if __name__ == "__main__":
    main()
