"""A raw application of a proxy: SOCKS5, SOCKS4a, HTTP CONNECT. Every socket has a timeout, so nothing hangs a test."""

import base64
import ipaddress
import socket
import struct

TIMEOUT = 30


class Refused(Exception):
    """The proxy said no; `code` is its SOCKS reply or HTTP status."""

    def __init__(self, code):
        super().__init__(f"refused with {code}")
        self.code = code


def dial(port, timeout=TIMEOUT):
    return socket.create_connection(("127.0.0.1", port), timeout)


def read_exactly(sock, size):
    out = bytearray()
    while len(out) < size:
        piece = sock.recv(min(size - len(out), 1 << 16))
        if not piece:
            raise EOFError(f"{len(out)} of {size} bytes, then the end")
        out += piece
    return bytes(out)


def read_all(sock):
    out = bytearray()
    while piece := sock.recv(1 << 16):
        out += piece
    return bytes(out)


def socks_address(host, port):
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        name = host.encode()
        return bytes([3, len(name)]) + name + struct.pack("!H", port)
    return bytes([1 if ip.version == 4 else 4]) + ip.packed + struct.pack("!H", port)


def socks5(proxy, host, port, user=None, command=1, timeout=TIMEOUT):
    sock = dial(proxy, timeout)
    try:
        sock.sendall(b"\5\1\2" if user else b"\5\1\0")
        version, method = read_exactly(sock, 2)
        if version != 5 or method == 0xFF:
            raise Refused(method)
        if method == 2:
            name, password = (one.encode() for one in user)
            sock.sendall(b"\1" + bytes([len(name)]) + name + bytes([len(password)]) + password)
            if status := read_exactly(sock, 2)[1]:
                raise Refused(status)
        sock.sendall(bytes([5, command, 0]) + socks_address(host, port))
        _, code, _, kind = read_exactly(sock, 4)
        read_exactly(sock, {1: 4, 4: 16}.get(kind) or read_exactly(sock, 1)[0])
        read_exactly(sock, 2)
        if code:
            raise Refused(code)
        return sock
    except BaseException:
        sock.close()
        raise


def socks4a(proxy, host, port, timeout=TIMEOUT):
    sock = dial(proxy, timeout)
    try:
        sock.sendall(b"\4\1" + struct.pack("!H", port) + b"\0\0\0\1user\0" + host.encode() + b"\0")
        if (code := read_exactly(sock, 8)[1]) != 90:
            raise Refused(code)
        return sock
    except BaseException:
        sock.close()
        raise


def connect(proxy, host, port, user=None, timeout=TIMEOUT):
    sock = dial(proxy, timeout)
    try:
        where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        head = f"CONNECT {where} HTTP/1.1\r\nHost: {where}\r\n"
        if user:
            head += f"Proxy-Authorization: Basic {base64.b64encode(':'.join(user).encode()).decode()}\r\n"
        sock.sendall(f"{head}\r\n".encode())
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += read_exactly(sock, 1)
        if (code := int(answer.split()[1])) != 200:
            raise Refused(code)
        return sock
    except BaseException:
        sock.close()
        raise
