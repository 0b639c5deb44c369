"""SDKs with fixed host names reach the town: by a proxy, by names that lead here, always with TLS checked."""

from __future__ import annotations

import datetime
import json
import re
import select
import shutil
import socket
import ssl
import stat
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from intercepting import Intercepting, intercepting, node
from ninestep.gateway import PLATFORM_HOSTS
from ninestep.intercept import certificates
from ninestep.web import hosts

REAL = "https://api.weixin.qq.com/sns/auth?access_token=wrong&openid=o"
ROOT = Path(__file__).parents[2]
ERRCODE = 40001  # what the platform says of a token that it never gave out
DAY = datetime.timedelta(days=1)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Intercepting]:
    with intercepting(
        tmp_path_factory.mktemp("a town") / "its state"
    ) as town:  # paths with spaces are paths too
        yield town


def trusting(town: Intercepting) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(town.folder / "ca.pem"))


def tunnel(town: Intercepting, target: str = "api.weixin.qq.com:443") -> socket.socket:
    connection = socket.create_connection(town.proxy, timeout=20)
    connection.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
    assert connection.recv(39) == b"HTTP/1.1 200 Connection Established\r\n\r\n"
    return connection


def request(path: str = "/_gateway/healthz", *headers: str, host: str = "api.weixin.qq.com") -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", f"Host: {host}", *headers, "", ""]).encode()


def everything(connection: socket.socket) -> bytes:
    data = b""
    while more := connection.recv(65536):
        data += more
    return data


def until(connection: socket.socket, end: bytes) -> bytes:
    data = b""
    while not data.endswith(end) and (more := connection.recv(65536)):
        data += more
    return data


# -- clients as they are

launcher = pytest.mark.launcher


@launcher
def test_requests_reaches_the_real_name_with_verification_on(town: Intercepting) -> None:
    script = f'"$PYTHON" -c "import requests; print(requests.get(\'{REAL}\').text)"'

    done = town.shell(script)

    assert json.loads(done.stdout)["errcode"] == ERRCODE, done.stderr


@launcher
def test_urllib_does_so_too(town: Intercepting) -> None:
    script = f'"$PYTHON" -c "import urllib.request as u; print(u.urlopen(\'{REAL}\').read().decode())"'

    done = town.shell(script)

    assert json.loads(done.stdout)["errcode"] == ERRCODE, done.stderr


@launcher
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_curl_does_so_too(town: Intercepting, scheme: str) -> None:
    if not shutil.which("curl"):
        pytest.skip("no curl here")

    done = town.shell(f"curl -sS '{REAL.replace('https', scheme)}'")

    assert json.loads(done.stdout)["errcode"] == ERRCODE, done.stderr


ASKING = {
    "fetch": "fetch(url).then(r => r.text()).then(t => process.stdout.write(t))",
    "https": "require('https').get(url, r => r.pipe(process.stdout))",
    "http": "require('http').get(url.replace('https', 'http'), r => r.pipe(process.stdout))",
    "a bare socket": """
        const {pathname, search, hostname} = new URL(url);
        const options = {servername: hostname, ALPNProtocols: ['http/1.1']};
        const s = require('tls').connect(443, hostname, options, () =>
            s.write(`GET ${pathname}${search} HTTP/1.0\\r\\nHost: ${hostname}\\r\\n\\r\\n`));
        let all = '';
        s.on('data', d => all += d);
        s.on('end', () => process.stdout.write(all.split('\\r\\n\\r\\n')[1]));
    """,
}


@launcher
@pytest.mark.parametrize("way", ASKING)
def test_node_does_so_by_its_shim(town: Intercepting, way: str) -> None:
    script = f"const url = {json.dumps(REAL)}; {ASKING[way]}"

    done = town.shell('"$NODE" -e "$SCRIPT"', "--node", NODE=node(), SCRIPT=script)

    assert json.loads(done.stdout)["errcode"] == ERRCODE, done.stderr


