"""Certificates that our own program does not make, by openssl."""

import subprocess

import anytls

_CONFIG = """
[ca]
default_ca=own
[own]
database=index
serial=serial
new_certs_dir=.
default_md=sha256
policy=any
x509_extensions=names
[any]
commonName=supplied
[names]
subjectAltName=DNS:localhost
"""

_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


def _openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def authority(folder, alternative_name):
    """Its own issuer, and allowed to be one, as the roots of a system's store are."""
    _openssl(folder, "req", "-x509", *_NEW_KEY, "-subj", "/CN=authority", "-days", "2", "-addext",
             f"subjectAltName={alternative_name}", "-keyout", "authority.key", "-out", "authority.pem")
    return anytls.Certificate(str(folder / "authority.pem"), str(folder / "authority.key"), None)


def expired(parent):
    """For localhost; ended in 2020."""
    folder = parent / "expired"
    folder.mkdir()
    for name, text in (("config", _CONFIG), ("index", ""), ("serial", "01\n")):
        (folder / name).write_text(text)

    _openssl(folder, "req", "-new", *_NEW_KEY, "-subj", "/CN=localhost", "-keyout", "key.pem", "-out", "request.pem")
    _openssl(folder, "ca", "-batch", "-config", "config", "-selfsign", "-keyfile", "key.pem", "-in", "request.pem",
             "-notext", "-out", "cert.pem", "-startdate", "20200101000000Z", "-enddate", "20200201000000Z")
    return anytls.Certificate(str(folder / "cert.pem"), str(folder / "key.pem"), None)
