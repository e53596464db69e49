#include "net/ares_client.h"

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <ares.h>

#include <netinet/in.h>
#include <algorithm>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace anytls::net {
namespace {

using descriptor = asio::posix::basic_stream_descriptor<executor>;

constexpr int class_in = 1;

// ares_library_init() is not thread-safe, and every thread has a resolver.
bool library_ready() {
  static std::once_flag once;
  static int status = ARES_ENOTINITIALIZED;
  std::call_once(once, [] { status = ares_library_init(ARES_LIB_INIT_ALL); });
  return status == ARES_SUCCESS;
}

error_code to_error(int status) {
  switch (status) {
    case ARES_SUCCESS:
      return {};
    case ARES_ENODATA:
      return errc::no_address;
    case ARES_ENOTFOUND:
    case ARES_EBADNAME:
      return errc::name_not_found;
    case ARES_EDESTRUCTION:
    case ARES_ECANCELLED:
      return asio::error::operation_aborted;
    default:
      return errc::name_resolution_failed;
  }
}

family_answer to_answer(int status, const ares_addrinfo* info, address_family family) {
  family_answer answer;
  answer.error = to_error(status);
  if (answer.error) return answer;
  answer.ttl = name_cache::longest;
  for (auto* node = info ? info->nodes : nullptr; node; node = node->ai_next) {
    asio::ip::address address;
    if (node->ai_family == AF_INET) {
      const auto& in = reinterpret_cast<const sockaddr_in*>(node->ai_addr)->sin_addr;
      address = asio::ip::address_v4(ntohl(in.s_addr));
    } else if (node->ai_family == AF_INET6) {
      const auto& in = reinterpret_cast<const sockaddr_in6*>(node->ai_addr)->sin6_addr;
      asio::ip::address_v6::bytes_type b;
      std::copy_n(in.s6_addr, b.size(), b.begin());
      address = asio::ip::address_v6(b);
    } else {
      continue;
    }
    if (!matches(address, family)) continue;
    answer.found.push_back(address);
    answer.ttl = std::min<duration>(answer.ttl, std::chrono::seconds(std::max(node->ai_ttl, 0)));
  }
  for (auto* alias = info ? info->cnames : nullptr; alias; alias = alias->next)
    answer.ttl = std::min<duration>(answer.ttl, std::chrono::seconds(std::max(alias->ttl, 0)));
  if (answer.found.empty()) answer.error = errc::no_address;
  return answer;
}

}  // namespace

class ares_client::impl {
 public:
  impl(asio::io_context& context, const ares_settings& settings)
      : context_(context), timeout_(context), attempt_timeout_(settings.attempt_timeout) {
    if (!library_ready()) return;
    ares_options options{};
    char lookups[] = "b";  // no hosts file: it would be read again, blocking, for every query
    options.flags = ARES_FLAG_NOALIASES;
    options.timeout = static_cast<int>(
        std::chrono::duration_cast<std::chrono::milliseconds>(settings.attempt_timeout).count());
    options.tries = settings.attempts;
    options.lookups = lookups;
    options.sock_state_cb = [](void* self, ares_socket_t fd, int read, int write) {
      static_cast<impl*>(self)->watch_socket(fd, read != 0, write != 0);
    };
    options.sock_state_cb_data = this;
    int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
               ARES_OPT_SOCK_STATE_CB;
    // Search domains belong to the system's servers, not to others.
    if (!settings.servers.empty()) mask |= ARES_OPT_DOMAINS;
    if (ares_init_options(&channel_, &options, mask) != ARES_SUCCESS) {
      channel_ = nullptr;
      return;
    }
    if (!settings.servers.empty() &&
        ares_set_servers_ports_csv(channel_, settings.servers.c_str()) != ARES_SUCCESS) {
      ares_destroy(channel_);
      channel_ = nullptr;
    }
  }

  ~impl() {
    // Calls the handlers of what is pending and, through watch_socket, gives up every descriptor.
    if (channel_) ares_destroy(channel_);
  }

  bool ready() const noexcept { return channel_ != nullptr; }
  std::size_t pending() const noexcept { return pending_; }

  void query(const std::string& name, address_family family, handler done) {
    if (!channel_) return done({errc::name_resolution_failed, {}, {}});
    ares_addrinfo_hints hints{};
    hints.ai_family = family == address_family::ipv4 ? AF_INET : AF_INET6;
    hints.ai_socktype = SOCK_STREAM;  // one entry per address
    // Sorting would open a socket per address; the order is decided in address_order.h.
    hints.ai_flags = ARES_AI_NOSORT;
    auto started = std::make_unique<pending_query>(pending_query{this, family, std::move(done)});
    ++pending_;
    ares_getaddrinfo(
        channel_, name.c_str(), nullptr, &hints,
        [](void* arg, int status, int, ares_addrinfo* info) {
          const std::unique_ptr<pending_query> call(static_cast<pending_query*>(arg));
          --call->self->pending_;
          auto answer = to_answer(status, info, call->family);
          if (info) ares_freeaddrinfo(info);
          call->done(std::move(answer));
        },
        started.release());
    arm_timeout();
  }