@launcher
def test_node_reaches_other_hosts_as_before(town: Intercepting) -> None:
    own = town.report["gateway_url"] + "/_gateway/healthz"
    script = f"fetch('{own}').then(r => r.text()).then(console.log)"

    done = town.shell('"$NODE" -e "$SCRIPT"', "--node", NODE=node(), SCRIPT=script)

    assert done.stdout.strip() == "gateway", done.stderr


@launcher
def test_node_checks_the_certificate_all_the_same(town: Intercepting) -> None:
    script = f"fetch('{REAL}').catch(e => console.log(e.cause.code))"

    done = town.shell(
        'unset NODE_EXTRA_CA_CERTS SSL_CERT_FILE; "$NODE" -e "$SCRIPT"', "--node", NODE=node(), SCRIPT=script
    )

    assert done.stdout.strip() in ("SELF_SIGNED_CERT_IN_CHAIN", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"), (
        done.stderr
    )


JAVA = """
import java.net.URI; import java.net.URL; import java.net.http.*; import java.net.ProxySelector;
public class Ask {
  public static void main(String[] given) throws Exception {
    try (var in = new URL(given[0]).openStream()) { System.out.println(new String(in.readAllBytes(), "UTF-8")); }
    var client = HttpClient.newBuilder().proxy(ProxySelector.getDefault()).build();
    var asked = HttpRequest.newBuilder(URI.create(given[0])).build();
    System.out.println(client.send(asked, HttpResponse.BodyHandlers.ofString()).body());
  }
}
"""


@launcher
def test_java_does_so_by_its_flags_and_trust_store(town: Intercepting, tmp_path: Path) -> None:
    if not shutil.which("javac"):
        pytest.skip("no JDK here")
    (tmp_path / "Ask.java").write_text(JAVA)

    done = town.shell(f"java -XX:TieredStopAtLevel=1 '{tmp_path}/Ask.java' '{REAL}'", "--java")

    assert [json.loads(line)["errcode"] for line in done.stdout.splitlines()] == [ERRCODE] * 2, done.stderr


@launcher
@pytest.mark.parametrize("scheme", [b"http", b"https"])
def test_a_library_that_asks_the_proxy_for_a_whole_url_is_answered(town: Intercepting, scheme: bytes) -> None:
    """With https too, where it should have asked for a tunnel: older axios."""
    with socket.create_connection(town.proxy, timeout=20) as connection:
        head = b"GET " + scheme + b"://api.weixin.qq.com/sns/auth HTTP/1.1\r\nHost: api.weixin.qq.com\r\n"
        connection.sendall(head + b"Connection: close\r\n\r\n")
        assert b'{"errcode":' in everything(connection)


@launcher
def test_an_oauth_client_goes_the_whole_way_by_the_real_names(town: Intercepting) -> None:
    """Authorize, token and profile at three hosts, as an SDK has them written down."""
    body = {
        "dialect": "wechat",
        "kind": "official_account",
        "redirect_uris": ["http://127.0.0.1/callback"],
        "consent": {"mode": "auto", "user": "zhangsan"},
    }
    direct = requests.Session()
    direct.trust_env = False
    app = direct.post(f"{town.report['provider_url']}/_mock/api/apps", json=body, timeout=10).json()
    direct.close()
    url = town.report["proxy_url"]
    with requests.Session() as sdk:
        sdk.trust_env = False
        sdk.proxies, sdk.verify = {"https": url}, str(town.folder / "bundle.pem")
        query = {
            "appid": app["appid"],
            "redirect_uri": "http://127.0.0.1/callback",
            "response_type": "code",
            "scope": "snsapi_userinfo",
            "state": "s",
        }
        away = sdk.get(
            "https://open.weixin.qq.com/connect/oauth2/authorize",
            params=query,
            allow_redirects=False,
            timeout=10,
        )
        code = away.headers["Location"].partition("code=")[2].partition("&")[0]
        asked = {
            "appid": app["appid"],
            "secret": app["secret"],
            "code": code,
            "grant_type": "authorization_code",
        }
        token = sdk.get("https://api.weixin.qq.com/sns/oauth2/access_token", params=asked, timeout=10).json()
        profile = sdk.get("https://api.weixin.qq.com/sns/userinfo", params=token, timeout=10)
    assert profile.headers["Content-Type"] == "text/plain"
    assert json.loads(profile.content)["nickname"] == "张三"


