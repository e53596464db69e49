#pragma once
// The driver of one session: reads a transport, lets session_core say what the frames mean, carries
// it out.
//
// Flow, reading: wait_readable -> decrypt into the thread's buffer -> core.next() until used up ->
// actions: bytes go straight to the stream's peer, answers are queued -> one flush -> back to
// waiting. While a stream's peer is congested nothing is read: the back-pressure reaches the other
// side through TCP. Flow, writing: streams frame into lent slots (frame_writer) and flush; what the
// kernel does not take is a backlog, which stops the streams' sources until it has drained.

#include "base/limits.h"
#include "base/random.h"
#include "base/transport.h"
#include "protocol/socks_address.h"
#include "session/close_reason.h"
#include "session/deliveries.h"
#include "session/frame_writer.h"
#include "session/heartbeat_core.h"
#include "session/session_core.h"
#include "session/stream.h"

#include <memory>
#include <string>

namespace anytls::session {

/// What a session tells its owner (the pool, or the server), on the session's thread.
class session_events {
 public:
  /// Server: a stream was opened. Its first bytes will be the target's address.
  virtual void on_stream(session&, std::unique_ptr<stream>) {}
  /// Client: the last live stream has ended and the session is healthy.
  virtual void on_idle(session&) {}
  /// Client: the server's padding scheme, for new sessions.
  virtual void on_scheme(session&, const std::string& /*raw*/) {}
  virtual void on_peer_version(session&, int /*version*/) {}
  /// Client: the first frame with a known command: the server is one of ours and took the password.
  virtual void on_heard(session&) {}
  /// Client: a round trip above TLS (HeartRequest to HeartResponse, or SYN to SYNACK, which
  /// includes the target's).
  virtual void on_round_trip(session&, duration, bool /*with_target*/) {}
  /// Client: a stream has waited for stream_timeout, and the server has never said anything in this
  /// session.
  virtual void on_silence(session&) {}
  /// Client: the path of a session in use seems to be dead (it is not sure yet).
  virtual void on_suspect(session&) {}
  /// Client: an idle session has received something.
  virtual void on_alive(session&) {}
  /// A drained session: the server has shown that nothing of an abandoned stream is still on its
  /// way.
  virtual void on_drained(session&) {}
  /// Posted, the last call: destroy the session in it.
  virtual void on_closed(session&, close_reason, error_code) = 0;

 protected:
  ~session_events() = default;
};

struct session_options {
  /// Client: the scheme of this session. Null at a server.
  std::shared_ptr<const protocol::padding_scheme> scheme;
  std::string client_text;            ///< client: the `client=` setting
  duration stream_timeout = 15s;      ///< for SYNACK of a version 2 server; 0 = for ever
  duration half_close_timeout = 30s;  ///< 0 = the downlink may be silent for ever
};

/// Belongs to the thread of its transport. Owned by unique_ptr; destroyed in on_closed() and
/// nowhere else, unless the io_context has stopped.
class session {
 public:
  /// A client session on an established TLS connection.
  session(std::unique_ptr<transport> connection, session_options options, random_source& random,
          session_events& events);
  /// A server session, after authentication. `side` must outlive it.
  session(std::unique_ptr<transport> connection, const session_core::server_side& side,
          random_source& random, session_events& events);
  ~session();

  /// Client: queues the preamble; it leaves now, or together with the first stream (`flush` false).
  void authenticate(bytes_view preamble, bool flush);
  /// Begins reading. `received`: plaintext that came together with the preamble (server).
  void start(bytes_view received = {});

  struct open_options {
    bool ask = false;  ///< a HeartRequest in the same write: its answer waits for no target
    bool version_2_known = false;  ///< from elsewhere: an answer may be expected
    /// No byte since SYN, and TCP's unacknowledged, for this long: the owner is told ...
    duration suspect_after = 250ms;
    /// ... and after this long the session is condemned.
    duration condemn_after = 3s;
  };
  /// Client: opens a stream to `target`: Settings (once), SYN and the address leave as one write.
  /// Null if the session has ended.
  std::unique_ptr<stream> open(const protocol::address& target, const open_options& how);
  std::unique_ptr<stream> open(const protocol::address& target) { return open(target, {}); }

  struct server_facts;
  /// Client: whether a question may go: a server of version 1 gets at most the one that goes with
  /// Settings.
  bool may_ask(const server_facts& server) const noexcept;
  /// Asks for a sign of life at once (a client's Settings goes first, in the same write, if it has
  /// not gone yet).
  void ask_for_life();

  /// Idle: TCP gives up after 45 s of unanswered probes or data. In use it must not: it would kill
  /// a connection whose peer merely does not read.
  void guard_idle(bool idle) noexcept;
  /// How long a stream may hold up the others (limits::stalled_stream_seconds; tests shorten it).
  void set_stall_patience(duration patience) noexcept { stall_patience_ = patience; }

