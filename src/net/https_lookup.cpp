#include "net/https_lookup.h"

#include "net/ares_client.h"
#include "net/name_cache.h"

#include <algorithm>
#include <utility>

namespace anytls::net {
namespace {

/// In the frame of each waiting call, so that the answer never wakes a frame that is gone.
struct registered {
  registered(std::vector<timer*>& in, timer& wake) : waiters(in), self(&wake) {
    waiters.push_back(self);
  }
  registered(const registered&) = delete;
  ~registered() { std::erase(waiters, self); }
  std::vector<timer*>& waiters;
  timer* self;
};

}  // namespace

task<result<bytes>> https_lookup::ech_configs(std::shared_ptr<https_lookup> self, std::string name,
                                              duration timeout) {
  if (self->stopped_) co_return error_code(asio::error::operation_aborted);
  if (const auto* known = self->find(name, clock::now())) co_return *known;
  const auto q = self->join_or_start(name);
  if (!q->outcome) {
    timer wake(self->context_);
    const registered waiting(q->waiters, wake);
    wake.expires_after(timeout);
    const auto [ended] = co_await wake.async_wait(use_result);
    // An abort without an outcome is a cancellation by whoever runs us.
    if (!q->outcome && ended) co_return ended;
  }
  if (!q->outcome) co_return make_error_code(errc::name_resolution_failed);
  co_return *q->outcome;
}

void https_lookup::stop() {
  stopped_ = true;
  for (auto& [name, q] : std::exchange(running_, {})) {
    q->outcome = error_code(asio::error::operation_aborted);
    for (auto* w : q->waiters) w->cancel();
  }
}

std::shared_ptr<https_lookup::query> https_lookup::join_or_start(const std::string& name) {
  if (const auto at = running_.find(name); at != running_.end()) return at->second;
  auto q = std::make_shared<query>();
  auto* client = running_.size() < most ? client_() : nullptr;
  if (!client) {
    q->outcome = make_error_code(errc::name_resolution_failed);
    return q;
  }
  running_.emplace(name, q);
  client->query_record(name, https_record_type,
                       [weak = weak_from_this(), name, q](error_code error, bytes_view message) {
                         if (const auto self = weak.lock(); self && !self->stopped_)
                           self->on_answer(name, q, error, message);
                       });
  return q;
}

void https_lookup::on_answer(const std::string& name, const std::shared_ptr<query>& q,
                             error_code error, bytes_view message) {
  if (const auto at = running_.find(name); at != running_.end() && at->second == q)
    running_.erase(at);
  if (error == errc::name_not_found || error == errc::no_address) {
    store(name, {}, clock::now());
    q->outcome = bytes();
  } else if (error) {
    q->outcome = error;
  } else if (auto answer = parse_https_answer(message); !answer) {
    q->outcome = answer.error();
  } else {
    store(name, *answer, clock::now());
    q->outcome = std::move(answer->ech);
  }
  for (auto* w : q->waiters) w->cancel();
}

const bytes* https_lookup::find(const std::string& name, time_point now) {
  const auto at = cache_.find(name);
  if (at == cache_.end()) return nullptr;
  if (at->second.expires > now) return &at->second.ech;
  cache_.erase(at);
  return nullptr;
}

void https_lookup::store(const std::string& name, const https_answer& answer, time_point now) {
  if (answer.ech.size() > largest) return;
  if (cache_.size() >= most && !cache_.contains(name)) {
    const auto soonest = std::min_element(
        cache_.begin(), cache_.end(),
        [](const auto& a, const auto& b) { return a.second.expires < b.second.expires; });
    cache_.erase(soonest);
  }
  const auto ttl = answer.ech.empty()
                       ? name_cache::negative
                       : std::clamp<duration>(std::chrono::seconds(answer.ttl),
                                              name_cache::shortest, name_cache::longest);
  cache_.insert_or_assign(name, entry{answer.ech, now + ttl});
}

}  // namespace anytls::net
