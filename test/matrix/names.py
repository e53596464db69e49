"""Names of algorithms as configurations have them, and what they are on the wire and in OpenSSL."""

SUITES = {  # of TLS 1.2
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": (0xc02b, "ECDHE-ECDSA-AES128-GCM-SHA256"),
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": (0xc02c, "ECDHE-ECDSA-AES256-GCM-SHA384"),
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": (0xcca9, "ECDHE-ECDSA-CHACHA20-POLY1305"),
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": (0xc009, "ECDHE-ECDSA-AES128-SHA"),
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": (0xc00a, "ECDHE-ECDSA-AES256-SHA"),
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": (0xc02f, "ECDHE-RSA-AES128-GCM-SHA256"),
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": (0xc030, "ECDHE-RSA-AES256-GCM-SHA384"),
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": (0xcca8, "ECDHE-RSA-CHACHA20-POLY1305"),
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": (0xc013, "ECDHE-RSA-AES128-SHA"),
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": (0xc014, "ECDHE-RSA-AES256-SHA"),
    "TLS_RSA_WITH_AES_128_GCM_SHA256": (0x009c, "AES128-GCM-SHA256"),
    "TLS_RSA_WITH_AES_256_GCM_SHA384": (0x009d, "AES256-GCM-SHA384"),
    "TLS_RSA_WITH_AES_128_CBC_SHA": (0x002f, "AES128-SHA"),
    "TLS_RSA_WITH_AES_256_CBC_SHA": (0x0035, "AES256-SHA"),
}
SUITES_1_3 = {"TLS_AES_128_GCM_SHA256": 0x1301, "TLS_AES_256_GCM_SHA384": 0x1302,
              "TLS_CHACHA20_POLY1305_SHA256": 0x1303}
POST_QUANTUM = "X25519MLKEM768"
CURVES = {POST_QUANTUM: 0x11ec, "X25519": 0x001d, "P256": 0x0017, "P384": 0x0018, "P521": 0x0019}
TLS_1_2, TLS_1_3 = 0x0303, 0x0304

# Fingerprints of utls and of client-fingerprint that get Chrome's hello, and what is said then.
AS_CHROME = ("android", "edge", "360", "qq", "random", "randomized", "chrome_psk", "chrome_pq", "chrome120",
             "chrome_psk_shuffle", "chrome_padding_psk_shuffle", "chrome_pq_psk")
AS_FIREFOX, AS_SAFARI = ("firefox", "firefox120"), ("safari", "ios", "safari16")
BROWSERS = ({name: "the ClientHello is that of a current Chrome" for name in AS_CHROME} |
            {name: "Firefox's has no GREASE" for name in AS_FIREFOX} |
            {name: "Safari's keeps the order of its extensions" for name in AS_SAFARI})
