#pragma once
// What session_core has to say, written down a second time: one byte at a time and without a
// thought for speed. Two implementations that agree on every course of events are rarely wrong
// together.

#include "anytls/error.h"
#include "protocol/frame.h"
#include "protocol/settings.h"
#include "session/session_core.h"

#include <set>
#include <string>
#include <vector>

namespace anytls {

/// An action of session_core, in a form that compares and in which the pieces of a stream's data
/// are joined.
struct event {
  enum class kind {
    deliver,
    open,
    established,
    refused,
    finished,
    send,
    scheme,
    version,
    heart_answered,
    fail
  } what;
  std::uint32_t id = 0;
  std::string text{};
  protocol::command command{};
  bool operator==(const event&) const = default;
};

inline void add_event(std::vector<event>& to, event e) {
  if (e.what == event::kind::deliver && !to.empty() && to.back().what == e.what &&
      to.back().id == e.id)
    to.back().text += e.text;
  else
    to.push_back(std::move(e));
}

class session_reference {
 public:
  /// Null for a client.
  explicit session_reference(const session::session_core::server_side* server) : server_(server) {}

  void feed(bytes_view input) {
    for (const auto byte : input) {
      if (failed) return;
      take(byte);
    }
  }

  std::vector<event> seen;
  std::set<std::uint32_t> live;
  int version = 0;
  bool heard = false;
  bool failed = false;

 private:
  using kind = event::kind;
  using command = protocol::command;

  void take(std::uint8_t byte) {
    if (header_.size() < 7) {
      header_.push_back(byte);
      if (header_.size() < 7) return;
      if (header_[0] > 10 && !server_ && !heard) return fail(errc::not_anytls);
      left_ = static_cast<std::size_t>(header_[5]) << 8 | header_[6];
    } else {
      --left_;
      if (header_[0] == 2) {
        heard = true;
        if (live.contains(id()))
          add_event(seen, {kind::deliver, id(), std::string(1, static_cast<char>(byte))});
      } else {
        data_.push_back(static_cast<char>(byte));
      }
    }
    if (left_ != 0) return;
    if (header_[0] != 0 && header_[0] <= 10) {
      heard = true;
      frame();
    }
    header_.clear();
    data_.clear();
  }

  void frame() {
    const auto which = static_cast<command>(header_[0]);
    if (which == command::heart_request) return send(command::heart_response, id(), "");
    if (which == command::heart_response) return add_event(seen, {kind::heart_answered, id()});
    if (which == command::fin) {
      if (live.erase(id()) != 0) add_event(seen, {kind::finished, id()});
      return;
    }
    server_ ? frame_of_client(which) : frame_of_server(which);
  }

  void frame_of_client(command which) {
    if (which == command::settings && !greeted_) {
      greeted_ = true;
      const auto settings = protocol::parse_settings(as_bytes(data_));
      version = settings.version;
      if (settings.padding_md5 != server_->scheme_md5)
        send(command::update_padding_scheme, 0, server_->scheme_raw);
      if (version >= 2) send(command::server_settings, 0, "v=2");
      add_event(seen, {kind::version, 0, std::to_string(version)});
    } else if (which == command::syn && !greeted_) {
      send(command::alert, 0, "client did not send its settings");
      fail(errc::protocol_error);
    } else if (which == command::syn && !live.contains(id())) {
      if (live.size() < server_->max_streams) {
        live.insert(id());
        return add_event(seen, {kind::open, id()});
      }
      if (version >= 2) send(command::synack, id(), "too many streams");
      send(command::fin, id(), "");
    }
  }

  void frame_of_server(command which) {
    if (which == command::alert) return fail(errc::alert);
    if (which == command::update_padding_scheme) return add_event(seen, {kind::scheme, 0, data_});
    if (which == command::server_settings) {
      version = protocol::parse_settings(as_bytes(data_)).version;
      return add_event(seen, {kind::version, 0, std::to_string(version)});
    }
    if (which != command::synack || !live.contains(id())) return;
    if (data_.empty()) return add_event(seen, {kind::established, id()});
    live.erase(id());
    auto text = data_.substr(0, 512);
    for (auto& c : text)
      if (static_cast<unsigned char>(c) < 32 || c == 127) c = '?';
    add_event(seen, {kind::refused, id(), text});
  }

  std::uint32_t id() const { return get_u32(header_.data() + 1); }
  void send(command which, std::uint32_t to, const std::string& text) {
    add_event(seen, {kind::send, to, text, which});
  }
  void fail(errc why) {
    failed = true;
    add_event(seen, {kind::fail, static_cast<std::uint32_t>(why)});
  }

  const session::session_core::server_side* server_;
  bytes header_;
  std::size_t left_ = 0;
  std::string data_;
  bool greeted_ = false;
};

}  // namespace anytls
