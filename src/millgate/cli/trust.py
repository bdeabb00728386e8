"""`millgate tls`: which certificate a home serves, and how to trust it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millgate.cli.beginning import settled, stop

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from millgate.assembly.tls.speaking import ServerTls
    from millgate.core.settings import Settings


def tls(
    home: Annotated[Path | None, typer.Option(help="The data directory.")] = None,
    *,
    file: Annotated[
        bool, typer.Option("--file", help="Print the path of the authority's certificate alone.")
    ] = False,
) -> None:
    """Show the certificates of a home: files, fingerprints and ends, and how to trust the local authority."""
    from millgate.assembly.tls.keeping import Files, TlsUnusable  # noqa: PLC0415 - only what a command needs

    settings = settled(home=home)
    files = Files.of(settings.home)
    try:
        if file:
            _certificate(files.authority)
            typer.echo(files.authority)
        elif settings.tls_certificate is not None:
            typer.echo(_told("Server certificate, as set", settings.tls_certificate))
        else:
            typer.echo(_told("Local authority", files.authority))
            typer.echo(_told("Server certificate", files.server))
            typer.echo(HOW_TO_TRUST.format(file=shlex.quote(str(files.authority))), nl=False)
    except TlsUnusable as wrong:
        stop(f"{wrong}. The first start with --tls makes an authority and a certificate.")


def at_start(settings: Settings, spoken: ServerTls) -> str:
    """What a start says of its certificate: how to trust it when it is new, and else where that is told."""
    from millgate.assembly.tls.speaking import Local  # noqa: PLC0415 - only what a command needs is imported

    source = spoken.source
    if not isinstance(source, Local):
        return f"TLS by {source.certificate}."
    again = f"millgate tls --home {shlex.quote(str(settings.home))}"
    if source.kept is None or not source.kept.anew:
        return f"TLS by the local authority {source.files.authority}. How to trust it: {again}"
    return (
        f"{_told('A local authority was made. Nobody trusts it yet', source.files.authority)}\n"
        f"{HOW_TO_TRUST.format(file=shlex.quote(str(source.files.authority)))}\nTo see this again: {again}"
    )


def _told(title: str, path: Path) -> str:
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - only what a command needs

    from millgate.assembly.tls.making import names_of, permitted_to  # noqa: PLC0415 - as above

    certificate = _certificate(path)
    names = sorted(names_of(certificate) or permitted_to(certificate))
    return (
        f"{title}:\n"
        f"  File         {path}\n"
        f"  SHA-256      {certificate.fingerprint(SHA256()).hex(':').upper()}\n"
        f"  Ends         {certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC\n"
        f"  Names        {', '.join(names)}\n"
    )


def _certificate(path: Path) -> Certificate:
    from millgate.assembly.tls.keeping import read_certificates  # noqa: PLC0415 - only what a command needs

    return read_certificates(path)[0]


HOW_TO_TRUST = """\
How to trust the authority. It can vouch for the names above and for nothing else.

  For one command or program
    curl              curl --cacert {file} …
    curl, always      export CURL_CA_BUNDLE={file}
    Python requests   export REQUESTS_CA_BUNDLE={file}
    Python, others    export SSL_CERT_FILE={file}
    Node.js           export NODE_EXTRA_CA_CERTS={file}
    Java              keytool -importcert -noprompt -alias millgate -file {file} \\
                        -keystore millgate.p12 -storetype PKCS12 -storepass changeit
                      java -Djavax.net.ssl.trustStore=millgate.p12 \\
                        -Djavax.net.ssl.trustStorePassword=changeit …

  For everything on a machine
    Debian, Ubuntu    sudo cp {file} /usr/local/share/ca-certificates/millgate.crt
                      sudo update-ca-certificates
    Windows           certutil -user -addstore Root {file}
    macOS             security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db {file}
    Firefox           Settings, Privacy & Security, View Certificates, Authorities, Import
    Chromium (Linux)  certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n millgate -i {file}
"""
