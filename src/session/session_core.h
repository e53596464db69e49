#pragma once
// What the frames of a peer mean, for both roles and both protocol versions. Pure: plaintext in,
// actions out.
//
// Flow: the driver hands in plaintext and calls next() until the input is used up; each call reads
// one piece and says what has to be done, at most a handful of actions; the driver carries them out
// in order. Source: docs/spec/protocol.md, section 2.

#include "anytls/error.h"
#include "base/bytes.h"
#include "protocol/frame_reader.h"
#include "session/stream_table.h"

#include <boost/container/static_vector.hpp>

#include <cstdint>
#include <string>
#include <variant>

namespace anytls::session {

enum class role { client, server };

namespace act {

/// Bytes for a live stream; they lie in the input.
struct deliver {
  std::uint32_t stream;
  bytes_view data;
  bool operator==(const deliver& o) const noexcept {
    return stream == o.stream && std::equal(data.begin(), data.end(), o.data.begin(), o.data.end());
  }
};
/// Server: the client opened a stream.
struct open {
  std::uint32_t stream;
  bool operator==(const open&) const = default;
};
/// Client: the server accepted the stream.
struct established {
  std::uint32_t stream;
  bool operator==(const established&) const = default;
};
/// Client: the server refused the stream, or its target reset it.
struct refused {
  std::uint32_t stream;
  std::string reason;
  bool operator==(const refused&) const = default;
};
/// The peer closed the stream.
struct finished {
  std::uint32_t stream;
  bool operator==(const finished&) const = default;
};
struct send {
  protocol::command command;
  std::uint32_t stream = 0;
  std::string data;
  bool operator==(const send&) const = default;
};
/// Client: the server wants new sessions to use this scheme.
struct scheme {
  std::string raw;
  bool operator==(const scheme&) const = default;
};
/// The peer said which version it speaks.
struct peer_version {
  int version;
  bool operator==(const peer_version&) const = default;
};
struct heart_answered {
  std::uint32_t id;
  bool operator==(const heart_answered&) const = default;
};
/// Close the session, after sending what comes before this.
struct fail {
  errc reason;
  std::string text;
  bool operator==(const fail&) const = default;
};

}  // namespace act

using action =
    std::variant<act::deliver, act::open, act::established, act::refused, act::finished, act::send,
                 act::scheme, act::peer_version, act::heart_answered, act::fail>;
using actions = boost::container::static_vector<action, 4>;

class session_core {
 public:
  struct server_side {
    std::string scheme_raw;
    std::string scheme_md5;
    std::size_t max_streams;
  };

  /// A client.
  session_core() noexcept : role_(role::client) {}
  /// A server; `side` must outlive it.
  explicit session_core(const server_side& side) noexcept : role_(role::server), server_(&side) {}

  /// Reads one piece from the front of `input` and replaces `out`. False when the input is used up.
  bool next(bytes_view& input, actions& out);

  /// Client: a new stream; ids rise from 1. 0 when they are used up: the session cannot be used
  /// again.
  std::uint32_t open_stream();

  /// We closed it (FIN is sent by the driver): what still arrives for it is dropped.
  void forget(std::uint32_t stream) noexcept { streams_.erase(stream); }

  stream_table& streams() noexcept { return streams_; }
  const stream_table& streams() const noexcept { return streams_; }

  /// 0 = the peer has not said.
  int peer_version() const noexcept { return peer_version_; }

  /// A frame with a known command has arrived: the peer is what we think, and took the password.
  bool heard() const noexcept { return heard_; }

  /// `client=` of the peer's settings (server).
  const std::string& client_text() const noexcept { return client_text_; }

 private:
  void control(const protocol::frame_reader::piece& piece, actions& out);
  void on_settings(bytes_view data, actions& out);
  void on_syn(std::uint32_t id, actions& out);
  void on_synack(std::uint32_t id, bytes_view data, actions& out);

  protocol::frame_reader reader_;
  stream_table streams_;
  role role_;
  bool heard_ = false;
  bool settings_seen_ = false;
  int peer_version_ = 0;
  std::uint32_t next_id_ = 1;
  const server_side* server_ = nullptr;
  std::string client_text_;
};

}  // namespace anytls::session
