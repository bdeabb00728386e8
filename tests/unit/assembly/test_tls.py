"""The local authority and its server's certificate: what they say, when they are made again, and who believes them."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import stat
import subprocess
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, NoEncryption
from cryptography.x509.oid import ExtendedKeyUsageOID

from millgate.assembly.tls import keeping, making
from millgate.assembly.tls.keeping import Files, TlsUnusable, keep
from millgate.assembly.tls.speaking import LOCAL_NAMES, ServerTls, authority_file, names_of, open_tls
from millgate.core.clock import StillClock
from millgate.core.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

NOW: Final = datetime(2026, 3, 14, 5, 6, 7, tzinfo=UTC)
LATER: Final = NOW + timedelta(days=370)
"""When a server's certificate of `NOW` nears its end."""


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files.of(tmp_path)


def settings(home: Path, **given: Any) -> Settings:
    return Settings(home=home, tls=True, **given)


def clock(at: datetime = NOW) -> StillClock:
    return StillClock(at.timestamp())


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def contents(files: Files) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in files.server.parent.iterdir()}


def shake(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> ssl.SSLObject:
    """The client's side of a handshake in memory."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname=name)
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    for side in (ours, theirs, ours, theirs, ours):
        with suppress(ssl.SSLWantReadError):
            side.do_handshake()
    return ours


def trusting(authority: Path) -> ssl.SSLContext:
    """A strict client that trusts this file alone."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(authority)
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    return client


def shown(tls: ServerTls) -> x509.Certificate:
    """The certificate that a client is shown now."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    certificate = shake(tls.context, client, "localhost").getpeercert(binary_form=True)
    assert certificate is not None
    return x509.load_der_x509_certificate(certificate)


# What they say


def test_the_authority_vouches_for_servers_of_its_names_alone(files: Files) -> None:
    authority = keep(files, LOCAL_NAMES, NOW).authority
    extensions = authority.extensions

    basic = extensions.get_extension_for_class(x509.BasicConstraints)
    assert (basic.critical, basic.value.ca, basic.value.path_length) == (True, True, 0)
    usage = extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert (usage.value.key_cert_sign, usage.value.digital_signature) == (True, False)
    constraints = extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    assert {str(name.value) for name in constraints.value.permitted_subtrees or ()} == {
        "localhost",
        "127.0.0.1/32",
        "::1/128",
    }
    purpose = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(purpose) == [ExtendedKeyUsageOID.SERVER_AUTH]


def test_the_servers_certificate_is_one_that_browsers_accept(files: Files) -> None:
    kept = keep(files, LOCAL_NAMES, NOW)
    server = kept.server

    assert making.names_of(server) == LOCAL_NAMES
    assert server.not_valid_after_utc - server.not_valid_before_utc <= timedelta(days=397)
    assert server.not_valid_before_utc < NOW
    assert isinstance(server.public_key(), ec.EllipticCurvePublicKey)
    assert not server.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    usage = server.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.digital_signature, usage.key_cert_sign) == (True, False)
    server.verify_directly_issued_by(kept.authority)


def test_keys_are_for_their_owner_alone(files: Files) -> None:
    keep(files, LOCAL_NAMES, NOW)

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in files.server.parent.iterdir()}
    assert set(modes) == {"authority.key", "authority.pem", "server.key", "server.pem"}
    assert modes["authority.key"] == modes["server.key"] == 0o600
    assert stat.S_IMODE(files.server.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", sorted(LOCAL_NAMES))
def test_a_strict_client_that_trusts_the_authority_believes_every_name(tmp_path: Path, name: str) -> None:
    tls = ServerTls(open_(tmp_path).source, StillClock(datetime.now(UTC).timestamp()))

    assert shake(tls.context, trusting(Files.of(tmp_path).authority), name).version() == "TLSv1.3"


def test_what_a_thief_signs_for_another_name_is_not_believed(tmp_path: Path) -> None:
    """Name constraints hold in the client: the authority's key opens nothing but this server."""
    now = datetime.now(UTC)
    files = Files.of(tmp_path)
    authority = keep(files, LOCAL_NAMES, now).authority
    stolen = keeping.read_key(files.authority_key)
    assert isinstance(stolen, ec.EllipticCurvePrivateKey)
    key = making.new_key()
    for name in ("bank.example", "192.0.2.7"):
        forged = making.server_certificate(making.Authority(stolen, authority), key, {name}, now)
        chain, secret = tmp_path / "forged.pem", tmp_path / "forged.key"
        chain.write_bytes(pem(forged))
        secret.write_bytes(unlocked(key))
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(chain, secret)

        with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
            shake(server, trusting(files.authority), name)


def test_tls_1_2_is_the_least_that_is_spoken(tmp_path: Path) -> None:
    tls, client = open_(tmp_path, datetime.now(UTC)), trusting(Files.of(tmp_path).authority)
    client.maximum_version = ssl.TLSVersion.TLSv1_2

    assert tls.context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert shake(tls.context, client, "localhost").version() == "TLSv1.2"


@pytest.mark.skipif(shutil.which("keytool") is None, reason="there is no Java, and the test is about it")
def test_java_takes_the_authority(files: Files, tmp_path: Path) -> None:
    keep(files, LOCAL_NAMES, NOW)
    store = ["-keystore", str(tmp_path / "millgate.p12"), "-storetype", "PKCS12", "-storepass", "changeit"]

    subprocess.run(
        ["keytool", "-importcert", "-noprompt", "-alias", "millgate", "-file", str(files.authority), *store],
        check=True,
        capture_output=True,
    )
    listed = subprocess.run(["keytool", "-list", "-v", *store], check=True, capture_output=True, text=True)
    assert "trustedCertEntry" in listed.stdout
    assert "NameConstraints" in listed.stdout


# When they are made again


def test_what_stands_is_kept(files: Files) -> None:
    first = keep(files, LOCAL_NAMES, NOW)
    before = contents(files)

    second = keep(files, LOCAL_NAMES, NOW + timedelta(days=300))

    assert (first.anew, second.anew) == (True, False)
    assert contents(files) == before


def test_the_servers_certificate_is_renewed_near_its_end_by_the_same_authority(files: Files) -> None:
    keep(files, LOCAL_NAMES, NOW)
    before = contents(files)

    kept = keep(files, LOCAL_NAMES, LATER)

    assert not kept.anew
    assert kept.server.not_valid_after_utc > LATER + timedelta(days=365)
    after = contents(files)
    assert {name for name in after if after[name] != before[name]} == {"server.pem"}


def test_another_name_takes_another_certificate_of_the_same_key_and_none_for_going_back(files: Files) -> None:
    first = keep(files, LOCAL_NAMES, NOW)
    wider = keep(files, LOCAL_NAMES | {"mill.example", "192.0.2.7"}, NOW)
    back = keep(files, LOCAL_NAMES, NOW)

    assert (wider.anew, back.anew) == (True, False)
    assert wider.authority.subject == first.authority.subject
    assert wider.authority.public_key() == first.authority.public_key()
    assert making.names_of(wider.server) == LOCAL_NAMES | {"mill.example", "192.0.2.7"}
    assert making.permitted_to(back.authority) == LOCAL_NAMES | {"mill.example", "192.0.2.7"}


def test_an_authority_near_its_end_is_renewed_with_its_key(files: Files) -> None:
    first = keep(files, LOCAL_NAMES, NOW)
    kept = keep(files, LOCAL_NAMES, first.authority.not_valid_after_utc - timedelta(days=20))

    assert kept.anew
    assert kept.authority.public_key() == first.authority.public_key()
    kept.server.verify_directly_issued_by(kept.authority)


def test_a_certificate_never_outlives_its_authority(files: Files) -> None:
    first = keep(files, LOCAL_NAMES, NOW)
    kept = keep(files, LOCAL_NAMES, first.authority.not_valid_after_utc - timedelta(days=100))

    assert kept.server.not_valid_after_utc == kept.authority.not_valid_after_utc


@pytest.mark.parametrize("lost", ["server.pem", "authority.pem"])
def test_a_start_that_was_killed_between_two_steps_is_made_good(files: Files, lost: str) -> None:
    keep(files, LOCAL_NAMES, NOW)
    (files.server.parent / lost).unlink()

    kept = keep(files, LOCAL_NAMES, NOW)

    kept.server.verify_directly_issued_by(kept.authority)
    assert kept.server.public_key() == keeping.read_key(files.server_key).public_key()


@pytest.mark.parametrize("lost", ["authority.key", "server.key"])
def test_a_key_is_never_overwritten(files: Files, lost: str) -> None:
    keep(files, LOCAL_NAMES, NOW)
    key = files.server.parent / lost
    key.write_bytes(b"not a key")

    with pytest.raises(TlsUnusable, match=f"{lost}: it holds no private key"):
        keep(files, LOCAL_NAMES, LATER)
    assert key.read_bytes() == b"not a key"


def test_without_the_authoritys_key_the_server_goes_on_and_nothing_new_is_signed(files: Files) -> None:
    """An operator may take the key away to a safer place."""
    keep(files, LOCAL_NAMES, NOW)
    files.authority_key.unlink()

    assert not keep(files, LOCAL_NAMES, NOW).anew
    with pytest.raises(TlsUnusable, match=r"not the key of authority\.pem"):
        keep(files, LOCAL_NAMES, LATER)
    assert not files.authority_key.exists()


def test_another_authority_is_made_when_both_its_files_are_moved_away(files: Files) -> None:
    first = keep(files, LOCAL_NAMES, NOW)
    files.authority.unlink()
    files.authority_key.unlink()

    second = keep(files, LOCAL_NAMES, NOW)

    assert second.anew
    assert second.authority.subject != first.authority.subject
    second.server.verify_directly_issued_by(second.authority)


def test_a_home_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "tls").touch()

    with pytest.raises(TlsUnusable, match=r"tls: File exists"):
        keep(Files.of(tmp_path), LOCAL_NAMES, NOW)


