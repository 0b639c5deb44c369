"""What ``ninestep doctor`` dials without being told to, and for how long."""

from __future__ import annotations

import ipaddress

PATIENCE = 3.0  # seconds for each thing that should answer at once
# Not what the standard library calls private: programs that catch all traffic give out 198.18.0.0/15 for every name.
NEAR = [
    ipaddress.ip_network(network)
    for network in (
        *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
        *("::1/128", "fc00::/7"),
    )
]


def near(address: str) -> bool:
    """On this machine or in a private network, as a container's is."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    return any(ip in network for network in NEAR if network.version == ip.version)
