#include "session/session_core.h"

#include "support/frames.h"

#include <gtest/gtest.h>

#include <deque>
#include <vector>

namespace anytls::session {

namespace act {
void PrintTo(const deliver& a, std::ostream* os) {
  *os << "deliver " << a.stream << " " << as_text(a.data);
}
void PrintTo(const open& a, std::ostream* os) { *os << "open " << a.stream; }
void PrintTo(const established& a, std::ostream* os) { *os << "established " << a.stream; }
void PrintTo(const refused& a, std::ostream* os) {
  *os << "refused " << a.stream << " " << a.reason;
}
void PrintTo(const finished& a, std::ostream* os) { *os << "finished " << a.stream; }
void PrintTo(const send& a, std::ostream* os) {
  *os << "send " << protocol::name(a.command) << " " << a.stream << " " << a.data;
}
void PrintTo(const scheme& a, std::ostream* os) { *os << "scheme " << a.raw; }
void PrintTo(const peer_version& a, std::ostream* os) { *os << "peer_version " << a.version; }
void PrintTo(const heart_answered& a, std::ostream* os) { *os << "heart_answered " << a.id; }
void PrintTo(const fail& a, std::ostream* os) {
  *os << "fail " << static_cast<int>(a.reason) << " " << a.text;
}
}  // namespace act

namespace {

using protocol::command;
using test::frame;
using test::join;
using test::unknown_frame;

const session_core::server_side server{"stop=3\n1=10-10", "0123abcd", 3};

act::deliver deliver(std::uint32_t id, std::string_view text) { return {id, as_bytes(text)}; }

// Carries out what the driver does to the core, and keeps the bytes that actions point to. Adjacent
// pieces of one stream are joined, since cuts may fall anywhere.
class transcript {
 public:
  explicit transcript(session_core& core) : core_(core) {}

  void read(bytes_view chunk) {
    const bytes own(chunk.begin(), chunk.end());  // so that ASan sees a read beyond it
    bytes_view input(own);
    anytls::session::actions out;
    while (!failed && core_.next(input, out))
      for (auto& one : out) take(one);
    EXPECT_TRUE(failed || input.empty());
  }

  std::vector<action> seen;
  bool failed = false;

 private:
  void take(action& one) {
    if (auto* d = std::get_if<act::deliver>(&one)) {
      auto* last = seen.empty() ? nullptr : std::get_if<act::deliver>(&seen.back());
      if (last && last->stream == d->stream) {
        append(kept_.back(), d->data);
        last->data = kept_.back();
        return;
      }
      kept_.emplace_back(d->data.begin(), d->data.end());
      d->data = kept_.back();
    }
    if (auto* f = std::get_if<act::finished>(&one)) core_.forget(f->stream);
    if (auto* r = std::get_if<act::refused>(&one)) core_.forget(r->stream);
    if (std::holds_alternative<act::fail>(one)) failed = true;
    seen.push_back(one);
  }

