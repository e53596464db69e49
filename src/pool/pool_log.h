#pragma once
// The pool's log lines, word for word as the documents have them: those of mihomo's and those of
// sing-box's. docs/spec/pool.md, "Logs".

#include "pool/pool_action.h"

#include <string>

namespace anytls::pool {

enum class log_words : std::uint8_t { sing_box, mihomo };

/// Empty for actions that have no line.
std::string describe(const pool_action& what, log_words words);

/// A session made ahead of use is there: the `number`th of its batch.
std::string describe_created(sequence seq, std::size_t number, log_words words);

}  // namespace anytls::pool