# Which names


@pytest.mark.parametrize(
    ("given", "more"),
    [
        ({}, set()),
        ({"host": "0.0.0.0"}, set()),  # noqa: S104 - only read
        ({"host": "::"}, set()),
        ({"host": "192.0.2.7"}, {"192.0.2.7"}),
        ({"host": "FE80::1%eth0"}, {"fe80::1"}),
        ({"origin": "https://API.mill.example:8443"}, {"api.mill.example"}),
        ({"host": "192.0.2.7", "origin": "https://[2001:db8::7]:8443"}, {"192.0.2.7", "2001:db8::7"}),
        ({"host": "mühle.example"}, {"xn--mhle-0ra.example"}),
    ],
)
def test_the_certificate_names_this_machine_the_host_and_the_origin(
    tmp_path: Path, given: dict[str, str], more: set[str]
) -> None:
    assert names_of(settings(tmp_path, **given)) == LOCAL_NAMES | more


def test_a_name_that_no_certificate_could_hold_is_told(tmp_path: Path) -> None:
    with pytest.raises(TlsUnusable, match="no certificate for one of the names"):
        names_of(settings(tmp_path, origin=f"https://{'a' * 64}.example"))


# A server's TLS


def open_(home: Path, at: datetime = NOW, **given: Any) -> ServerTls:
    tls = open_tls(settings(home, **given), clock(at))
    assert tls is not None
    return tls


