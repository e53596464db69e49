#include "net/resolver.h"

#include "net/ares_client.h"
#include "net/dual_lookup.h"
#include "net/hosts_file.h"
#include "net/https_lookup.h"

#include <sys/stat.h>
#include <algorithm>
#include <unordered_map>

namespace anytls::net {
namespace {

error_code aborted() { return asio::error::make_error_code(asio::error::operation_aborted); }

constexpr const char* system_servers = "/etc/resolv.conf";
constexpr duration servers_look_interval = 5s;
constexpr duration longest_timeout = 24h;
constexpr std::size_t max_name = 253;

/// c-ares reads `\` as an escape, and what follows a NUL would be cut off: such a name would be
/// asked as another one.
bool askable(const std::string& name) {
  return !name.empty() && name.size() <= max_name &&
         std::none_of(name.begin(), name.end(), [](char c) {
           const auto u = static_cast<unsigned char>(c);
           return u <= 0x20 || u == 0x7f || u == '\\';
         });
}

std::string without_brackets(std::string name) {
  if (name.size() > 2 && name.front() == '[' && name.back() == ']')
    return name.substr(1, name.size() - 2);
  return name;
}

result<addresses> of_family(const asio::ip::address& a, address_family family) {
  if (!matches(a, family)) return make_error_code(errc::no_address);
  return addresses{a};
}

/// Changes when the file does; 0 where it is not there.
long long modified(const char* path) {
  struct stat s{};
  if (::stat(path, &s) != 0) return 0;
  return static_cast<long long>(s.st_mtim.tv_sec) * 1'000'000'000 + s.st_mtim.tv_nsec;
}

}  // namespace

class resolver::impl : public std::enable_shared_from_this<impl> {
 public:
  impl(asio::io_context& context, resolver_options options)
      : context_(context),
        options_(std::move(options)),
        hosts_(options_.hosts_path),
        cache_(options_.cache_size),
        https_(std::make_shared<https_lookup>(context, [this] { return ares(); })) {}

  static task<result<addresses>> resolve(std::shared_ptr<impl> self, std::string name,
                                         address_family family, duration timeout) {
    if (self->stopped_) co_return aborted();
    name = without_brackets(std::move(name));
    if (auto known = self->locally(name, family)) co_return std::move(*known);

    ++self->count_.lookups;
    name = canonical_name(name);
    if (const auto* known = self->cache_.find(name, family, clock::now())) {
      ++self->count_.cached;
      if (!*known) ++self->count_.failed;
      co_return *known;
    }
    auto outcome = co_await wait(self->join_or_start(name, family), self->context_,
                                 std::clamp(timeout, duration{0}, longest_timeout));
    if (!outcome) ++self->count_.failed;
    co_return outcome;
  }

  /// What needs no query; nullopt = ask.
  std::optional<result<addresses>> locally(const std::string& name, address_family family) {
    error_code not_numeric;
    if (const auto ip = asio::ip::make_address(name, not_numeric); !not_numeric)
      return of_family(ip, family);
    if (!askable(name)) return make_error_code(errc::name_not_found);
    const auto canonical = canonical_name(name);
    const auto& hosts = hosts_.table(clock::now());
    if (!hosts.knows(canonical)) return std::nullopt;
    auto found = hosts.find(canonical, family);
    if (!found.empty()) return found;
    // A name that the file has with one family only may have the other in DNS, but libc does not
    // look there either.
    return make_error_code(errc::no_address);
  }

  static task<result<bytes>> ech_configs(const std::shared_ptr<impl>& self, const std::string& name,
                                         duration timeout) {
    if (!askable(name)) return refused();
    return https_lookup::ech_configs(self->https_, canonical_name(name),
                                     std::clamp(timeout, duration{0}, longest_timeout));
  }

  void clear_cache() {
    cache_.clear();
    https_->clear();
  }
  const counters& count() const noexcept { return count_; }

  void stop() {
    stopped_ = true;
    auto queries = std::move(queries_);
    queries_.clear();
    for (auto& [key, q] : queries) finish(*q, aborted());
    https_->stop();
    ares_.reset();
  }

 private:
  struct query {
    query(asio::io_context& context, std::string n, address_family f)
        : name(std::move(n)), family(f), parts(f), grace(context) {}

    std::string name;
    address_family family;
    dual_lookup parts;
    timer grace;
    std::optional<result<addresses>> outcome;
    std::vector<timer*> waiters;
  };

  /// In the frame of each waiting call, so that the query never wakes a frame that is gone.
  struct waiter {
    waiter(query& q, asio::io_context& context) : asked(q), wake(context) {
      asked.waiters.push_back(&wake);
    }
    waiter(const waiter&) = delete;
    ~waiter() { std::erase(asked.waiters, &wake); }
    query& asked;
    timer wake;
  };

  static task<result<bytes>> refused() { co_return make_error_code(errc::name_not_found); }

