#pragma once
// What the library has to say to a human: one line with the cause per failure, nothing per success.
// Without a handler lines of level info and above go to standard error.

#include <functional>
#include <string_view>

namespace anytls {

enum class log_level { trace, debug, info, warn, error, fatal, off };

/// For the whole process, from any thread; the handler may be called on every thread that uses the
/// library. An empty one: standard error again. Lines below `threshold` are not made at all.
void set_log_handler(std::function<void(log_level, std::string_view)> handler,
                     log_level threshold = log_level::info);

}  // namespace anytls
