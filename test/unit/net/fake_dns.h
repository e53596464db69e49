#pragma once
// A DNS server on a UDP port of loopback that says what the test wrote down. Lives on the test's
// io_context.

#include "base/asio.h"
#include "base/bytes.h"
#include "base/result.h"

#include <boost/asio/basic_datagram_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/udp.hpp>

#include <array>
#include <map>
#include <string>
#include <vector>

namespace anytls::test {

inline constexpr int type_a = 1;
inline constexpr int type_aaaa = 28;
inline constexpr int type_https = 65;

struct dns_reply {
  enum { ok = 0, servfail = 2, nxdomain = 3 };
  int rcode = ok;
  std::vector<std::string> found;
  std::vector<bytes> data;  ///< instead: records of the type that was asked for
  std::uint32_t ttl = 60;
  bool alias = false;   ///< a CNAME to `alias.test` comes first
  bool silent = false;  ///< no answer at all
  duration delay{0};
};

class fake_dns {
 public:
  explicit fake_dns(asio::io_context& context)
      : context_(context), socket_(context, {asio::ip::make_address("127.0.0.1"), 0}) {
    receive();
  }

  std::string server() const {
    return "127.0.0.1:" + std::to_string(socket_.local_endpoint().port());
  }

  /// What is not set is NXDOMAIN.
  void set(const std::string& name, int type, dns_reply reply) {
    replies_[{name, type}] = std::move(reply);
  }

  /// "name/type" of each question.
  std::vector<std::string> asked;

 private:
  using udp = asio::ip::udp;

  void receive() {
    socket_.async_receive_from(asio::buffer(in_), from_, [this](error_code e, std::size_t n) {
      if (e) return;
      answer(n);
      receive();
    });
  }

  void answer(std::size_t n) {
    if (n < 12) return;
    std::string name;
    std::size_t at = 12;
    while (at < n && in_[at] != 0) {
      if (!name.empty()) name += '.';
      name.append(reinterpret_cast<const char*>(&in_[at + 1]), in_[at]);
      at += in_[at] + 1u;
    }
    const int type = get_u16(&in_[at + 1]);
    const std::size_t question_end = at + 5;
    asked.push_back(name + "/" + (type == type_a ? "A" : type == type_https ? "HTTPS" : "AAAA"));

    dns_reply reply;
    reply.rcode = dns_reply::nxdomain;
    if (const auto found = replies_.find({name, type}); found != replies_.end())
      reply = found->second;
    if (reply.silent) return;

    bytes out(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(question_end));
    out[2] = 0x81;
    out[3] = static_cast<std::uint8_t>(0x80 | reply.rcode);
    put_u16(&out[6], static_cast<std::uint16_t>(reply.found.size() + reply.data.size() +
                                                (reply.alias ? 1 : 0)));
    put_u32(&out[8], 0);
    bytes owner = {0xc0, 12};
    if (reply.alias) {
      const bytes target = {5, 'a', 'l', 'i', 'a', 's', 4, 't', 'e', 's', 't', 0};
      record(out, owner, 5, reply.ttl, target);
      owner = target;
    }
    for (const auto& one : reply.data) record(out, owner, type, reply.ttl, one);
    for (const auto& text : reply.found) {
      const auto ip = asio::ip::make_address(text);
      if (ip.is_v4()) {
        const auto b = ip.to_v4().to_bytes();
        record(out, owner, type_a, reply.ttl, b);
      } else {
        const auto b = ip.to_v6().to_bytes();
        record(out, owner, type_aaaa, reply.ttl, b);
      }
    }
    auto wait = std::make_shared<timer>(context_, reply.delay);
    wait->async_wait([this, wait, out = std::move(out), to = from_](error_code) {
      error_code ignored;
      socket_.send_to(asio::buffer(out), to, 0, ignored);
    });
  }

  static void record(bytes& out, bytes_view owner, int type, std::uint32_t ttl, bytes_view data) {
    append(out, owner);
    std::uint8_t fixed[10];
    put_u16(fixed, static_cast<std::uint16_t>(type));
    put_u16(fixed + 2, 1);
    put_u32(fixed + 4, ttl);
    put_u16(fixed + 8, static_cast<std::uint16_t>(data.size()));
    append(out, fixed);
    append(out, data);
  }

  asio::io_context& context_;
  asio::basic_datagram_socket<udp, executor> socket_;
  udp::endpoint from_;
  std::array<std::uint8_t, 1500> in_{};
  std::map<std::pair<std::string, int>, dns_reply> replies_;
};

}  // namespace anytls::test
