#pragma once
// The ECH configurations that names publish in DNS, cached. Part of a resolver, and of its thread.
//
// Flow: cache; a running query for the same name is joined; else type 65 is asked for.

#include "base/asio.h"
#include "base/bytes.h"
#include "net/https_record_codec.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace anytls::net {

class ares_client;

class https_lookup : public std::enable_shared_from_this<https_lookup> {
 public:
  /// `client`: whom to ask; null = it cannot be asked now.
  https_lookup(asio::io_context& context, std::function<ares_client*()> client)
      : context_(context), client_(std::move(client)) {}

  /// An ECHConfigList; empty where DNS has none for this name (no such name, no such record, no
  /// `ech` in it). Errors: name_resolution_failed, operation_aborted. `name` as canonical_name()
  /// makes it.
  static task<result<bytes>> ech_configs(std::shared_ptr<https_lookup> self, std::string name,
                                         duration timeout);

  void clear() { cache_.clear(); }

  /// Ends what waits, with operation_aborted.
  void stop();

  /// Names kept, and asked for at once. More fail at once, or are asked for again.
  static constexpr std::size_t most = 256;
  static constexpr std::size_t largest = 16 * 1024;  ///< bytes of a list that is kept

 private:
  struct query {
    std::optional<result<bytes>> outcome;
    std::vector<timer*> waiters;
  };
  struct entry {
    bytes ech;
    time_point expires;
  };

  const bytes* find(const std::string& name, time_point now);
  void store(const std::string& name, const https_answer& answer, time_point now);
  std::shared_ptr<query> join_or_start(const std::string& name);
  void on_answer(const std::string& name, const std::shared_ptr<query>& q, error_code error,
                 bytes_view message);

  asio::io_context& context_;
  std::function<ares_client*()> client_;
  std::unordered_map<std::string, entry> cache_;
  std::unordered_map<std::string, std::shared_ptr<query>> running_;
  bool stopped_ = false;
};

}  // namespace anytls::net
