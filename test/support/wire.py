"""Addresses of the two hosts of test/net/two_hosts.py, which has the picture, and numbers of TCP: for who names them
without the hosts."""

NEAR, NEAR_ALSO, FAR = "10.78.1.1", "10.78.1.3", "10.78.1.2"
NEAR_OTHER_LINK, FAR_OTHER_LINK = "10.78.2.1", "10.78.2.2"
NEAR6, FAR6 = "2001:db8:1::1", "2001:db8:1::2"
NEAR6_OTHER_LINK, FAR6_LOCAL = "2001:db8:2::1", "fd78::2"
HOLE, HOLE6 = "10.78.9.9", "2001:db8:9::9"  # behind `far`

MPTCP, FAST_OPEN = 30, 34  # kinds of TCP options
SYN, SYN_ACK = 0x02, 0x12  # flags