# -- what is refused


@launcher
def test_an_unknown_host_is_refused_with_a_sentence_that_clients_show(town: Intercepting) -> None:
    script = '"$PYTHON" -c "import requests; requests.get(\'https://www.example.com/\')"'

    done = town.shell(script)

    assert done.returncode == 1
    assert "Ninestep does not stand in for www.example.com and dials nowhere" in done.stderr


@launcher
@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("www.example.com:443", b"403"),
        ("127.0.0.1:22", b"403"),  # nor is it a way into the machine it runs on
        ("localhost:6379", b"403"),
        ("api.weixin.qq.com.example.com:443", b"403"),
        ("\x01\xff:443", b"403"),
        ("api.weixin.qq.com", b"400"),
        ("[::1:443", b"403"),
        ("api.weixin.qq.com:https", b"400"),
    ],
)
def test_there_is_a_tunnel_to_the_platforms_alone(town: Intercepting, target: str, status: bytes) -> None:
    with socket.create_connection(town.proxy, timeout=20) as connection:
        connection.sendall(f"CONNECT {target} HTTP/1.1\r\n\r\n".encode("latin-1"))
        answer = everything(connection)
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert answer.endswith(b"\n")


@launcher
def test_a_plain_request_for_an_unknown_host_is_refused_too(town: Intercepting) -> None:
    with socket.create_connection(town.proxy, timeout=20) as connection:
        head = b"GET http://www.example.com/ HTTP/1.1\r\nHost: www.example.com\r\nConnection: close\r\n\r\n"
        connection.sendall(head)
        assert everything(connection).startswith(b"HTTP/1.1 421 ")


@launcher
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_who_was_not_told_of_our_authority_does_not_trust_it(
    town: Intercepting, version: ssl.TLSVersion
) -> None:
    """And the person who looks at the town is told that somebody does not."""
    log = town.state / "logs/intercept.log"
    before = log.read_text("utf-8").count("does not trust")
    context = ssl.create_default_context()
    context.maximum_version = version
    with tunnel(town) as connection, pytest.raises(ssl.SSLCertVerificationError):
        context.wrap_socket(connection, server_hostname="api.weixin.qq.com")
    deadline = time.monotonic() + 10
    while log.read_text("utf-8").count("does not trust") == before:
        assert time.monotonic() < deadline


# -- the listener


@launcher
@pytest.mark.parametrize("host", sorted(PLATFORM_HOSTS))
def test_every_host_is_vouched_for(town: Intercepting, host: str) -> None:
    with tunnel(town, f"{host}:443") as raw, trusting(town).wrap_socket(raw, server_hostname=host) as secured:
        secured.sendall(request("/_gateway/healthz", "Connection: close", host=host))
        assert everything(secured).endswith(b"\r\n\r\ngateway\n")


@launcher
def test_tls_without_a_tunnel_is_served_as_well(town: Intercepting) -> None:
    """Where DNS or a redirected connect leads here: compose, Chromium's --host-resolver-rules, the Node shim."""
    with (
        socket.create_connection(town.proxy, timeout=20) as raw,
        trusting(town).wrap_socket(raw, server_hostname="graph.qq.com") as secured,
    ):
        secured.sendall(request("/_gateway/healthz", "Connection: close", host="graph.qq.com"))
        assert everything(secured).endswith(b"\r\n\r\ngateway\n")