  /// What is known of the server beside this session.
  struct server_facts {
    bool version_2_seen = false;  ///< ServerSettings came once: silence means death, not version 1
    bool version_1 = false;       ///< it answered nothing where a version 2 server would have
    duration smoothed_rtt{0};
  };
  /// Client: it is expected to show life until then; if it has not, check_pulse() says `dead`.
  void expect_life_until(time_point when,
                         close_reason otherwise = close_reason::heartbeat_timeout) noexcept {
    life_expected_ = when;
    silence_means_ = otherwise;
  }
  close_reason silence_means() const noexcept { return silence_means_; }
  bool life_expected() const noexcept { return life_expected_ != time_point::max(); }
  enum class pulse { fine, asked, dead, version_1 };
  /// Heartbeat, called now and then by the owner (a server: with facts that say version 2). `dead`:
  /// the owner closes it. `version_1`: a question with Settings stayed unanswered and nothing says
  /// that this server ever answers.
  pulse check_pulse(time_point now, const heartbeat_options& options, const server_facts& server);

  /// Ends the session and its streams; on_closed() follows. Idempotent.
  void close(close_reason reason, error_code error = errc::session_closed);

  executor get_executor() { return connection_->get_executor(); }
  bool closed() const noexcept { return closed_; }
  /// What is written from now on goes nowhere: the end has been noticed and is about to be told.
  bool broken() const noexcept { return closed_ || write_error_; }
  bool idle() const noexcept { return !closed_ && core_.streams().empty(); }
  /// Data of an abandoned stream may still be on its way: offer such a session last.
  bool draining() const noexcept { return draining_ != 0; }
  int peer_version() const noexcept { return core_.peer_version(); }
  bool heard() const noexcept { return core_.heard(); }
  const std::string& client_text() const noexcept { return core_.client_text(); }
  time_point last_received() const noexcept { return heartbeat_.received_at(); }
  std::string peer() const { return connection_->peer(); }
  transport& connection() noexcept { return *connection_; }

 private:
  friend class stream;

  // For streams.
  std::span<const iovec> slots() { return writer_.slots(large_writes_); }
  void commit(stream& from, std::size_t size);
  void write(stream& from, bytes_view data);
  void finish(stream& from);  ///< sends FIN and forgets the stream
  void forget(stream& which);
  void send_answer(protocol::command command, std::uint32_t id, const std::string& data);
  void resume_reading();
  std::size_t backlog() const noexcept { return connection_->backlog(); }
  duration half_close_timeout() const noexcept { return options_.half_close_timeout; }
  bool is_client() const noexcept { return role_ == role::client; }

  task<> read_loop();
  task<> drain_loop();
  void process(bytes_view input);
  void tell_alive();
  void hand_on(deliveries& held);
  void carry_out(action& what);
  bool must_pause() const noexcept;
  bool keeps_up() const noexcept;
  void judge_read(std::size_t size, bool large);
  void append_settings_once(bytes& frames);
  void flush();
  void watch_while_paused();
  task<> watch_loop();
  void watch_for_stalled_streams();
  void end_stalled_streams();
  void write_failed(error_code error);
  void ended_by_peer(error_code why);
  error_code verdict(error_code why) const noexcept;
  void release_if_done();

  std::unique_ptr<transport> connection_;
  session_options options_;
  session_events& events_;
  role role_;
  session_core core_;
  frame_writer writer_;
  heartbeat_core heartbeat_;
  time_point question_at_{};  ///< when the last HeartRequest of ours left; zero = answered
  close_reason close_reason_ = close_reason::shutdown;
  error_code close_error_;
  bool large_reads_ = false;  ///< the last read was about full, and its stream took all of it
  bool opened_in_read_ = false;
  bool small_reads_only_ = false;  ///< a large read has brought a new stream
  bool large_writes_ = false;      ///< the last write was full, and the kernel took all of it
  error_code write_error_;  ///< a flush failed; the reader takes what is left and ends the session
  int coroutines_ = 0;      ///< read_loop and drain_loop under way: the object outlives them
  std::unique_ptr<timer> stall_timer_;  ///< while several streams wait for one
  duration stall_patience_ = std::chrono::seconds(limits::stalled_stream_seconds);
  time_point life_expected_ = time_point::max();
  close_reason silence_means_ = close_reason::heartbeat_timeout;
  unsigned life_watchers_ = 0;  ///< streams that want to hear of the next byte
  std::uint32_t draining_ = 0;  ///< id of the HeartRequest that follows the last early FIN
  bool started_ = false;
  bool reading_ = false;
  bool flushing_ = false;
  bool watching_ = false;
  bool settings_sent_ = false;
  bool stream_opened_ = false;
  bool processing_ = false;
  bool closed_ = false;
};

}  // namespace anytls::session
