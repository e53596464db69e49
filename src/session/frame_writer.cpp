#include "session/frame_writer.h"

#include "base/io_buffers.h"
#include "base/limits.h"

#include <algorithm>
#include <array>

namespace anytls::session {
namespace {

using protocol::command;
using protocol::frame_header_size;

constexpr std::size_t slot_size = limits::record;
constexpr std::size_t slot_room = slot_size - frame_header_size;
constexpr std::size_t slot_count = io_buffers::size / slot_size;
// One less: encrypted they must fit into a buffer of the same size.
constexpr std::size_t large_slot_count = io_buffers::large_size / slot_size - 1;

// The same for every session of the thread: the slots of the lent buffer, each behind its gap.
std::span<const iovec> thread_slots() {
  thread_local const auto slots = [] {
    std::array<iovec, large_slot_count> all;
    auto* base = io_buffers::plaintext_out().data();
    for (std::size_t i = 0; i < all.size(); ++i)
      all[i] = {base + i * slot_size + frame_header_size, slot_room};
    return all;
  }();
  return slots;
}

}  // namespace

std::span<const iovec> frame_writer::slots(bool large) {
  // While padding, one record's worth a turn: each turn is one write of the plan, as it is in
  // deployed clients.
  if (padding()) return thread_slots().first(1);
  return large ? thread_slots() : thread_slots().first(slot_count);
}

void frame_writer::commit(std::uint32_t stream, std::size_t size) {
  auto* slot = io_buffers::plaintext_out().data();
  for (; size > 0; slot += slot_size) {
    const std::size_t part = std::min(size, slot_room);
    protocol::encode_header(slot, command::psh, stream, static_cast<std::uint16_t>(part));
    const bytes_view record(slot, frame_header_size + part);
    if (padding())
      write(record, next_write_++);
    else
      out_.write_record(record);
    size -= part;
  }
}

void frame_writer::data(std::uint32_t stream, bytes_view bytes) {
  auto* slot = io_buffers::plaintext_out().data();
  while (!bytes.empty()) {
    const std::size_t part = std::min(bytes.size(), slot_room);
    std::copy_n(bytes.data(), part, slot + frame_header_size);
    commit(stream, part);
    bytes = bytes.subspan(part);
  }
}

void frame_writer::frames(bytes_view whole_frames) {
  if (padding())
    write(whole_frames, next_write_++);
  else
    out_.write_record(whole_frames);
}

void frame_writer::frames_before_first_stream(bytes_view whole_frames) {
  if (scheme_)
    write(whole_frames, next_write_);
  else
    out_.write_record(whole_frames);
}

void frame_writer::write(bytes_view payload, std::uint32_t index) {
  thread_local protocol::record_plan plan;
  thread_local bytes padded;
  scheme_->plan(index, payload.size(), random_, plan);
  for (const auto& record : plan) {
    const auto part = payload.first(record.payload_bytes);
    payload = payload.subspan(record.payload_bytes);
    if (!record.has_waste) {
      out_.write_record(part);
      continue;
    }
    padded.clear();
    protocol::padding_scheme::append_record(padded, record, part);
    out_.write_record(padded);
  }
}

}  // namespace anytls::session
