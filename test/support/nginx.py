"""A real nginx on ports of its own, unprivileged: with TLS, and without for standing behind somebody else's."""

import shutil
import socket
import time

import anytls
import proxy

PATIENCE = 2  # seconds: client_header_timeout, keepalive_timeout, lingering_timeout
PAGE = b"<p>A page.\n"
BIG = bytes(range(256)) * 4096

_CONFIG = """
daemon off; master_process off; pid nginx.pid; error_log stderr warn;
events {{ worker_connections 512; }}
http {{
  access_log off; root html; sendfile on; tcp_nopush on;
  client_header_timeout {patience}s; keepalive_timeout {patience}s; lingering_timeout {patience}s;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server {{
    listen 127.0.0.1:{tls} ssl http2; ssl_protocols TLSv1.2 TLSv1.3;
    ssl_certificate {cert}; ssl_certificate_key {key};
  }}
  server {{ listen 127.0.0.1:{plain}; location /silence {{ return 444; }} }}
  server {{ listen 127.0.0.1:{h2} http2; }}
}}
"""


class Nginx:
    def __init__(self, case, cert):
        binary = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
        if not binary:
            case.cannot("no nginx; tools/setup --test installs it")
        folder = case.folder / "nginx"
        (folder / "html").mkdir(parents=True)
        (folder / "html" / "index.html").write_bytes(PAGE)
        (folder / "html" / "big").write_bytes(BIG)
        for _ in range(3):  # somebody else may take one of the ports in between
            self.tls, self.plain, self.h2 = (anytls.free_port() for _ in range(3))
            (folder / "nginx.conf").write_text(_CONFIG.format(patience=PATIENCE, cert=cert.cert, key=cert.key,
                                                              tls=self.tls, plain=self.plain, h2=self.h2))
            self.program = case.spawn("nginx", [binary, "-p", f"{folder}/", "-c", "nginx.conf", "-e", "stderr"])
            if self._answers():
                return
        raise AssertionError("nginx does not start:\n" + self.program.log())

    def _answers(self):
        deadline = time.monotonic() + proxy.TIMEOUT
        while self.program.alive() and time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.h2), 1).close()
                return True
            except OSError:
                time.sleep(0.02)
        return False