  session_core& core_;
  std::deque<bytes> kept_;
};

// The script gives `expected` whole, byte by byte, and cut in two at every byte.
template <typename Make>
void expect_from(Make make, const bytes& script, const std::vector<action>& expected) {
  const auto check = [&](std::size_t cut, std::size_t step) {
    session_core core = make();
    transcript out(core);
    bytes_view rest(script);
    out.read(rest.first(cut));
    rest = rest.subspan(cut);
    while (!rest.empty()) {
      const auto n = std::min(step, rest.size());
      out.read(rest.first(n));
      rest = rest.subspan(n);
    }
    ASSERT_EQ(out.seen, expected) << "cut at " << cut << ", then by " << step;
  };
  for (std::size_t cut = 0; cut <= script.size(); ++cut)
    ASSERT_NO_FATAL_FAILURE(check(cut, script.size()));
  ASSERT_NO_FATAL_FAILURE(check(0, 1));
}

void expect_client(const bytes& script, const std::vector<action>& expected) {
  expect_from(
      [] {
        session_core core;
        EXPECT_EQ(core.open_stream(), 1u);
        EXPECT_EQ(core.open_stream(), 2u);
        return core;
      },
      script, expected);
}

void expect_server(const bytes& script, const std::vector<action>& expected) {
  expect_from([] { return session_core(server); }, script, expected);
}

const bytes settings_v2 = frame(command::settings, 0, "v=2\nclient=test/1\npadding-md5=0123abcd");
const act::send server_settings{command::server_settings, 0, "v=2"};

// ---------------------------------------------------------------- client

TEST(SessionCoreClient, DataGoesToItsStreamUntilFin) {
  expect_client(join({frame(command::psh, 1, "hello"), frame(command::psh, 2, "x"),
                      frame(command::psh, 1, " world"), frame(command::fin, 1),
                      frame(command::psh, 1, "too late"), frame(command::psh, 2, "y")}),
                {deliver(1, "hello"), deliver(2, "x"), deliver(1, " world"), act::finished{1},
                 deliver(2, "y")});
}

TEST(SessionCoreClient, SeveralFramesOfOneStreamKeepTheirOrder) {
  expect_client(join({frame(command::psh, 1, "a"), frame(command::psh, 1),
                      frame(command::waste, 0, "0000"), frame(command::psh, 1, "b")}),
                {deliver(1, "ab")});
}

TEST(SessionCoreClient, DataAndFinOfUnknownStreamsAreDropped) {
  expect_client(
      join({frame(command::psh, 9, "nobody"), frame(command::fin, 9), frame(command::synack, 9),
            frame(command::synack, 9, "refused"), frame(command::psh, 1, "me")}),
      {deliver(1, "me")});
}

TEST(SessionCoreClient, AWebServerIsNotAnytls) {
  const std::string_view answer = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
  expect_client(bytes(as_bytes(answer).begin(), as_bytes(answer).end()),
                {act::fail{errc::not_anytls, {}}});
}

TEST(SessionCoreClient, UnknownCommandFirstFailsAtItsHeader) {
  expect_client(unknown_frame(11, 0, "data"), {act::fail{errc::not_anytls, {}}});
  expect_client(unknown_frame(255, 0), {act::fail{errc::not_anytls, {}}});
}

TEST(SessionCoreClient, UnknownCommandLaterIsSkippedWithItsData) {
  expect_client(join({frame(command::synack, 1), unknown_frame(11, 1, "skip me"),
                      unknown_frame(200, 0), frame(command::psh, 1, "still here")}),
                {act::established{1}, deliver(1, "still here")});
}

TEST(SessionCoreClient, EveryKnownCommandCountsAsHeard) {
  for (const auto& first :
       {frame(command::heart_request, 0), frame(command::server_settings, 0, "v=2"),
        frame(command::fin, 77), frame(command::psh, 77, "x")}) {
    session_core core;
    transcript out(core);
    out.read(first);
    EXPECT_TRUE(core.heard());
    out.read(unknown_frame(99, 0, "x"));
    EXPECT_FALSE(out.failed);
  }
}

TEST(SessionCoreClient, SynackEmptyEstablishesWithTextRefuses) {
  expect_client(join({frame(command::synack, 1), frame(command::synack, 2, "connection refused"),
                      frame(command::fin, 2), frame(command::psh, 1, "x")}),
                {act::established{1}, act::refused{2, "connection refused"}, deliver(1, "x")});
}

TEST(SessionCoreClient, ResetOfTheTargetAfterData) {
  expect_client(join({frame(command::synack, 1), frame(command::psh, 1, "half"),
                      frame(command::synack, 1, "reset"), frame(command::fin, 1)}),
                {act::established{1}, deliver(1, "half"), act::refused{1, "reset"}});
}

TEST(SessionCoreClient, TextOfThePeerCannotForgeLogLines) {
  expect_client(frame(command::synack, 1, "a\nb\x1b[0m\x7f"), {act::refused{1, "a?b?[0m?"}});
  expect_client(frame(command::alert, 0, std::string(2000, 'x') + "\n"),
                {act::fail{errc::alert, std::string(512, 'x')}});
}

TEST(SessionCoreClient, AlertEndsTheSession) {
  expect_client(join({frame(command::alert, 0, "go away"), frame(command::psh, 1, "never read")}),
                {act::fail{errc::alert, "go away"}});
}

TEST(SessionCoreClient, HeartRequestIsAnsweredWithTheSameId) {
  expect_client(join({frame(command::heart_request, 0), frame(command::heart_request, 0xdeadbeef)}),
                {act::send{command::heart_response, 0, {}},
                 act::send{command::heart_response, 0xdeadbeef, {}}});
}

TEST(SessionCoreClient, HeartResponseIsReported) {
  expect_client(frame(command::heart_response, 7), {act::heart_answered{7}});
}

TEST(SessionCoreClient, SchemeAndVersionOfTheServer) {
  expect_client(join({frame(command::update_padding_scheme, 0, "stop=2\n1=5-5\n"),
                      frame(command::server_settings, 0, "v=2")}),
                {act::scheme{"stop=2\n1=5-5\n"}, act::peer_version{2}});
  expect_client(frame(command::server_settings, 0, "x=y\nv=17"), {act::peer_version{17}});
  expect_client(frame(command::server_settings, 0), {act::peer_version{1}});
}

TEST(SessionCoreClient, VersionIsUnknownUntilTheServerSaysIt) {
  session_core core;
  EXPECT_EQ(core.peer_version(), 0);
  transcript out(core);
  out.read(frame(command::server_settings, 0, "v=2"));
  EXPECT_EQ(core.peer_version(), 2);
}

TEST(SessionCoreClient, WhatOnlyAServerGetsIsIgnored) {
  expect_client(join({frame(command::syn, 5), settings_v2, frame(command::psh, 5, "x"),
                      frame(command::psh, 1, "y")}),
                {deliver(1, "y")});
}

TEST(SessionCoreClient, DataOfCommandsWithoutDataIsConsumed) {
  // Built by hand: append_frame would build the same, but the point is the length field.
  const auto with_data = [](command c, std::uint32_t id) {
    return unknown_frame(static_cast<std::uint8_t>(c), id, "unexpected");
  };
  expect_client(join({with_data(command::heart_request, 3), with_data(command::heart_response, 4),
                      with_data(command::fin, 2), with_data(command::syn, 1),
                      frame(command::psh, 1, "in step")}),
                {act::send{command::heart_response, 3, {}}, act::heart_answered{4},
                 act::finished{2}, deliver(1, "in step")});
}

TEST(SessionCoreClient, WasteOfAnySizeIsSilent) {
  expect_client(join({frame(command::waste, 0), frame(command::waste, 9, std::string(300, '\0')),
                      frame(command::psh, 1, "x")}),
                {deliver(1, "x")});
}

TEST(SessionCoreClient, IdsRiseFromOneAndForgottenStreamsGetNothing) {
  session_core core;
  EXPECT_EQ(core.open_stream(), 1u);
  EXPECT_EQ(core.open_stream(), 2u);
  core.forget(1);
  EXPECT_EQ(core.open_stream(), 3u);
  transcript out(core);
  out.read(
      join({frame(command::psh, 1, "late"), frame(command::fin, 1), frame(command::psh, 3, "x")}));
  EXPECT_EQ(out.seen, (std::vector<action>{deliver(3, "x")}));
}

// ---------------------------------------------------------------- server

TEST(SessionCoreServer, OpensStreamsAfterSettings) {
  expect_server(join({settings_v2, frame(command::syn, 1), frame(command::psh, 1, "addr"),
                      frame(command::syn, 2), frame(command::fin, 1),
                      frame(command::psh, 1, "late"), frame(command::psh, 2, "x")}),
                {server_settings, act::peer_version{2}, act::open{1}, deliver(1, "addr"),
                 act::open{2}, act::finished{1}, deliver(2, "x")});
}

TEST(SessionCoreServer, SynBeforeSettingsIsAnAlertAndTheEnd) {
  expect_server(join({frame(command::syn, 1), frame(command::psh, 1, "never read")}),
                {act::send{command::alert, 0, "client did not send its settings"},
                 act::fail{errc::protocol_error, "SYN before Settings"}});
}

TEST(SessionCoreServer, SecondSynOfALiveStreamIsIgnored) {
  expect_server(join({settings_v2, frame(command::syn, 1), frame(command::syn, 1),
                      frame(command::psh, 1, "x")}),
                {server_settings, act::peer_version{2}, act::open{1}, deliver(1, "x")});
}

TEST(SessionCoreServer, AnotherSchemeIsUpdatedBeforeTheServerSettings) {
  const act::send update{command::update_padding_scheme, 0, server.scheme_raw};
  expect_server(frame(command::settings, 0, "padding-md5=ffff\nv=2\nunknown=1"),
                {update, server_settings, act::peer_version{2}});
  expect_server(frame(command::settings, 0, "v=2"),
                {update, server_settings, act::peer_version{2}});
  expect_server(frame(command::settings, 0, "padding-md5=0123ABCD\nv=2"),
                {update, server_settings, act::peer_version{2}});
  expect_server(frame(command::settings, 0), {update, act::peer_version{1}});
}

TEST(SessionCoreServer, KeysInAnyOrder) {
  expect_server(frame(command::settings, 0, "padding-md5=0123abcd\nclient=x\nv=2"),
                {server_settings, act::peer_version{2}});
}

TEST(SessionCoreServer, AVersion1ClientGetsNoServerSettings) {
  expect_server(frame(command::settings, 0, "v=1\npadding-md5=0123abcd"), {act::peer_version{1}});
  expect_server(frame(command::settings, 0, "padding-md5=0123abcd"), {act::peer_version{1}});
}

TEST(SessionCoreServer, OnlyTheFirstSettingsCount) {
  expect_server(join({settings_v2, frame(command::settings, 0, "v=1\nclient=other")}),
                {server_settings, act::peer_version{2}});
  session_core core(server);
  transcript out(core);
  out.read(join({settings_v2, frame(command::settings, 0, "client=other")}));
  EXPECT_EQ(core.client_text(), "test/1");
  EXPECT_EQ(core.peer_version(), 2);
}

TEST(SessionCoreServer, TooManyStreams) {
  const auto four = join({frame(command::syn, 1), frame(command::syn, 2), frame(command::syn, 3),
                          frame(command::syn, 4), frame(command::psh, 4, "dropped"),
                          frame(command::fin, 2), frame(command::syn, 5)});
  expect_server(join({settings_v2, four}),
                {server_settings, act::peer_version{2}, act::open{1}, act::open{2}, act::open{3},
                 act::send{command::synack, 4, "too many streams"}, act::send{command::fin, 4, {}},
                 act::finished{2}, act::open{5}});
  // Version 1 knows no SYNACK.
  expect_server(join({frame(command::settings, 0, "v=1\npadding-md5=0123abcd"), four}),
                {act::peer_version{1}, act::open{1}, act::open{2}, act::open{3},
                 act::send{command::fin, 4, {}}, act::finished{2}, act::open{5}});
}

TEST(SessionCoreServer, DataBeforeSynAndUnknownCommandsAreDropped) {
  expect_server(join({unknown_frame(11, 0, "first"), frame(command::psh, 1, "early"), settings_v2,
                      unknown_frame(77, 1, "x"), frame(command::psh, 1, "early"),
                      frame(command::syn, 1), frame(command::psh, 1, "ok")}),
                {server_settings, act::peer_version{2}, act::open{1}, deliver(1, "ok")});
}

TEST(SessionCoreServer, WhatOnlyAClientGetsIsIgnored) {
  expect_server(
      join({settings_v2, frame(command::syn, 1), frame(command::synack, 1, "x"),
            frame(command::alert, 0, "x"), frame(command::update_padding_scheme, 0, "stop=1"),
            frame(command::server_settings, 0, "v=9"), frame(command::psh, 1, "x")}),
      {server_settings, act::peer_version{2}, act::open{1}, deliver(1, "x")});
}

TEST(SessionCoreServer, HeartbeatsWorkBeforeSettings) {
  expect_server(join({frame(command::heart_request, 12), frame(command::heart_response, 13)}),
                {act::send{command::heart_response, 12, {}}, act::heart_answered{13}});
}

}  // namespace
}  // namespace anytls::session
