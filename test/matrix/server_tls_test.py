"""Every TLS option of AnyTLS inbounds and listeners, and the web server behind them, as clients see it."""

import pathlib

import anytls
import client_hello
import documents
import ech
import openssl
import server_tls
from entry import proved
from matrix_case import TlsCase
from names import CURVES, POST_QUANTUM
from see_server import WebServer
from subject import Subject


class Server(Subject):
    def start(self):
        return self.run_on_free_port(lambda listen: {"listen": listen})

    def write(self, listen=8443):
        return super().write(listen=listen)


@proved(server_tls.TABLE)
class ServerTls(TlsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = cls.certificates
        cls.second = anytls.certificate(folder, name="*.second.example", file="second")
        cls.rsa = openssl.issued(folder, cls.issuer, "localhost", key=("-newkey", "rsa:2048", "-nodes"))
        cls.web_one, cls.web_two = WebServer(server_tls.FIRST), WebServer(server_tls.SECOND)
        for one in (cls.web_one, cls.web_two):
            cls.addClassCleanup(one.close)
        if anytls.tls_library() == "BoringSSL":
            cls._prepare_ech(folder)

    @classmethod
    def _prepare_ech(cls, folder):
        hidden = folder / "hidden"
        hidden.mkdir()
        cls.hidden = ech.certificate(hidden)
        cls.ech_keys = ech.new_keys()
        cls.ech_file = str(folder / "ech.pem")
        pathlib.Path(cls.ech_file).write_text(cls.ech_keys.keys, encoding="utf-8")

    @property
    def hello_of_all_groups(self):
        """A ClientHello of ours, sent again. Made once."""
        cls = type(self)
        if not hasattr(cls, "_hello"):
            catcher = self.keep(client_hello.Catcher())
            client = ech.start_our_client(self, catcher.port, {
                "enabled": True, "insecure": True, "server_name": "localhost", "curve_preferences": self.curves()})
            raw = client_hello.of_client(catcher, client).raw
            cls._hello = b"\x16\3\1" + len(raw).to_bytes(2, "big") + raw
        return cls._hello

    @staticmethod
    def curves():
        return [name for name in CURVES if name != POST_QUANTUM or anytls.tls_library() == "BoringSSL"]

    def prove(self, entry, value):
        def document(listen):
            made = documents.server(subject.form, "anytls", "127.0.0.1", listen, self.cert)
            if subject.place == "inbounds[anytls].tls.ech":
                made["inbounds"][0]["tls"] |= {"certificate_path": self.hidden.cert, "key_path": self.hidden.key}
            return documents.without(made, subject.place, subject.option)

        subject = Server(self, entry, value, document)
        value.proof(self, subject)
