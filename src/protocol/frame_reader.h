#pragma once
// Cuts the bytes of a session into frames (docs/spec/protocol.md §2), in whatever pieces they come.
//
// Flow: after each read of the connection, call next() until it says need_more:
//   data     bytes of a PSH, a view into the input, as soon as they come (no copy, no waiting)
//   control  a whole frame of any other known command
//   unknown  the header of an unknown command, at once; its data is skipped by the following calls
// Waste is skipped without a word.
//
// The peer is the attacker here. It cannot make this allocate more than it has sent (64 KiB at
// most), one byte at a time costs no more than all at once, and no input is an error: what a frame
// means is decided by the session.

#include "protocol/frame.h"

namespace anytls::protocol {

class frame_reader {
 public:
  struct piece {
    enum class kind {
      /// The input is used up.
      need_more,
      /// `data` are bytes of stream `header.stream_id`. An empty PSH is one piece without bytes.
      data,
      /// A complete frame. It has `data` only if it is settings, alert, update_padding_scheme,
      /// synack or server_settings.
      control,
      /// Only `header` has a meaning.
      unknown,
    } kind = kind::need_more;
    /// Of the frame that the piece belongs to, with the length that was announced.
    frame_header header{};
    /// Valid until the next call of next(), and no longer than the input.
    bytes_view data{};
    /// data: the last piece of its PSH. control: true. unknown: true if it has no data.
    bool ends_frame = false;

    std::uint32_t stream_id() const noexcept { return header.stream_id; }
    protocol::command command() const noexcept {
      return static_cast<protocol::command>(header.command);
    }
  };

  /// Takes bytes from the front of `input` and returns the next piece.
  piece next(bytes_view& input);

  /// The bytes so far end inside a frame (its header included).
  bool in_frame() const noexcept { return header_bytes_ > 0; }

  /// The stream id of the frame that the bytes so far end in; 0 outside of frames and within a
  /// header.
  std::uint32_t current_stream() const noexcept { return has_header() ? header_.stream_id : 0; }

  /// The header of that frame, or null outside of frames and within a header.
  const frame_header* current_header() const noexcept { return has_header() ? &header_ : nullptr; }

 private:
  bool has_header() const noexcept { return header_bytes_ == frame_header_size; }
  bool read_header(bytes_view& input);
  piece read_psh(bytes_view& input);
  piece read_control(bytes_view& input);
  void end_frame() noexcept { header_bytes_ = 0; }

  std::uint8_t raw_header_[frame_header_size] = {};
  // 0 between frames, frame_header_size inside the data of header_.
  std::size_t header_bytes_ = 0;
  frame_header header_{};
  std::size_t left_ = 0;  // bytes of data still to come
  bytes collected_;       // data of a control frame that came in parts
};

}  // namespace anytls::protocol