@launcher
def test_a_client_may_speak_tls_before_the_tunnel_was_answered(town: Intercepting) -> None:
    class Hasty(ssl.SSLObject):
        pass

    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    hasty = trusting(town).wrap_bio(incoming, outgoing, server_hostname="api.weixin.qq.com")
    with pytest.raises(ssl.SSLWantReadError):
        hasty.do_handshake()
    with socket.create_connection(town.proxy, timeout=20) as connection:
        connection.sendall(b"CONNECT api.weixin.qq.com:443 HTTP/1.1\r\n\r\n" + outgoing.read())
        assert connection.recv(39) == b"HTTP/1.1 200 Connection Established\r\n\r\n"
        while True:
            incoming.write(connection.recv(65536))
            try:
                hasty.do_handshake()
                break
            except ssl.SSLWantReadError:
                continue
    assert hasty.getpeercert()


@launcher
def test_a_connect_that_comes_in_pieces_is_understood(town: Intercepting) -> None:
    with socket.create_connection(town.proxy, timeout=20) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in b"CONNECT api.weixin.qq.com:443 HTTP/1.1\r\nHost: a\r\n\r\n":
            connection.sendall(bytes([byte]))
        assert connection.recv(39) == b"HTTP/1.1 200 Connection Established\r\n\r\n"


@launcher
def test_requests_that_came_in_one_tls_record_are_all_served(town: Intercepting) -> None:
    """They are decrypted at once: no poll of the socket tells of the second one."""
    padding = "X-Padding: " + "x" * 3000
    with tunnel(town) as raw, trusting(town).wrap_socket(raw, server_hostname="api.weixin.qq.com") as secured:
        one = request("/_gateway/healthz", padding)
        secured.sendall(
            one * 4 + request("/_gateway/healthz", padding, "Connection: close")
        )  # 15 kB: one record
        answers = everything(secured)
    assert answers.count(b"HTTP/1.1 200 OK") == 5


