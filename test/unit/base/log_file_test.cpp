#include "base/log_file.h"

#include <gtest/gtest.h>

#include <sys/resource.h>
#include <unistd.h>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace anytls::log {
namespace {

std::string content(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

struct a_file {
  a_file() { std::filesystem::remove(path); }
  ~a_file() { std::filesystem::remove(path); }
  const std::string path =
      (std::filesystem::temp_directory_path() / ("anytls-log-file-" + std::to_string(::getpid())))
          .string();
};

// Writing beyond it fails, as on a full disk: with EFBIG, after a signal.
struct size_limit {
  explicit size_limit(rlim_t most) {
    handler = std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before);
    const rlimit now{most, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  ~size_limit() {
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
  }
  rlimit before{};
  void (*handler)(int) = nullptr;
};

TEST(LogFile, AppendsLines) {
  a_file f;
  log_file::open(f.path)->write("one\n");
  const auto again = log_file::open(f.path);
  again->write("two\n");
  EXPECT_EQ(content(f.path), "one\ntwo\n");
}

TEST(LogFile, WhatCannotBeOpened) { EXPECT_EQ(log_file::open("/no/such/folder/log"), nullptr); }

TEST(LogFile, LostLinesAreCountedAndToldWhenThereIsRoomAgain) {
  a_file f;
  const auto log = log_file::open(f.path);
  log->write("first\n");
  {
    const size_limit full(10);
    for (int i = 0; i < 1000; ++i) log->write("more of it\n");
    EXPECT_EQ(log->lost(), 1000u);
    EXPECT_EQ(content(f.path), "first\nmore");
  }
  log->write("last\n");
  log->write("very last\n");
  EXPECT_EQ(log->lost(), 0u);
  EXPECT_EQ(
      content(f.path),
      "first\nmore\n[WARN] 1000 lines of this log were lost: they could not be written\nlast\n"
      "very last\n");
}

}  // namespace
}  // namespace anytls::log
