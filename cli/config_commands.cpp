#include "commands.h"
#include "common.h"

#include "base/log.h"
#include "config/load.h"

#include <cstdio>
#include <memory>

namespace anytls::cli {
namespace {

struct file_options {
  std::string file;
  std::size_t threads = 0;
  bool effective = false;
};

void add_file(CLI::App& app, file_options& options) {
  app.add_option("-c,--config", options.file, "sing-box JSON or mihomo YAML; - = standard input")
      ->required();
}

int check(const file_options& options) {
  const auto loaded = config::load_file(options.file);
  for (const auto& one : loaded.messages)
    std::fprintf(stderr, "%s: %s\n", one.severity == config::severity::error ? "error" : "warning",
                 one.text.c_str());
  if (!loaded.value) return 1;
  if (options.effective) std::printf("%s\n", config::effective_json(*loaded.value).c_str());
  return 0;
}

int run(const file_options& options) {
  auto loaded = config::load_file(options.file);
  if (!loaded.value) {
    for (const auto& one : loaded.messages)
      if (one.severity == config::severity::error)
        std::fprintf(stderr, "anytls: %s\n", one.text.c_str());
    return 1;
  }
  log::configure(loaded.value->log);
  for (const auto& one : loaded.messages) log::warn("{}", one.text);
  return run_config(*loaded.value, options.threads);
}

}  // namespace

command add_run(CLI::App& parent) {
  auto* app = parent.add_subcommand("run", "Run a configuration file");
  auto options = std::make_shared<file_options>();
  add_file(*app, *options);
  app->add_option("--threads", options->threads, "worker threads; 0 = one for each core");
  app->footer("Examples:\n  anytls run -c config.json\n  generate-config | anytls run -c -");
  return {app, [options] { return run(*options); }};
}

command add_check(CLI::App& parent) {
  auto* app =
      parent.add_subcommand("check", "Check a configuration file and say what is wrong with it");
  auto options = std::make_shared<file_options>();
  add_file(*app, *options);
  app->add_flag("--effective", options->effective,
                "print the pool options in force for each AnyTLS outbound (JSON)");
  app->footer(
      "Examples:\n  anytls check -c config.json\n  anytls check -c config.yaml --effective");
  return {app, [options] { return check(*options); }};
}

}  // namespace anytls::cli
