#include "config/fallback_fields.h"

#include "config/field.h"
#include "config/suggest.h"
#include "config/value.h"

#include <charconv>

namespace anytls::config {
namespace {

using read_one = void (*)(const cursor&, std::optional<protocol::address>&);

void read_each(const cursor& at, read_one read, std::map<std::string, protocol::address>& into) {
  if (!at.value->is_map())
    return at.error(
        fmt::format("expected a web server for each protocol, found {}", kind_in_words(*at.value)));
  for (const auto& m : at.value->members) {
    const auto place = at.at(m.key, *m.value);
    if (m.key.empty() || m.key.size() > 255) {
      place.error("a protocol's name has 1 to 255 characters, for example h2 or http/1.1");
      continue;
    }
    std::optional<protocol::address> one;
    read(place, one);
    if (one) into.insert_or_assign(m.key, std::move(*one));
  }
}

bool read_web_host(const cursor& at, std::string& into) {
  if (!read_host(at, into)) return false;
  if (into.empty())
    at.error("the address is empty");
  else if (into.find('*') != into.npos)
    at.error(fmt::format("{} is not the address of a web server; write for example 127.0.0.1",
                         in_quotes(into)));
  else
    return true;
  return false;
}

void read_one_text(const cursor& at, std::optional<protocol::address>& into) {
  std::string text;
  if (!read_string(at, text)) return;
  const auto colon = text.rfind(':');
  const auto digits = colon == text.npos ? std::string() : text.substr(colon + 1);
  unsigned port = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  const bool numeric = failure == std::errc{} && end == digits.data() + digits.size();
  if (!numeric || port == 0 || port > 65535 || colon == 0)
    return at.error(
        fmt::format("{} is not HOST:PORT; write for example 127.0.0.1:8080 or \"[::1]:8080\"",
                    in_quotes(text)));
  node host_node = *at.value;
  host_node.text = text.substr(0, colon);
  std::string host;
  cursor place = at;
  place.value = &host_node;
  if (!read_web_host(place, host)) return;
  into = protocol::address::from_host(host, static_cast<std::uint16_t>(port));
}

}  // namespace

void read_fallback(const cursor& at, std::optional<protocol::address>& into) {
  object_reader in(at);
  if (!in.ok()) return;
  std::string host;
  std::uint16_t port = 0;
  const node* server = in.take("server", {"", R"("127.0.0.1")"});
  const node* number = in.take("server_port", {"", "8080"});
  if (!server) at.error("server is missing: the address of a web server, for example 127.0.0.1");
  if (!number) at.error("server_port is missing");
  in.finish(json_note);
  if (!server || !read_web_host(at.at("server", *server), host)) return;
  if (!number || !read_port(at.at("server_port", *number), port)) return;
  into = protocol::address::from_host(host, port);
}

void read_fallback_for_alpn(const cursor& at, std::map<std::string, protocol::address>& into) {
  read_each(at, read_fallback, into);
}

void read_fallback_text(const cursor& at, std::optional<protocol::address>& into) {
  std::string text;
  if (read_string(at, text) && !text.empty()) read_one_text(at, into);
}

void read_fallback_text_for_alpn(const cursor& at, std::map<std::string, protocol::address>& into) {
  read_each(at, read_one_text, into);
}

}  // namespace anytls::config
