#include "config/dial_model.h"

namespace anytls::config {
namespace {

template <typename T>
void fill(std::optional<T>& into, const std::optional<T>& from) {
  if (!into) into = from;
}

void fill(keep_alive& into, const keep_alive& from) {
  fill(into.disabled, from.disabled);
  fill(into.idle, from.idle);
  fill(into.interval, from.interval);
  fill(into.count, from.count);
}

}  // namespace

// As sing-box has it: a source address of one's own, too, says where to leave.
void dial_defaults::apply(dial& to) const {
  auto& socket = to.socket;
  if (socket.interface.empty() && to.ipv4_source.empty() && to.ipv6_source.empty())
    socket.interface = interface;
  if (socket.routing_mark == 0) socket.routing_mark = routing_mark;
  fill(to.fallback_delay, fallback_delay);
  fill(socket.keep_alive, keep_alive);
}

void inbound_defaults::apply(socket_fields& to) const {
  fill(to.fast_open, fast_open);
  fill(to.multi_path, multi_path);
  fill(to.keep_alive, keep_alive);
}

}  // namespace anytls::config
