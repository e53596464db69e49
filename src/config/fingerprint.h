#pragma once
// The names of browsers whose ClientHello a user may ask for, and what becomes of each: there is
// Chrome's, and none. What is not Chrome is never imitated by half.

#include "config/cursor.h"
#include "config/tls_model.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace anytls::config {

/// All that sing-box or mihomo know, and `none`.
std::span<const std::string_view> fingerprint_names() noexcept;

struct fingerprint {
  client_hello hello = client_hello::chrome;
  std::string_view remark = {};  ///< what is different from what was asked for; empty = nothing
};

/// nullopt where it is not one of the names. Empty is `chrome`.
std::optional<fingerprint> find_fingerprint(std::string_view name) noexcept;

/// "X is unknown; one of ...".
std::string unknown_fingerprint(std::string_view name);

/// A warning where Chrome's hello was asked for, and this build cannot send it.
void judge_hello(const cursor& at, client_hello wanted);
/// What judge_hello() says; empty = nothing.
std::string missing_hello(client_hello wanted);

/// A remark is a warning. An unknown name is an error in JSON, in YAML a warning and Chrome.
void read_fingerprint(const cursor& at, client_hello& into);

}  // namespace anytls::config
