#include "commands.h"

#include "config/duration.h"
#include "config/load.h"
#include "simulate/report_text.h"
#include "simulate/svg.h"

#include <fmt/format.h>
#include <CLI/App.hpp>
#include <CLI/Validators.hpp>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>

namespace anytls::cli {
namespace {

constexpr int file_error = 1;
constexpr int usage_error = 2;

/// Ends the command: a sentence and an exit code.
struct refusal {
  int code;
  std::string sentence;
};

struct options {
  std::string file;
  std::string outbound;
  std::string length = "6h";
  std::vector<std::string> traffic;
  std::string request_time = "3s";
  std::vector<std::string> outages;
  std::string rtt = "80ms";
  std::uint32_t handshake = 2;
  std::string server_idle_close;
  std::string server_rate;
  std::string nat_timeout;
  std::uint64_t seed = 1;
  std::string svg;
  std::string csv;
  bool log = false;
};

std::optional<duration> read_duration(std::string_view text) {
  const auto parsed = config::parse_duration(text);
  if (parsed.error != config::duration_error::none) return std::nullopt;
  return parsed.value;
}

duration duration_of(const char* flag, const std::string& text) {
  if (const auto value = read_duration(text)) return *value;
  throw refusal{usage_error,
                fmt::format("{}: \"{}\" is not a duration; write {}", flag, text,
                            config::suggest_duration(text).value_or("for example 30s"))};
}

template <typename T>
T value_of(const char* flag, simulate::parsed<T>&& parsed) {
  if (parsed.value) return std::move(*parsed.value);
  throw refusal{usage_error, fmt::format("{}: {}", flag, parsed.wrong)};
}

simulate::traffic traffic_of(const std::string& text) {
  auto parsed = simulate::parse_traffic(text, read_duration);
  if (parsed.value || !parsed.wrong.empty()) return value_of("--traffic", std::move(parsed));
  errno = 0;
  std::ifstream file(text, std::ios::binary);
  std::ostringstream content;
  if (file) content << file.rdbuf();
  if (!file || !content)
    throw refusal{
        file_error,
        fmt::format("--traffic: cannot read {}: {}; write steady:2/s, random:2/s, bursts:20/10m or "
                    "the name of a CSV file",
                    text, std::strerror(errno != 0 ? errno : EIO))};
  auto lines = simulate::parse_traffic_csv(text, content.str(), read_duration);
  if (!lines.value) throw refusal{file_error, lines.wrong};
  return std::move(*lines.value);
}

simulate::scenario scenario_of(const options& o) {
  simulate::scenario s;
  s.length = duration_of("--for", o.length);
  for (const auto& one : o.traffic) s.requests.push_back(traffic_of(one));
  auto time = o.request_time;
  if (time.starts_with("fixed:")) {
    s.fixed_request_time = true;
    time.erase(0, std::strlen("fixed:"));
  }
  s.request_time = duration_of("--request-time", time);
  for (const auto& one : o.outages)
    s.outages.push_back(value_of("--outage", simulate::parse_outage(one, read_duration)));
  s.rtt = duration_of("--rtt", o.rtt);
  s.handshake_rtts = o.handshake;
  if (!o.server_idle_close.empty())
    s.server_idle_close = duration_of("--server-idle-close", o.server_idle_close);
  if (!o.server_rate.empty())
    s.server_rate = value_of("--server-rate", simulate::parse_rate(o.server_rate, read_duration));
  if (!o.nat_timeout.empty()) s.nat_timeout = duration_of("--nat-timeout", o.nat_timeout);
  s.seed = o.seed;
  return s;
}

/// The one that was named, else the one that takes all traffic, else the only one.
const config::outbound& choose(const config::config& c, const std::string& name) {
  std::vector<const config::outbound*> all;
  std::string tags;
  for (const auto& one : c.outbounds) {
    if (one.type != config::outbound_type::anytls) continue;
    if (one.tag == (name.empty() ? c.final_outbound : name)) return one;
    all.push_back(&one);
    tags += (tags.empty() ? "" : ", ") + one.tag;
  }
  if (all.empty()) throw refusal{file_error, "there is no AnyTLS outbound in this file"};
  if (!name.empty())
    throw refusal{
        usage_error,
        fmt::format("--outbound: there is no AnyTLS outbound {}; there are: {}", name, tags)};
  if (all.size() > 1) throw refusal{usage_error, "--outbound: say which of these: " + tags};
  return *all.front();
}

/// Tells the log line by line, and the raw series.
class listener final : public simulate::observer {
 public:
  listener(std::FILE* csv, bool log, std::uint32_t target) : csv_(csv), log_(log), target_(target) {
    if (csv_) std::fputs("seconds,idle,retiring,active,connecting,target\n", csv_);
  }
  void on_sample(const simulate::sample& s) override {
    if (!csv_) return;
    const auto& c = s.counts;
    fmt::print(csv_, "{:.3f},{},{},{},{},{}\n", std::chrono::duration<double>(s.at).count(), c.idle,
               c.retiring, c.active, c.connecting, target_);
  }
  void on_log(duration at, const std::string& line) override {
    if (!log_) return;
    const auto ms = at / 1ms;
    fmt::print("{:02}:{:02}:{:02}.{:03} [DEBUG] {}\n", ms / 3'600'000, ms / 60'000 % 60,
               ms / 1000 % 60, ms % 1000, line);
  }

