"""Every TLS option of outbounds and proxies: ClientHellos are captured and parsed, servers tried."""

import pathlib

import anytls
import client_tls
import documents
import ech
import openssl
from entry import proved
from matrix_case import TlsCase
from subject import Subject


class Client(Subject):
    def start(self, port, server="127.0.0.1"):
        return self.run_on_free_port(lambda listen: {"listen": listen, "port": port, "server": server})

    def write(self, port=1, listen=1080, server="127.0.0.1"):
        return super().write(port=port, listen=listen, server=server)


@proved(client_tls.TABLE)
class ClientTls(TlsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = cls.certificates
        cls.issued = openssl.with_issuer(folder, openssl.issued(folder, cls.issuer, "localhost"), cls.issuer)
        cls.issuer_sha256 = openssl.sha256(cls.issuer)
        if anytls.tls_library() != "BoringSSL":
            return
        cls.ech_keys = ech.new_keys()
        cls.ech_base64 = "".join(cls.ech_keys.configs.splitlines()[1:-1])
        cls.ech_file = str(folder / "ech.pem")
        pathlib.Path(cls.ech_file).write_text(cls.ech_keys.configs, encoding="utf-8")

    def prove(self, entry, value):
        def document(listen, server, port):
            kind = subject.kind or "anytls"
            made = documents.client(subject.form, kind, listen, server, port)
            if subject.place == "outbounds[http].tls":
                made["outbounds"][0]["tls"] = {"enabled": True, "server_name": "localhost", "insecure": True}
            return documents.without(made, subject.place, subject.option)

        subject = Client(self, entry, value, document)
        value.proof(self, subject)
