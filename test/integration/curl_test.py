"""Real curl through every kind of proxy that our client offers."""

import http.server
import subprocess
import threading

import anytls
import peer
from case import Case
from target import closed_port


class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = f"page {self.path}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Web:
    """An HTTP server with keep-alive; HTTPS with a certificate."""

    def __init__(self, cert=None):
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
        self._server.handle_error = lambda *_: None  # curl leaves without a good-bye
        self._server.daemon_threads = True
        if cert:
            self._server.socket = peer.server_context(cert).wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


class Curl(Case):
    def setUp(self):
        self.cert = anytls.certificate(self.folder)
        self.web = self.keep(Web())

    def start(self, *extra):
        server = anytls.start_server(self, self.cert)
        self.client = anytls.start_client(self, server.port(), cert=self.cert, extra=extra)
        self.proxy = self.client.port()

    def curl(self, scheme, *arguments, status=0):
        done = subprocess.run(["curl", "-sS", "-k", "--max-time", "15", "--noproxy", "", "-x",
                               f"{scheme}://127.0.0.1:{self.proxy}", *arguments],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout

    def test_socks(self):
        self.start()
        for scheme in ("socks5", "socks5h", "socks4", "socks4a"):
            with self.subTest(scheme=scheme):
                self.assertEqual(self.curl(scheme, f"http://localhost:{self.web.port}/a"), "page /a")

    def test_https_through_connect(self):
        self.start()
        web = self.keep(Web(self.cert))
        self.assertEqual(self.curl("http", f"https://localhost:{web.port}/s"), "page /s")

    def test_plain_http_keeps_the_connection(self):
        self.start()
        urls = [f"http://127.0.0.1:{self.web.port}/{name}" for name in "abc"]
        got = self.curl("http", "-w", "[%{num_connects}]", *urls)
        self.assertEqual(got, "page /a[1]page /b[0]page /c[0]")

    def test_plain_http_upload(self):
        self.start()
        body = self.file("body", "0123456789" * 100000)
        got = self.curl("http", "--data-binary", f"@{body}", f"http://127.0.0.1:{self.web.port}/")
        self.assertEqual(len(got), 1000000)

    def test_502_names_target_and_reason(self):
        self.start()
        port, held = closed_port()
        self.keep(held)
        got = self.curl("http", "-w", "%{http_code}", f"http://127.0.0.1:{port}/")
        self.assertTrue(got.endswith("502"), got)
        self.assertIn(f"127.0.0.1:{port}", got)
        self.assertIn("refused", got)

    def test_http_proxy_asks_for_the_user(self):
        self.start("--user", "ann:secret")
        url = f"http://127.0.0.1:{self.web.port}/u"
        self.assertEqual(self.curl("http", "-o", "/dev/null", "-w", "%{http_code}", url), "407")
        self.assertEqual(self.curl("http", "-U", "ann:no", "-o", "/dev/null", "-w", "%{http_code}", url), "407")
        self.assertEqual(self.curl("http", "-U", "ann:secret", url), "page /u")
        self.assertEqual(self.curl("http", "--proxy-anyauth", "-U", "ann:secret", url), "page /u")

    def test_socks_proxy_asks_for_the_user(self):
        self.start("--user", "ann:secret")
        url = f"http://127.0.0.1:{self.web.port}/u"
        self.curl("socks5h", url, status=97)
        self.curl("socks5h", "-U", "ann:no", url, status=97)
        self.assertEqual(self.curl("socks5h", "-U", "ann:secret", url), "page /u")
        self.assertNotIn("secret", self.client.log())

    def test_connect_asks_for_the_user(self):
        self.start("--user", "ann:secret")
        web = self.keep(Web(self.cert))
        self.curl("http", f"https://localhost:{web.port}/", status=56)
        self.assertEqual(self.curl("http", "-U", "ann:secret", f"https://localhost:{web.port}/"), "page /")
