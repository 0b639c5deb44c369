"""Our own certificate authority, and the certificate of the platforms' hosts that it issued.

Made at the first start, in the state folder. It is put into no system's store: a program is pointed at it by its
environment. Should somebody trust it elsewhere all the same, its name constraints (RFC 5280 §4.2.1.10) keep it from
vouching for any host but these.
"""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import os
import re
import warnings
from collections.abc import Iterable
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

FOLDER = "intercept"  # in the state folder
CA, KEY, SERVER, BUNDLE, TRUSTSTORE = "ca.pem", "ca.key", "server.pem", "bundle.pem", "truststore.p12"
TRUSTSTORE_PASSWORD = "changeit"  # Java wants one; there is nothing in it to keep secret

DAY = datetime.timedelta(days=1)
CA_LIFE = 3650 * DAY
LEAF_LIFE = 397 * DAY  # the most that browsers and Apple's libraries accept
RENEW_BEFORE = 30 * DAY


def make(state: Path, hosts: Iterable[str]) -> Path:
    """The folder with all of it, made or renewed where needed. Call it with the state folder's lock held."""
    folder, names = state / FOLDER, sorted(hosts)
    folder.mkdir(mode=0o700, exist_ok=True)
    now = datetime.datetime.now(datetime.UTC)
    authority = _read_authority(folder, names, now)
    fresh = authority is None
    if authority is None:
        authority = _new_authority(names, now)
        certificate, key = authority
        _write(folder / KEY, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        _write(folder / CA, certificate.public_bytes(Encoding.PEM))
    certificate, key = authority
    if fresh or not _good_leaf(folder / SERVER, names, certificate, now):
        _write(folder / SERVER, _new_leaf(certificate, key, names, now))
    known = Path(certifi.where()).read_bytes()
    bundle = (
        known.rstrip() + b"\n\n# Ninestep, on this machine alone\n" + certificate.public_bytes(Encoding.PEM)
    )
    if fresh or not _same(folder / BUNDLE, bundle) or not (folder / TRUSTSTORE).exists():
        _write(folder / BUNDLE, bundle)
        _write(folder / TRUSTSTORE, _truststore([certificate, *_readable(known)]))
    return folder


Authority = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def _read_authority(folder: Path, names: list[str], now: datetime.datetime) -> Authority | None:
    """The one of an earlier start; None if it is not there, ends soon, or may not vouch for all these hosts."""
    try:
        certificate = x509.load_pem_x509_certificate((folder / CA).read_bytes())
        key = load_pem_private_key((folder / KEY).read_bytes(), None)
        constraints = certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return None
    permitted = {name.value for name in constraints.permitted_subtrees or ()}
    if (
        not isinstance(key, ec.EllipticCurvePrivateKey)
        or key.public_key() != certificate.public_key()
        or not permitted.issuperset(names)
        or certificate.not_valid_after_utc < now + LEAF_LIFE
    ):
        return None
    return certificate, key


def _new_authority(names: list[str], now: datetime.datetime) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Ninestep mock authority (do not trust elsewhere)")
    nowhere = [ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")]
    certificate = (
        _builder(name, name, key, now, CA_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.NameConstraints(
                permitted_subtrees=[x509.DNSName(host) for host in names],
                excluded_subtrees=[x509.IPAddress(network) for network in nowhere],
            ),
            critical=True,
        )
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate, key


def _new_leaf(
    authority: x509.Certificate, by: ec.EllipticCurvePrivateKey, names: list[str], now: datetime.datetime
) -> bytes:
    """Key and certificate of all hosts, as a server reads them from one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _builder(_name("Ninestep mock gateway"), authority.subject, key, now, LEAF_LIFE)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()),
            critical=False,
        )
        .sign(by, hashes.SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem + certificate.public_bytes(Encoding.PEM)


def _good_leaf(path: Path, names: list[str], authority: x509.Certificate, now: datetime.datetime) -> bool:
    try:
        leaf = x509.load_pem_x509_certificate(path.read_bytes())
        leaf.verify_directly_issued_by(authority)
        held = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except Exception:  # whatever is wrong with it, a new one is right
        return False
    return (
        sorted(held.get_values_for_type(x509.DNSName)) == names
        and leaf.not_valid_before_utc <= now < leaf.not_valid_after_utc - RENEW_BEFORE
    )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime.datetime,
    life: datetime.timedelta,
) -> x509.CertificateBuilder:
    begin = now - DAY  # clocks of containers and virtual machines differ
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + life)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _usage(**on: bool) -> x509.KeyUsage:
    every = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
        *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{name: on.get(name, False) for name in every})


def _readable(pem: bytes) -> list[x509.Certificate]:
    """Of the public authorities, those that a strict reader takes: a few are older than its rules."""
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for one in re.findall(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", pem, re.S):
            with contextlib.suppress(ValueError, Warning):
                found.append(x509.load_pem_x509_certificate(one))
    return found


def _truststore(certificates: list[x509.Certificate]) -> bytes:
    """For Java, whose trust store replaces its own. The old ciphers are what a Java 8 can read."""
    entries = [
        pkcs12.PKCS12Certificate(certificate, f"{number}".encode())
        for number, certificate in enumerate(certificates)
    ]
    encryption = (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(2048)
        .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
        .hmac_hash(hashes.SHA1())
        .build(TRUSTSTORE_PASSWORD.encode())
    )
    return pkcs12.serialize_java_truststore(entries, encryption)


def _same(path: Path, content: bytes) -> bool:
    return path.exists() and path.read_bytes() == content


def _write(path: Path, content: bytes) -> None:
    """The whole or nothing, for its owner only."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    os.replace(temporary, path)
