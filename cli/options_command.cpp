#include "commands.h"

#include "config/field_list.h"
#include "config/json_text.h"

#include <fmt/format.h>
#include <CLI/Validators.hpp>

#include <algorithm>
#include <cstdio>
#include <memory>

namespace anytls::cli {
namespace {

struct options_options {
  std::string form = "sing-box";
  bool json = false;
};

void print_json(const std::vector<config::listed_field>& fields) {
  const char* comma = "[";
  for (const auto& f : fields) {
    fmt::print(R"({}
  {{"place": {}, "name": {}, "status": {}, "default": {}, "example": {}}})",
               comma, config::json_string(f.place), config::json_string(f.name),
               config::json_string(config::name(f.status)), config::json_string(f.text.standard),
               config::json_string(f.text.example));
    comma = ",";
  }
  fmt::print("\n]\n");
}

void print_text(const std::vector<config::listed_field>& fields) {
  std::string place = "?";
  std::size_t width = 0;
  for (const auto& f : fields) width = std::max(width, f.name.size());
  for (const auto& f : fields) {
    if (f.place != place) fmt::print("{}\n", f.place.empty() ? "the file" : f.place);
    place = f.place;
    fmt::print("  {:{}}  {:9}", f.name, width, config::name(f.status));
    if (!f.text.standard.empty()) fmt::print("  default {}", f.text.standard);
    if (!f.text.example.empty()) fmt::print("  example {}", f.text.example);
    fmt::print("\n");
  }
}

int print(const options_options& options) {
  const auto which = options.form == "mihomo" ? config::form::mihomo : config::form::sing_box;
  const auto fields = config::list_fields(which);
  options.json ? print_json(fields) : print_text(fields);
  return 0;
}

}  // namespace

command add_options(CLI::App& parent) {
  auto* app = parent.add_subcommand("options", "List every option of a configuration file");
  auto options = std::make_shared<options_options>();
  app->add_option("--form", options->form, "sing-box or mihomo")
      ->check(CLI::IsMember({"sing-box", "mihomo"}))
      ->capture_default_str();
  app->add_flag("--json", options->json, "as JSON");
  app->footer("Examples:\n  anytls options\n  anytls options --form mihomo --json");
  return {app, [options] { return print(*options); }};
}

}  // namespace anytls::cli
