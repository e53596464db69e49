// Any text: a config or messages, never a crash, an exception or a long wait.
#include "config/load.h"

#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto l = anytls::config::load_text("fuzz.yaml", text);
  bool error = false;
  for (const auto& m : l.messages) error = error || m.severity == anytls::config::severity::error;
  if (error == l.value.has_value()) std::abort();
  if (l.value && (!l.value->final() || anytls::config::effective_json(*l.value).empty()))
    std::abort();
  return 0;
}
