#pragma once
// The sending half of a session: frames into TLS records. A client's first writes follow the
// padding scheme, one record per planned size; after that, and always at a server, full records of
// 16,384 bytes.
//
// Flow: slots() lends room with a gap in front of each slot -> the source reads into it -> commit()
// fills the gaps with frame headers and hands each slot to TLS as one record -> flush() sends all
// of them with one call. Source: docs/spec/protocol.md, sections 3 and 4.

#include "base/random.h"
#include "base/transport.h"
#include "protocol/frame.h"
#include "protocol/padding_scheme.h"

#include <sys/uio.h>
#include <memory>
#include <span>

namespace anytls::session {

class frame_writer {
 public:
  /// `scheme` null: never pad (a server). Everything must outlive the writer.
  frame_writer(transport& out, std::shared_ptr<const protocol::padding_scheme> scheme,
               random_source& random)
      : out_(out), scheme_(std::move(scheme)), random_(random) {}

  /// Room for stream data, lent by the thread until commit(); `large` where the transfer keeps up.
  std::span<const iovec> slots(bool large = false);
  /// `size` bytes of slots() are filled: they become PSH frames of `stream`.
  void commit(std::uint32_t stream, std::size_t size);
  /// Stream data that lies elsewhere: one copy into the slots.
  void data(std::uint32_t stream, bytes_view bytes);

  /// Whole frames as one write in the padding plan's sense.
  void frames(bytes_view whole_frames);
  /// The same, without advancing the plan: Settings + HeartRequest before the first stream.
  void frames_before_first_stream(bytes_view whole_frames);

  const protocol::padding_scheme* scheme() const noexcept { return scheme_.get(); }

 private:
  bool padding() const noexcept { return scheme_ && next_write_ < scheme_->stop(); }
  void write(bytes_view payload, std::uint32_t index);

  transport& out_;
  std::shared_ptr<const protocol::padding_scheme> scheme_;
  random_source& random_;
  std::uint32_t next_write_ = 1;
};

}  // namespace anytls::session