  void query_record(const std::string& name, int type, record_handler done) {
    if (!channel_) return done(errc::name_resolution_failed, {});
    auto started = std::make_unique<pending_record>(pending_record{this, std::move(done)});
    ++pending_;
    ares_query(
        channel_, name.c_str(), class_in, type,
        [](void* arg, int status, int, unsigned char* answer, int size) {
          const std::unique_ptr<pending_record> call(static_cast<pending_record*>(arg));
          --call->self->pending_;
          const auto length = answer && size > 0 ? static_cast<std::size_t>(size) : 0;
          call->done(to_error(status), {answer, length});
        },
        started.release());
    arm_timeout();
  }

 private:
  struct pending_record {
    impl* self;
    record_handler done;
  };

  struct pending_query {
    impl* self;
    address_family family;
    handler done;
  };

  struct watch {
    watch(asio::io_context& context, int fd) : socket(context, fd) {}
    descriptor socket;
    bool want_read = false, want_write = false;
    bool reading = false, writing = false;  ///< a wait is running
  };

  // c-ares owns the descriptors; ours only watch them, and are released before c-ares closes them.
  void watch_socket(ares_socket_t fd, bool read, bool write) {
    auto at = watches_.find(fd);
    if (!read && !write) {
      if (at == watches_.end()) return;
      at->second->socket.release();
      watches_.erase(at);
      return;
    }
    if (at == watches_.end())
      at = watches_.emplace(fd, std::make_shared<watch>(context_, fd)).first;
    at->second->want_read = read;
    at->second->want_write = write;
    wait(at->second);
  }

  void wait(const std::shared_ptr<watch>& w) {
    if (w->want_read && !w->reading) {
      w->reading = true;
      w->socket.async_wait(descriptor::wait_read, [this, weak = std::weak_ptr(w)](error_code e) {
        if (const auto alive = weak.lock(); alive && !e) on_ready(alive, false);
      });
    }
    if (w->want_write && !w->writing) {
      w->writing = true;
      w->socket.async_wait(descriptor::wait_write, [this, weak = std::weak_ptr(w)](error_code e) {
        if (const auto alive = weak.lock(); alive && !e) on_ready(alive, true);
      });
    }
  }

  // A live watch implies a live client: watches are owned by it alone, but for the moment of this
  // call.
  void on_ready(const std::shared_ptr<watch>& w, bool write) {
    (write ? w->writing : w->reading) = false;
    const auto fd = w->socket.native_handle();
    ares_process_fd(channel_, write ? ARES_SOCKET_BAD : fd, write ? fd : ARES_SOCKET_BAD);
    if (const auto at = watches_.find(fd); at != watches_.end() && at->second == w) wait(w);
    // Nothing may keep the context running once all is answered.
    if (pending_ == 0) timeout_.cancel();
  }

  // One timer for all: c-ares walks every query to say when the next one is due, so it is asked
  // only when the last wait has ended. No query started meanwhile can be due earlier than
  // attempt_timeout from now.
  void arm_timeout() {
    if (timing_ || pending_ == 0) return;
    timeval due{};
    const auto wait_for = std::chrono::duration_cast<duration>(attempt_timeout_);
    const timeval* next = ares_timeout(channel_, nullptr, &due);
    const auto left =
        next ? std::chrono::seconds(next->tv_sec) + std::chrono::microseconds(next->tv_usec)
             : wait_for;
    timing_ = true;
    timeout_.expires_after(std::min<duration>(left, wait_for));
    // A handler that is already queued comes even after the timer's destruction, hence the token.
    timeout_.async_wait([this, alive = std::weak_ptr(alive_)](error_code e) {
      if (alive.expired()) return;
      timing_ = false;
      if (!e) ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
      arm_timeout();
    });
  }

  asio::io_context& context_;
  ::ares_channel channel_ = nullptr;
  std::unordered_map<ares_socket_t, std::shared_ptr<watch>> watches_;
  timer timeout_;
  duration attempt_timeout_;
  bool timing_ = false;
  std::size_t pending_ = 0;
  std::shared_ptr<char> alive_ = std::make_shared<char>();
};

ares_client::ares_client(asio::io_context& context, const ares_settings& settings)
    : impl_(std::make_unique<impl>(context, settings)) {}
ares_client::~ares_client() = default;
bool ares_client::ready() const noexcept { return impl_->ready(); }
std::size_t ares_client::pending() const noexcept { return impl_->pending(); }
void ares_client::query(const std::string& name, address_family family, handler done) {
  impl_->query(name, family, std::move(done));
}
void ares_client::query_record(const std::string& name, int type, record_handler done) {
  impl_->query_record(name, type, std::move(done));
}

}  // namespace anytls::net
