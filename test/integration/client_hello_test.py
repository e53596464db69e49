"""The parser that other tests look at ClientHellos with: known values, other people's hellos, cut ones."""

import ssl
import struct
import unittest

import client_hello

# The example of JA4's own description.
JA4_R = ("t13d1516h2_002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9_0005,000a,000b,000d,"
         "0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01_0403,0804,0401,0503,0805,0501,0806,0601")
JA4 = "t13d1516h2_8daaf6152771_e5627efa2ab1"


def block(size, content):
    return len(content).to_bytes(size, "big") + content


def numbers(values):
    return b"".join(v.to_bytes(2, "big") for v in values)


def hello(ciphers, extensions):
    listed = b"".join(numbers([kind]) + block(2, content) for kind, content in extensions)
    body = b"\3\3" + bytes(32) + block(1, bytes(32)) + block(2, numbers(ciphers)) + b"\1\0" + block(2, listed)
    return b"\1" + block(3, body)


def records(message, size):
    pieces = [message[i:i + size] for i in range(0, len(message), size)]
    return b"".join(struct.pack("!BHH", 22, 0x301, len(piece)) + piece for piece in pieces)


def of_ja4(text):
    """A hello with GREASE that has this readable JA4."""
    _, ciphers, kinds, algorithms = ([int(v, 16) for v in part.split(",")] if i else part
                                     for i, part in enumerate(text.split("_")))
    content = {client_hello.SIGNATURE_ALGORITHMS: block(2, numbers([0x1a1a, *algorithms])),
               client_hello.GROUPS: block(2, numbers([0x6a6a, 29, 23])),
               client_hello.KEY_SHARE: block(2, numbers([0x6a6a]) + block(2, b"\0") + numbers([29]) + block(2, bytes(32))),
               client_hello.VERSIONS: block(1, numbers([0x2a2a, 0x304, 0x303])),
               client_hello.ALPN: block(2, block(1, b"h2") + block(1, b"http/1.1")),
               client_hello.SERVER_NAME: block(2, b"\0" + block(2, b"localhost"))}
    extensions = [(kind, content.get(kind, b"")) for kind in [0x3a3a, *reversed(kinds), 0, 16, 0x4a4a]]
    return hello([0x5a5a, *reversed(ciphers)], extensions)


def of_python(**names):
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    out = ssl.MemoryBIO()
    tls = context.wrap_bio(ssl.MemoryBIO(), out, **names)
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return out.read()


class Parser(unittest.TestCase):
    def test_ja4_is_the_one_of_its_description(self):
        parsed = client_hello.parse(of_ja4(JA4_R))
        self.assertEqual(parsed.ja4_r(), JA4_R)
        self.assertEqual(parsed.ja4(), JA4)

    def test_grease_is_folded_and_order_is_kept_on_request(self):
        parsed = client_hello.parse(hello([0x1301], [(0xdada, b""), (43, b"\2\3\4"), (10, b"\0\2\0\x1d"), (0xeaea, b"\0")]))
        self.assertEqual(parsed.extension_ids(), [10, 43, "GREASE", "GREASE"])
        self.assertEqual(parsed.extension_ids(order=True), ["GREASE", 43, 10, "GREASE"])
        self.assertFalse(client_hello.is_grease(0x1a2a))

    def test_reads_what_a_real_client_sends(self):
        parsed = client_hello.parse(of_python(server_hostname="localhost"))
        self.assertEqual(parsed.server_name, "localhost")
        self.assertEqual(parsed.alpn, ["http/1.1"])
        self.assertEqual(parsed.versions, [0x304, 0x303])
        self.assertIn(29, [group for group, _ in parsed.key_shares])
        self.assertRegex(parsed.ja4(), r"^t13d\d\d\d\dh1_[0-9a-f]{12}_[0-9a-f]{12}$")

    def test_fields_leave_out_what_is_random(self):
        fields = client_hello.parse(of_ja4(JA4_R)).fields()
        self.assertEqual(fields["groups"], ["GREASE", 29, 23])
        self.assertEqual(fields["key shares"], [("GREASE", 1), (29, 32)])
        self.assertEqual(fields["versions"], ["GREASE", 0x304, 0x303])
        self.assertNotIn(client_hello.PADDING, fields["extensions"])

    def test_does_not_mind_how_it_is_cut_into_records(self):
        whole = of_ja4(JA4_R)
        parsed = client_hello.parse(records(whole, 100))
        self.assertEqual(parsed, client_hello.parse(records(whole, 100) + b"what follows"))
        self.assertEqual(parsed.fields(), client_hello.parse(whole).fields())
        self.assertEqual(parsed.record_sizes[:-1], [100] * (len(whole) // 100))

    def test_says_so_where_it_is_cut_off(self):
        whole = of_ja4(JA4_R)
        for size in range(len(whole)):
            with self.assertRaises(client_hello.Malformed):
                client_hello.parse(whole[:size])
