#include "protocol/settings.h"

#include "protocol/text.h"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace anytls::protocol {
namespace {

int to_version(std::string_view text) {
  int value = 0;
  const auto* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped != end || value < 1) return 1;
  return value;
}

}  // namespace

settings parse_settings(bytes_view data) {
  settings out;
  auto text = as_text(data);
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    text = end == text.npos ? std::string_view() : text.substr(end + 1);
    const auto equals = line.find('=');
    if (equals == line.npos) continue;
    const auto key = line.substr(0, equals);
    const auto value = line.substr(equals + 1);
    if (key == "v") {
      out.version = to_version(value);
    } else if (key == "client") {
      out.client = value.substr(0, max_client_text);
      std::replace_if(out.client.begin(), out.client.end(), is_control, '?');
    } else if (key == "padding-md5") {
      out.padding_md5 = value.size() > max_padding_md5 ? std::string_view() : value;
    }
  }
  return out;
}

int parse_version(bytes_view data) { return parse_settings(data).version; }

std::string make_client_settings(std::string_view client_text, std::string_view padding_md5) {
  std::string out = make_server_settings() + "\nclient=";
  std::remove_copy_if(client_text.begin(), client_text.end(), std::back_inserter(out), is_control);
  out += "\npadding-md5=";
  out += padding_md5;
  return out;
}

std::string make_server_settings() { return "v=" + std::to_string(protocol_version); }

}  // namespace anytls::protocol
