"""Certificates that our own program does not make, by openssl."""

import hashlib
import pathlib
import ssl
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


def issued(folder, issuer, name, usage=None, key=_NEW_KEY):
    """A certificate of an authority() for that DNS name."""
    extensions = f"subjectAltName=DNS:{name}\n" + (f"extendedKeyUsage={usage}\n" if usage else "")
    (folder / f"{name}.extensions").write_text(extensions)
    _openssl(folder, "req", "-new", *key, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.request")
    _openssl(folder, "x509", "-req", "-in", f"{name}.request", "-CA", issuer.cert, "-CAkey", issuer.key,
             "-CAcreateserial", "-days", "2", "-extfile", f"{name}.extensions", "-out", f"{name}.pem")
    return anytls.Certificate(str(folder / f"{name}.pem"), str(folder / f"{name}.key"), None)


def with_issuer(folder, cert, issuer):
    """The same, in a file that goes on with its issuer's, as servers show them."""
    chain = folder / "chain.pem"
    chain.write_text("".join(pathlib.Path(one.cert).read_text(encoding="ascii") for one in (cert, issuer)))
    return cert._replace(cert=str(chain))


def sha256(cert):
    """Of the certificate (DER), in hex."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pathlib.Path(cert.cert).read_text(encoding="ascii"))).hexdigest()


def public_key_hash(cert):
    """Base64 of the SHA-256 of its public key, by the command that the documentation of sing-box gives."""
    command = ('openssl x509 -in "$0" -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary |'
               " openssl enc -base64")
    return subprocess.run(["sh", "-c", command, cert.cert], check=True, capture_output=True, text=True).stdout.strip()


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
