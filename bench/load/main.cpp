// bench_load: what the bench puts on a proxy, and what stands around it. bench/load.py drives it.
//
//   bench_load target
//   bench_load relay --to PORT --delay SECONDS
//   bench_load bulk|requests|ping-pong|hold --proxy PORT --target PORT [--up] [--hello]
//              [--closes-first] [--bytes N] [--at-once N] [--count N] [--pause SECONDS]

#include "load/loads.h"
#include "load/relay.h"
#include "load/socket.h"
#include "load/target.h"

#include <sys/prctl.h>
#include <csignal>
#include <cstdlib>
#include <map>
#include <string>

namespace {

using namespace anytls::bench;

using options = std::map<std::string, std::string>;

options read_options(int count, char** arguments) {
  options out;
  for (int i = 2; i < count; ++i) {
    const std::string name = arguments[i];
    const bool flag = name == "--up" || name == "--hello" || name == "--closes-first";
    if (!flag && i + 1 == count) fail("an option without its value");
    out[name] = flag ? "1" : arguments[++i];
  }
  return out;
}

double number(const options& from, const char* name, double otherwise) {
  const auto found = from.find(name);
  return found == from.end() ? otherwise : std::atof(found->second.c_str());
}

load_options load_of(const options& from) {
  load_options out;
  out.to.proxy = static_cast<int>(number(from, "--proxy", 0));
  out.to.target = static_cast<int>(number(from, "--target", 0));
  out.up = from.contains("--up");
  out.closes_first = from.contains("--closes-first");
  out.hello = from.contains("--hello");
  out.bytes = static_cast<std::uint64_t>(number(from, "--bytes", 100));
  out.at_once = static_cast<std::size_t>(number(from, "--at-once", 1));
  out.count = static_cast<std::size_t>(number(from, "--count", 1));
  out.pause = number(from, "--pause", 0);
  return out;
}

}  // namespace

int main(int count, char** arguments) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // never outlives the bench
  raise_descriptor_limit();
  const std::string what = count > 1 ? arguments[1] : "";
  const auto given = read_options(count, arguments);
  if (what == "target") return run_target();
  if (what == "relay")
    return run_relay(static_cast<int>(number(given, "--to", 0)), number(given, "--delay", 0));
  const auto load = load_of(given);
  if (what == "bulk") return run_bulk(load);
  if (what == "requests") return run_requests(load);
  if (what == "ping-pong") return run_ping_pong(load);
  if (what == "hold") return run_hold(load);
  fail("bench_load target | relay | bulk | requests | ping-pong | hold; see bench/load/main.cpp");
}
