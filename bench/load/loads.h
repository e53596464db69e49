#pragma once
// The loads. Each prints one line of JSON at its end (times of answers in milliseconds).

#include "load/connection.h"

#include <cstdint>

namespace anytls::bench {

struct load_options {
  where to;
  bool up = false;
  bool closes_first = false;  ///< the application closes after the answer, not the target
  bool hello = false;         ///< a TLS ClientHello is what requests begin with
  std::uint64_t bytes = 0;    ///< in all (bulk), of a message and of its answer (the others)
  std::size_t at_once = 1;    ///< connections
  std::size_t count = 0;      ///< of requests, of round trips, of connections to hold
  double pause = 0;           ///< seconds between two requests of a connection slot
};

/// `at_once` streams carry `bytes` together. Says that they are open and waits for a line on
/// standard input before the first byte.
int run_bulk(const load_options& o);

/// `count` requests, each on a connection of its own.
int run_requests(const load_options& o);

/// `count` round trips on each of `at_once` open streams; waits before the first likewise.
int run_ping_pong(const load_options& o);

/// Opens `count` connections, `at_once` of them at a time; each carries one message and its answer.
/// They stay open until standard input ends; then the target ends them.
int run_hold(const load_options& o);

}  // namespace anytls::bench