def test_without_tls_there_is_nothing(tmp_path: Path) -> None:
    assert open_tls(Settings(home=tmp_path), clock()) is None
    assert authority_file(Settings(home=tmp_path)) is None
    assert list(tmp_path.iterdir()) == []


def test_a_running_server_renews_and_its_other_workers_follow(tmp_path: Path) -> None:
    at = clock()
    first, other = ServerTls(open_(tmp_path).source, at), open_(tmp_path)
    before = shown(first)
    asyncio.run(first.renew())
    assert shown(first) == before

    at.jump(370 * 86_400)
    asyncio.run(first.renew())
    asyncio.run(other.follow())

    assert shown(first) != before
    assert shown(first) == shown(other)


def test_a_server_whose_certificate_cannot_be_renewed_goes_on_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    at = clock()
    tls = ServerTls(open_(tmp_path).source, at)
    before = shown(tls)
    Files.of(tmp_path).authority_key.unlink()
    at.jump(370 * 86_400)

    asyncio.run(tls.renew())

    assert shown(tls) == before
    assert "certificate_unusable" in capsys.readouterr().out


# A certificate that is given


def unlocked(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, secret: bytes = b"") -> bytes:
    protection = BestAvailableEncryption(secret) if secret else NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection)


class Given:
    """A certificate from elsewhere, and its key."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.certificate, self.key = place / "given.pem", place / "given.key"
        self.write()

    def write(self) -> x509.Certificate:
        files = Files.of(self.place / f"authority-{len(list(self.place.iterdir()))}")
        kept = keep(files, LOCAL_NAMES, NOW)
        self.certificate.write_bytes(files.server.read_bytes())
        self.key.write_bytes(files.server_key.read_bytes())
        return kept.server

    def open(self, at: datetime = NOW) -> ServerTls:
        home = self.place / "home"
        tls = open_tls(Settings(home=home, tls_certificate=self.certificate, tls_key=self.key), clock(at))
        assert tls is not None
        assert not home.exists()
        return tls


@pytest.fixture
def given(tmp_path: Path) -> Given:
    return Given(tmp_path)


def test_a_given_certificate_is_served_and_followed(given: Given) -> None:
    tls = given.open()
    assert pem(shown(tls)) == given.certificate.read_bytes()

    another = given.write()
    asyncio.run(tls.follow())

    assert shown(tls) == another


def test_a_pair_that_is_half_replaced_waits_for_its_other_half(
    given: Given, capsys: pytest.CaptureFixture[str]
) -> None:
    tls = given.open()
    before, key = shown(tls), given.key.read_bytes()
    another = given.write()
    whole = given.key.read_bytes()
    given.key.write_bytes(key)
    asyncio.run(tls.follow())

    assert shown(tls) == before
    assert "certificate_unusable" in capsys.readouterr().out
    given.key.write_bytes(whole)
    asyncio.run(tls.follow())
    assert shown(tls) == another


def locked(given: Given) -> None:
    given.key.write_bytes(unlocked(making.new_key(), b"open sesame"))


def other_key(given: Given) -> None:
    given.key.write_bytes(unlocked(rsa.generate_private_key(65537, 2048)))


@pytest.mark.parametrize(
    ("spoil", "at", "why"),
    [
        (lambda given: given.certificate.unlink(), NOW, "given.pem: there is no such file"),
        (lambda given: given.key.unlink(), NOW, "given.key: there is no such file"),
        (
            lambda given: given.certificate.write_bytes(b"no"),
            NOW,
            "given.pem: it holds no certificate in PEM form",
        ),
        (lambda given: given.key.write_bytes(b"no"), NOW, "given.key: it holds no private key in PEM form"),
        (
            lambda given: (given.key.unlink(), given.key.mkdir()),
            NOW,
            "given.key: it cannot be read: Is a directory",
        ),
        (locked, NOW, "given.key: the key has a passphrase; write it without one"),
        (other_key, NOW, r"given.key: it is not the key of \S+given.pem"),
        (lambda _: None, NOW + timedelta(days=500), "given.pem: it ended at 2027-04-14 05:06 UTC"),
        (lambda _: None, NOW - timedelta(days=1), "given.pem: it does not begin before 2026-03-14 04:06 UTC"),
    ],
)
def test_a_given_certificate_that_cannot_be_used_is_told_by_file(
    given: Given, spoil: Callable[[Given], object], at: datetime, why: str
) -> None:
    spoil(given)

    with pytest.raises(TlsUnusable, match=why):
        given.open(at)


def test_a_local_authority_is_whom_clients_must_trust(given: Given, tmp_path: Path) -> None:
    assert authority_file(settings(tmp_path)) == tmp_path / "tls" / "authority.pem"
    assert authority_file(Settings(tls_certificate=given.certificate, tls_key=given.key)) is None
