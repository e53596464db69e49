"""A minimal AnyTLS peer for sending what no honest peer sends. docs/spec/protocol.md names the numbers."""

import hashlib
import select
import socket
import ssl
import struct
import threading

import anytls
import proxy
from target import end

WASTE, SYN, PSH, FIN, SETTINGS, ALERT, UPDATE_SCHEME, SYNACK, HEART_REQUEST, HEART_RESPONSE, SERVER_SETTINGS = range(11)
DEFAULT_MD5 = "75cff2ad89aadf5e257059ee571ebe11"
SETTINGS_TEXT = f"v=2\nclient=test/1\npadding-md5={DEFAULT_MD5}".encode()


def frame(command, stream=0, data=b"", size=None):
    return struct.pack("!BIH", command, stream, len(data) if size is None else size) + data


def preamble(password=anytls.PASSWORD, padding=30):
    return hashlib.sha256(password.encode()).digest() + struct.pack("!H", padding) + bytes(padding)


def tls_client(port, host="127.0.0.1"):
    """An established TLS connection that trusts anybody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    sock = context.wrap_socket(socket.create_connection((host, port), proxy.TIMEOUT), server_hostname="localhost")
    if sock.version() == "TLSv1.3":
        _take_ticket(sock)
    return sock


def _take_ticket(sock):
    """It comes right after the handshake. Taken now, because one thread must not find it in this library's connection
    while another one writes."""
    select.select([sock], [], [], 0.3)
    sock.setblocking(False)
    try:
        sock.recv(1)  # nothing but the ticket can be there: nobody has been let in yet
    except (ssl.SSLWantReadError, OSError):
        pass
    sock.settimeout(proxy.TIMEOUT)


def client_hello():
    """The first bytes of a TLS client, for somebody who says no more."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    out = ssl.MemoryBIO()
    try:
        context.wrap_bio(ssl.MemoryBIO(), out, server_hostname="localhost").do_handshake()
    except ssl.SSLWantReadError:
        pass
    return out.read()


def server_context(cert):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert.cert, cert.key)
    return context


class Session:
    """Frames over an established TLS socket, either role."""

    def __init__(self, sock):
        self.sock = sock

    def close(self):
        self.sock.close()

    def send(self, *frames):
        self.sock.sendall(b"".join(frames))

    def read(self):
        """The next frame that is no padding: command, stream id, data. EOFError at the end."""
        while True:
            command, stream, size = struct.unpack("!BIH", proxy.read_exactly(self.sock, 7))
            data = proxy.read_exactly(self.sock, size) if size else b""
            if command != WASTE:
                return command, stream, data

    def read_until(self, wanted):
        """Skips to the next frame of that command. Returns its stream id and data."""
        while True:
            command, stream, data = self.read()
            if command == wanted:
                return stream, data

    def ended(self):
        """Whether the peer closes without another byte."""
        try:
            return self.sock.recv(1) == b""
        except (ConnectionError, ssl.SSLError):
            return True


def client(port, **options):
    """An authenticated session that has sent its settings."""
    session = Session(tls_client(port))
    session.send(preamble(**options))
    session.send(frame(SETTINGS, 0, SETTINGS_TEXT))
    return session


def opening(number, target_port, host="127.0.0.1"):
    return frame(SYN, number) + frame(PSH, number, proxy.socks_address(host, target_port))


def open_stream(session, number, target_port, host="127.0.0.1"):
    session.send(opening(number, target_port, host))


def hello(session):
    """What a server says first: its settings."""
    session.send(frame(SERVER_SETTINGS, 0, b"v=2"))


class Server:
    """Runs `serve(socket)` for every connection on a thread. `tls`: a certificate or a context; None = plain TCP."""

    def __init__(self, tls, serve):
        self._context = server_context(tls) if isinstance(tls, anytls.Certificate) else tls
        self._serve = serve
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self.accepted = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        end(self._listener)
        self._listener.close()

    def _accept(self):
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self._run, args=(sock,), daemon=True).start()

    def _run(self, sock):
        try:
            sock.settimeout(proxy.TIMEOUT)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else the last words wait, and die of a reset
            with self._context.wrap_socket(sock, server_side=True) if self._context else sock as connection:
                self._serve(connection)
        except (OSError, EOFError):
            pass


def authenticated(serve):
    """For Server: reads the preamble, then runs `serve(session)`."""
    def run(sock):
        head = proxy.read_exactly(sock, 34)
        proxy.read_exactly(sock, struct.unpack("!H", head[32:])[0])
        serve(Session(sock))
    return run