 private:
  std::FILE* csv_;
  bool log_;
  std::uint32_t target_;
};

struct close_file {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using file_handle = std::unique_ptr<std::FILE, close_file>;

refusal cannot_write(const std::string& path) {
  return {file_error, fmt::format("cannot write {}: {}", path, std::strerror(errno))};
}

file_handle create(const std::string& path) {
  file_handle out(std::fopen(path.c_str(), "wb"));
  if (!out) throw cannot_write(path);
  return out;
}

void finish(file_handle& file, const std::string& path) {
  if (std::ferror(file.get()) || std::fclose(file.release()) != 0) throw cannot_write(path);
}

void simulate_it(const options& o) {
  const auto what = scenario_of(o);
  const auto loaded = config::load_file(o.file);
  if (!loaded.value) {
    std::string sentences;
    for (const auto& one : loaded.messages)
      if (one.severity == config::severity::error)
        sentences += (sentences.empty() ? "" : "\nanytls: ") + one.text;
    throw refusal{file_error, sentences};
  }
  const auto& outbound = choose(*loaded.value, o.outbound);
  auto scenario = what;
  scenario.connect_timeout = outbound.dial.connect_timeout;
  if (const auto why = simulate::objection(outbound.pool, scenario))
    throw refusal{usage_error, *why};

  auto csv = o.csv.empty() ? file_handle() : create(o.csv);
  listener ears(csv.get(), o.log, outbound.pool.ensure_idle_session);
  const auto words = loaded.value->form == config::form::mihomo ? pool::log_words::mihomo
                                                                : pool::log_words::sing_box;
  const auto result = simulate::run(outbound.pool, scenario, csv || o.log ? &ears : nullptr, words);
  if (csv) finish(csv, o.csv);
  if (!o.svg.empty()) {
    auto picture = create(o.svg);
    const auto text =
        simulate::svg(result, scenario, outbound.pool, simulate::describe(outbound.pool));
    std::fwrite(text.data(), 1, text.size(), picture.get());
    finish(picture, o.svg);
  }
  fmt::print("{}: {}\n{}\n\n{}\n{}", outbound.tag, simulate::describe(outbound.pool),
             simulate::describe(scenario), simulate::table(result, scenario, outbound.pool),
             simulate::timeline(result, scenario));
}

int run(const options& o) {
  try {
    simulate_it(o);
    return 0;
  } catch (const refusal& why) {
    std::fprintf(stderr, "anytls: %s\n", why.sentence.c_str());
    return why.code;
  }
}

}  // namespace

command add_simulate(CLI::App& parent) {
  auto* app = parent.add_subcommand(
      "simulate", "Show what the pool options of a file will do, without a server");
  auto o = std::make_shared<options>();
  app->add_option("-c,--config", o->file, "sing-box JSON or mihomo YAML; - = standard input")
      ->required();
  app->add_option("--outbound", o->outbound,
                  "tag of the AnyTLS outbound (the one that takes all traffic)");
  app->add_option("--for", o->length, "virtual time")->capture_default_str()->type_name("DURATION");
  app->add_option("--traffic", o->traffic,
                  "steady:2/s, random:2/s, bursts:20/10m or a CSV file; may be given again (none)")
      ->type_name("TRAFFIC");
  app->add_option("--request-time", o->request_time,
                  "mean time of a request (exponential), or fixed:3s")
      ->capture_default_str()
      ->type_name("DURATION");
  app->add_option("--outage", o->outages, "the server is away: BEGIN+LENGTH; may be given again")
      ->type_name("2h+5m");
  app->add_option("--rtt", o->rtt, "round trip time to the server")
      ->capture_default_str()
      ->type_name("DURATION");
  app->add_option("--handshake", o->handshake,
                  "round trips until a new session can be used: 2 = TCP and TLS 1.3")
      ->check(CLI::Range(1, 10))
      ->capture_default_str();
  app->add_option("--server-idle-close", o->server_idle_close,
                  "the server closes sessions without a stream after this")
      ->type_name("DURATION");
  app->add_option("--server-rate", o->server_rate,
                  "the server refuses more new connections than this")
      ->type_name("10/min");
  app->add_option("--nat-timeout", o->nat_timeout,
                  "connections silent for longer die without a word")
      ->type_name("DURATION");
  app->add_option("--seed", o->seed, "the same seed gives the same result")->capture_default_str();
  app->add_option("--svg", o->svg, "write a picture")->type_name("FILE");
  app->add_option("--csv", o->csv,
                  "write the raw series: seconds,idle,retiring,active,connecting,target")
      ->type_name("FILE");
  app->add_flag("--log", o->log, "print the debug log first, with virtual times");
  app->footer(
      "Examples:\n"
      "  anytls simulate -c config.json --for 6h --traffic steady:2/s\n"
      "  anytls simulate -c config.yaml --outbound node --traffic bursts:20/10m --outage 2h+5m "
      "--svg picture.svg\n"
      "Traffic in a CSV file: first line seconds,count or time,duration. See "
      "docs/en/session-pool.md.");
  return {app, [o] { return run(*o); }};
}

}  // namespace anytls::cli
