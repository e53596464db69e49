// What is_repeatable_client_hello() accepts may leave twice: an independent reader must find one
// whole hello in it, nothing behind it and no early data. First byte: even = the rest is the data;
// odd = the rest is a script that writes a hello, right or nearly right.
#include "protocol/client_hello.h"

#include "check.h"
#include "script.h"

#include <string>

namespace {

using namespace anytls;

/// By offsets from the front, RFC 8446 4.1.2.
bool is_harmless(const std::string& d) {
  const auto number = [&](std::size_t at, int bytes) {
    std::size_t value = 0;
    for (int i = 0; i < bytes; ++i)
      value = value * 256 + static_cast<unsigned char>(d.at(at + static_cast<std::size_t>(i)));
    return value;
  };
  if (d.size() < 5 + 4 + 34 + 1 + 2 + 1) return false;
  if (number(0, 1) != 0x16 || number(3, 2) != d.size() - 5) return false;
  if (number(5, 1) != 0x01 || number(6, 3) != d.size() - 9) return false;
  std::size_t at = 43;
  for (const int length_bytes : {1, 2, 1}) {  // session id, cipher suites, compression methods
    if (at + static_cast<std::size_t>(length_bytes) > d.size()) return false;
    at += static_cast<std::size_t>(length_bytes) + number(at, length_bytes);
  }
  if (at == d.size()) return true;
  if (at + 2 > d.size() || at + 2 + number(at, 2) != d.size()) return false;
  at += 2;
  while (at != d.size()) {
    if (at + 4 > d.size() || number(at, 2) == 42) return false;
    at += 4 + number(at + 2, 2);
    if (at > d.size()) return false;
  }
  return true;
}

void put(std::string& out, std::size_t value, int bytes) {
  while (bytes-- > 0) out += static_cast<char>(value >> (8 * bytes));
}
void put_behind_length(std::string& out, int bytes, const std::string& data, script& s) {
  put(out, data.size() + (s.byte() == 255 ? s.upto(3) - std::size_t{1} : 0), bytes);
  out += data;
}
std::string text(script& s) { return std::string(as_text(s.take(s.upto(40)))); }

std::string written(script& s) {
  std::string extensions;
  for (auto n = s.upto(6); n > 0; --n) {
    const auto type = s.byte();
    put(extensions, type == 255 ? s.number() : type % 64, 2);
    put_behind_length(extensions, 2, text(s), s);
  }
  std::string body = "\x03\x03" + std::string(32, 'r');
  for (const int length_bytes : {1, 2, 1}) put_behind_length(body, length_bytes, text(s), s);
  if (s.byte() != 255) put_behind_length(body, 2, extensions, s);
  std::string message(1, s.byte() == 255 ? '\2' : '\1');
  put_behind_length(message, 3, body, s);
  std::string out("\x16\x03\x01", 3);
  put_behind_length(out, 2, message, s);
  if (s.byte() == 255) out += text(s);
  if (s.byte() == 255) out.resize(out.size() - std::min<std::size_t>(out.size(), s.byte()));
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  bytes_view all(data, size);
  std::string hello;
  if (take_byte(all) % 2 == 0) {
    hello = as_text(all);
  } else {
    script s(all);
    hello = written(s);
  }
  // Memory of its own, without a terminating zero.
  const bytes exact(hello.begin(), hello.end());
  CHECK(protocol::is_repeatable_client_hello(exact) == is_harmless(hello));
  return 0;
}
