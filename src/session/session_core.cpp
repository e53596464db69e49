#include "session/session_core.h"

#include "protocol/padding_scheme.h"
#include "protocol/settings.h"

#include <limits>

namespace anytls::session {

using protocol::command;
using kind = decltype(protocol::frame_reader::piece::kind);

namespace {

// Text of a peer goes to logs: cut, and without control characters that could forge a line.
std::string printable(bytes_view data) {
  std::string text(as_text(data.first(std::min<std::size_t>(data.size(), 512))));
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return text;
}

}  // namespace

bool session_core::next(bytes_view& input, actions& out) {
  out.clear();
  const auto piece = reader_.next(input);
  switch (piece.kind) {
    case kind::need_more:
      return false;
    case kind::unknown:
      // A client whose very first frame is unknown talks to something else (`HTTP/1.1 400` parses
      // as a frame).
      if (role_ == role::client && !heard_) out.push_back(act::fail{errc::not_anytls, {}});
      return true;
    case kind::data:
      heard_ = true;
      if (!piece.data.empty() && streams_.contains(piece.stream_id()))
        out.push_back(act::deliver{piece.stream_id(), piece.data});
      return true;
    case kind::control:
      heard_ = true;
      control(piece, out);
      return true;
  }
  return false;
}

void session_core::control(const protocol::frame_reader::piece& piece, actions& out) {
  const auto id = piece.stream_id();
  switch (piece.command()) {
    case command::heart_request:
      out.push_back(act::send{command::heart_response, id, {}});
      return;
    case command::heart_response:
      out.push_back(act::heart_answered{id});
      return;
    case command::fin:
      if (!streams_.contains(id)) return;
      out.push_back(act::finished{id});
      return;
    case command::syn:
      if (role_ == role::server) on_syn(id, out);
      return;
    case command::settings:
      if (role_ == role::server && !settings_seen_) on_settings(piece.data, out);
      return;
    case command::synack:
      if (role_ == role::client) on_synack(id, piece.data, out);
      return;
    case command::alert:
      if (role_ == role::client) out.push_back(act::fail{errc::alert, printable(piece.data)});
      return;
    case command::update_padding_scheme:
      if (role_ == role::client) out.push_back(act::scheme{std::string(as_text(piece.data))});
      return;
    case command::server_settings:
      if (role_ == role::client) {
        peer_version_ = protocol::parse_version(piece.data);
        out.push_back(act::peer_version{peer_version_});
      }
      return;
    case command::waste:
    case command::psh:
      return;
  }
}

void session_core::on_settings(bytes_view data, actions& out) {
  settings_seen_ = true;
  auto settings = protocol::parse_settings(data);
  peer_version_ = settings.version;
  client_text_ = std::move(settings.client);
  if (settings.padding_md5 != server_->scheme_md5)
    out.push_back(act::send{command::update_padding_scheme, 0, server_->scheme_raw});
  if (peer_version_ >= 2)
    out.push_back(act::send{command::server_settings, 0, protocol::make_server_settings()});
  out.push_back(act::peer_version{peer_version_});
}

void session_core::on_syn(std::uint32_t id, actions& out) {
  if (!settings_seen_) {
    out.push_back(act::send{command::alert, 0, "client did not send its settings"});
    out.push_back(act::fail{errc::protocol_error, "SYN before Settings"});
    return;
  }
  if (streams_.contains(id)) return;
  if (streams_.size() >= server_->max_streams) {
    if (peer_version_ >= 2) out.push_back(act::send{command::synack, id, "too many streams"});
    out.push_back(act::send{command::fin, id, {}});
    return;
  }
  streams_.insert(id);
  out.push_back(act::open{id});
}

void session_core::on_synack(std::uint32_t id, bytes_view data, actions& out) {
  if (!streams_.contains(id)) return;
  if (data.empty())
    out.push_back(act::established{id});
  else
    out.push_back(act::refused{id, printable(data)});
}

std::uint32_t session_core::open_stream() {
  if (next_id_ == std::numeric_limits<std::uint32_t>::max()) return 0;
  const auto id = next_id_++;
  streams_.insert(id);
  return id;
}

}  // namespace anytls::session