  static task<result<addresses>> wait(std::shared_ptr<query> q, asio::io_context& context,
                                      duration timeout) {
    if (!q->outcome) {
      waiter w(*q, context);
      w.wake.expires_after(timeout);
      auto [ended] = co_await w.wake.async_wait(use_result);
      // An abort without an outcome is a cancellation by whoever runs us.
      if (!q->outcome && ended) co_return ended;
    }
    if (!q->outcome) co_return make_error_code(errc::name_resolution_failed);
    co_return *q->outcome;
  }

  static void finish(query& q, result<addresses> outcome) {
    if (q.outcome) return;
    q.outcome = std::move(outcome);
    q.grace.cancel();
    for (auto* w : q.waiters) w->cancel();
  }

  std::shared_ptr<query> join_or_start(const std::string& name, address_family family) {
    const auto key = name + '/' + static_cast<char>('0' + static_cast<int>(family));
    if (const auto at = queries_.find(key); at != queries_.end()) {
      ++count_.joined;
      return at->second;
    }
    auto q = std::make_shared<query>(context_, name, family);
    auto* client = queries_.size() < options_.max_queries ? ares() : nullptr;
    if (!client) {
      finish(*q, make_error_code(errc::name_resolution_failed));
      return q;
    }
    queries_.emplace(key, q);
    for (const auto f : {address_family::ipv6, address_family::ipv4}) {
      if (!q->parts.wants(f)) continue;
      client->query(name, f, [this, q, key, f](family_answer answer) {
        if (!stopped_) on_answer(q, key, f, std::move(answer));
      });
    }
    return q;
  }

  void on_answer(const std::shared_ptr<query>& q, const std::string& key, address_family f,
                 family_answer answer) {
    q->parts.answered(f, std::move(answer));
    if (q->parts.complete()) {
      settle(*q, key);
    } else if (const auto grace = q->parts.grace()) {
      q->grace.expires_after(*grace);
      q->grace.async_wait([weak = weak_from_this(), q, key](error_code cancelled) {
        const auto self = weak.lock();
        if (!cancelled && self && !self->stopped_ && !q->outcome) self->settle(*q, key);
      });
    }
  }

  // Comes twice where the second family answers after its grace: it still improves the cache.
  void settle(query& q, const std::string& key) {
    auto outcome = q.parts.outcome();
    if (outcome.ttl > duration{0})
      cache_.store(q.name, q.family, outcome.value, outcome.ttl, clock::now());
    if (const auto at = queries_.find(key); at != queries_.end() && at->second.get() == &q) {
      const auto keep = at->second;
      queries_.erase(at);
      finish(q, std::move(outcome.value));
    }
  }

  /// Made at the first need. When /etc/resolv.conf has changed (another network), made again as
  /// soon as nothing is pending; c-ares of Debian 12 does not do so itself.
  ares_client* ares() {
    const auto now = clock::now();
    if (options_.servers.empty() && now >= next_look_) {
      next_look_ = now + servers_look_interval;
      const auto seen = modified(system_servers);
      if (seen != servers_seen_) stale_ = true;
      servers_seen_ = seen;
    }
    if (ares_ && (stale_ || !ares_->ready()) && ares_->pending() == 0) ares_.reset();
    if (!ares_) {
      ares_ = std::make_unique<ares_client>(
          context_, ares_settings{options_.servers, options_.attempt_timeout, options_.attempts});
      stale_ = false;
    }
    return ares_->ready() ? ares_.get() : nullptr;
  }

  asio::io_context& context_;
  resolver_options options_;
  hosts_file hosts_;
  name_cache cache_;
  std::shared_ptr<https_lookup> https_;
  counters count_;
  std::unordered_map<std::string, std::shared_ptr<query>> queries_;
  std::unique_ptr<ares_client> ares_;
  time_point next_look_{};
  long long servers_seen_ = 0;
  bool stale_ = false;
  bool stopped_ = false;
};

resolver::resolver(asio::io_context& context, resolver_options options)
    : impl_(std::make_shared<impl>(context, std::move(options))) {}

resolver::~resolver() { impl_->stop(); }

// Not a coroutine itself: it would hold `this`, and the resolver may be gone before it is resumed.
task<result<addresses>> resolver::resolve(std::string name, address_family family,
                                          duration timeout) {
  return impl::resolve(impl_, std::move(name), family, timeout);
}

task<result<bytes>> resolver::ech_configs(std::string name, duration timeout) {
  return impl::ech_configs(impl_, name, timeout);
}

result<addresses> resolver::resolve_locally(const std::string& name, address_family family) {
  auto known = impl_->locally(without_brackets(name), family);
  return known ? std::move(*known) : result<addresses>(make_error_code(errc::name_not_found));
}

void resolver::clear_cache() { impl_->clear_cache(); }
const resolver::counters& resolver::count() const noexcept { return impl_->count(); }

}  // namespace anytls::net