@launcher
@pytest.mark.parametrize("size", [1, 8191, 16384, 16385, 60_000])
def test_a_body_passes_whole(town: Intercepting, size: int) -> None:
    """Larger and smaller than a TLS record, then another request on the same connection."""
    body = b"grant_type=authorization_code&filler=" + b"x" * size
    head = (
        f"POST /sns/oauth2/access_token HTTP/1.1\r\nHost: api.weixin.qq.com\r\nContent-Length: {len(body)}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    )
    with tunnel(town) as raw, trusting(town).wrap_socket(raw, server_hostname="api.weixin.qq.com") as secured:
        secured.sendall(head.encode() + body)
        assert b"errcode" in until(secured, b"}")
        secured.sendall(request("/_gateway/healthz", "Connection: close"))
        assert everything(secured).endswith(b"\r\n\r\ngateway\n")


@launcher
def test_an_answer_ends_with_the_end_of_tls(town: Intercepting) -> None:
    """Else a client that is strict takes it for cut off: suppress_ragged_eofs is off here."""
    context = trusting(town)
    with (
        tunnel(town) as raw,
        context.wrap_socket(raw, server_hostname="api.weixin.qq.com", suppress_ragged_eofs=False) as secured,
    ):
        secured.sendall(request("/_gateway/healthz", "Connection: close"))
        assert everything(secured).endswith(b"gateway\n")


@launcher
def test_connections_that_say_nothing_hold_nobody_up(town: Intercepting) -> None:
    """Silent from the start, after the tunnel, and after the handshake: more of them than there are threads."""
    context = trusting(town)
    silent = [socket.create_connection(town.proxy, timeout=20) for _ in range(300)]
    try:
        ready = [tunnel(town) for _ in range(20)]
        silent += ready
        secured = [context.wrap_socket(raw, server_hostname="api.weixin.qq.com") for raw in ready]
        silent += secured
        with tunnel(town) as raw, context.wrap_socket(raw, server_hostname="api.weixin.qq.com") as own:
            own.sendall(request("/_gateway/healthz", "Connection: close"))
            assert everything(own).endswith(b"gateway\n")
        ended, _, _ = select.select(silent[:1], [], [], 0)
        assert not ended, "nobody waited until the first of them was dropped"
        secured[0].sendall(request("/_gateway/healthz", "Connection: close"))
        assert everything(secured[0]).endswith(b"gateway\n")
    finally:
        for connection in silent:
            connection.close()


@launcher
def test_many_at_once_are_all_served(town: Intercepting) -> None:
    context, served = trusting(town), []

    def ask() -> None:
        with tunnel(town) as raw, context.wrap_socket(raw, server_hostname="api.weixin.qq.com") as secured:
            for _ in range(5):
                secured.sendall(request())
                served.append(until(secured, b"gateway\n"))

    threads = [threading.Thread(target=ask) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(served) == 200
    assert all(answer.startswith(b"HTTP/1.1 200 ") for answer in served)


@launcher
@pytest.mark.parametrize(
    "noise",
    [
        b"\x16",
        b"\x16\x03\x01\x00\x05hello",
        b"\x00" * 50,
        b"CONNECT ",
        b"C" * 40_000,
        b"\r\n\r\n",
        b"\xff\xfe",
    ],
)
def test_noise_ends_its_own_connection_alone(town: Intercepting, noise: bytes) -> None:
    with socket.create_connection(town.proxy, timeout=20) as connection:
        try:
            connection.sendall(noise)
            connection.shutdown(socket.SHUT_WR)
            everything(connection)
        except ConnectionError:
            pass
    assert requests_free(town, "/_gateway/readyz") == "ready\n"


def requests_free(town: Intercepting, path: str) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(town.report["proxy_url"] + path, timeout=10) as answer:
        return str(answer.read().decode())


@launcher
def test_the_certificate_is_handed_out_and_the_key_is_not(town: Intercepting) -> None:
    assert requests_free(town, "/_gateway/ca.pem") == (town.folder / "ca.pem").read_text()
    assert requests_free(town, "/_gateway/bundle.pem") == (town.folder / "bundle.pem").read_text()
    for name in ("ca.key", "server.pem", "../root-secret"):
        with pytest.raises(urllib.error.HTTPError) as caught:
            requests_free(town, f"/_gateway/{name}")
        assert caught.value.code == 404
        caught.value.close()


@launcher
def test_what_is_in_the_folder_is_its_owners_alone(town: Intercepting) -> None:
    assert stat.S_IMODE(town.folder.stat().st_mode) == 0o700
    for name in ("ca.key", "server.pem"):
        assert stat.S_IMODE((town.folder / name).stat().st_mode) == 0o600


# -- certificates


@pytest.fixture
def made(tmp_path: Path) -> Path:
    return certificates.make(tmp_path, PLATFORM_HOSTS)


def certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_second_start_finds_everything_made(made: Path) -> None:
    before = contents(made)
    assert certificates.make(made.parent, PLATFORM_HOSTS) == made
    assert contents(made) == before


def test_the_authority_can_vouch_for_the_platforms_hosts_alone(made: Path) -> None:
    extension = certificate(made / "ca.pem").extensions.get_extension_for_class(x509.NameConstraints)
    assert extension.critical
    assert {name.value for name in extension.value.permitted_subtrees or ()} == set(PLATFORM_HOSTS)
    assert len(extension.value.excluded_subtrees or ()) == 2  # no address of either family


def test_a_certificate_of_another_host_is_rejected_by_name(made: Path) -> None:
    """As OpenSSL checks it: our own authority, used for what it must not be used for."""
    authority, key = certificate(made / "ca.pem"), (made / "ca.key").read_bytes()
    signer = certificates.load_pem_private_key(key, None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    now = datetime.datetime.now(datetime.UTC)
    other = certificates._new_leaf(authority, signer, ["www.example.com"], now)
    (made / "other.pem").write_bytes(other)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(made / "other.pem")
    client = ssl.create_default_context(cafile=str(made / "ca.pem"))
    ours, theirs = ssl.MemoryBIO(), ssl.MemoryBIO()
    one, two = (
        client.wrap_bio(ours, theirs, server_hostname="www.example.com"),
        server.wrap_bio(theirs, ours, server_side=True),
    )
    for side in (one, two):  # hello, and the answer with the certificate
        with pytest.raises(ssl.SSLWantReadError):
            side.do_handshake()
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"):
        one.do_handshake()


def test_the_leaf_lives_no_longer_than_browsers_accept(made: Path) -> None:
    leaf = certificate(made / "server.pem")
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= 398 * DAY
    assert leaf.not_valid_before_utc < datetime.datetime.now(datetime.UTC)


def test_a_leaf_that_ends_soon_or_lacks_a_host_is_made_anew_by_the_same_authority(made: Path) -> None:
    authority = (made / "ca.pem").read_bytes()
    signer = certificates.load_pem_private_key((made / "ca.key").read_bytes(), None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    now = datetime.datetime.now(datetime.UTC)
    names = sorted(PLATFORM_HOSTS)
    for old in (
        certificates._new_leaf(certificate(made / "ca.pem"), signer, names, now - 380 * DAY),
        certificates._new_leaf(certificate(made / "ca.pem"), signer, names[:-1], now),
        b"not a certificate",
        b"",
    ):
        (made / "server.pem").write_bytes(old)
        certificates.make(made.parent, PLATFORM_HOSTS)
        assert (made / "server.pem").read_bytes() != old
        certificate(made / "server.pem").verify_directly_issued_by(certificate(made / "ca.pem"))
    assert (made / "ca.pem").read_bytes() == authority


@pytest.mark.parametrize("damage", ["key missing", "another's key", "broken", "a host more"])
def test_an_authority_that_is_of_no_use_is_made_anew_with_all_that_follows(made: Path, damage: str) -> None:
    before, hosts_now = contents(made), dict.fromkeys(PLATFORM_HOSTS)
    if damage == "key missing":
        (made / "ca.key").unlink()
    if damage == "another's key":
        key = ec.generate_private_key(ec.SECP256R1())
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (made / "ca.key").write_bytes(pem)
    if damage == "broken":
        (made / "ca.pem").write_bytes(b"-----BEGIN CERTIFICATE-----\nAA")
    if damage == "a host more":
        hosts_now["api.q.qq.com"] = None
    certificates.make(made.parent, hosts_now)
    after = contents(made)
    assert all(after[name] != before[name] for name in before)
    certificate(made / "server.pem").verify_directly_issued_by(certificate(made / "ca.pem"))


def test_the_bundle_holds_ours_and_the_publics(made: Path) -> None:
    bundle = (made / "bundle.pem").read_bytes()
    assert (made / "ca.pem").read_bytes() in bundle
    assert bundle.count(b"BEGIN CERTIFICATE") > 50


# -- one list of hosts


def test_gateway_and_services_know_the_same_hosts() -> None:
    assert set(PLATFORM_HOSTS) == hosts.PLATFORM_HOSTS


def test_compose_leads_each_of_them_to_the_intercept() -> None:
    aliases = (ROOT / "docker-compose.yml").read_text("utf-8").partition("profiles: [intercept]")[2]
    assert sorted(re.findall(r"^ {10}- (\S+)$", aliases, re.M)) == sorted(PLATFORM_HOSTS)


@pytest.mark.parametrize("guide", ["intercept.md", "intercept.zh-CN.md"])
def test_the_guide_lists_each_of_them(guide: str) -> None:
    rows = [row for row in (ROOT / "docs" / guide).read_text("utf-8").splitlines() if row.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`([\w.-]+\.(?:com|cn))`", row)}
    assert named == set(PLATFORM_HOSTS)
