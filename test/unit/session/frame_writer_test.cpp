#include "session/frame_writer.h"

#include "base/io_buffers.h"
#include "base/limits.h"
#include "support/fake_transport.h"
#include "support/frames.h"

#include <gtest/gtest.h>

#include <cstring>

namespace anytls::session {
namespace {

using protocol::command;
using test::frame;
using test::pattern;

struct writer_rig {
  explicit writer_rig(std::uint64_t seed, bool pad = true)
      : wire(std::make_shared<test::fake_wire>(io)),
        out(wire),
        random(seed),
        writer(out,
               pad ? std::make_shared<protocol::padding_scheme>(
                         protocol::padding_scheme::default_scheme())
                   : nullptr,
               random) {}

  // One turn of a source: reads into the slots as readv does.
  std::size_t turn(std::uint32_t id, std::string_view data) {
    std::size_t done = 0;
    for (const auto& slot : writer.slots()) {
      const auto n = std::min(slot.iov_len, data.size() - done);
      std::memcpy(slot.iov_base, data.data() + done, n);
      done += n;
    }
    writer.commit(id, done);
    return done;
  }

  std::vector<std::size_t> take_sizes() {
    std::vector<std::size_t> sizes;
    for (const auto& r : wire->records) sizes.push_back(r.size());
    for (const auto& r : wire->records) append(all, r);
    wire->records.clear();
    return sizes;
  }

  asio::io_context io;
  std::shared_ptr<test::fake_wire> wire;
  test::fake_transport out;
  seeded_random random;
  frame_writer writer;
  bytes all;
};

bool between(std::size_t v, std::size_t low, std::size_t high) { return v >= low && v < high; }

const bytes opening = test::join({frame(command::settings, 0, "v=2\nclient=t\npadding-md5=x"),
                                  frame(command::syn, 1), frame(command::psh, 1, "address")});

TEST(FrameWriter, PacketOneIsOneRecordOfItsRange) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    writer_rig rig(seed);
    rig.writer.frames(opening);
    const auto sizes = rig.take_sizes();
    ASSERT_EQ(sizes.size(), 1u);
    EXPECT_TRUE(between(sizes[0], 100, 400)) << sizes[0];
    EXPECT_EQ(test::frames_of(rig.all), test::frames_of(opening));
  }
}

TEST(FrameWriter, AnOpeningLargerThanItsSizeIsCutThere) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    writer_rig rig(seed);
    const auto large = frame(command::settings, 0, std::string(1000, 'x'));
    rig.writer.frames(large);
    const auto sizes = rig.take_sizes();
    ASSERT_EQ(sizes.size(), 2u);
    EXPECT_TRUE(between(sizes[0], 100, 400));
    EXPECT_EQ(sizes[0] + sizes[1], large.size());
  }
}

TEST(FrameWriter, PayloadIsPacketTwoAndTheNextOneThree) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    writer_rig rig(seed);
    rig.writer.frames(opening);
    rig.take_sizes();

    // 2=400-500,c,500-1000,c,...: with 100 bytes one record, padded to its size.
    ASSERT_EQ(rig.turn(1, pattern(100)), 100u);
    auto sizes = rig.take_sizes();
    ASSERT_EQ(sizes.size(), 1u);
    EXPECT_TRUE(between(sizes[0], 400, 500)) << sizes[0];

    // 3=9-9,500-1000: a record of 9, then the rest padded.
    ASSERT_EQ(rig.turn(1, pattern(5)), 5u);
    sizes = rig.take_sizes();
    ASSERT_EQ(sizes.size(), 2u);
    EXPECT_EQ(sizes[0], 9u);
    EXPECT_TRUE(between(sizes[1], 500, 1000)) << sizes[1];
  }
}

TEST(FrameWriter, ALongPacketTwoFollowsItsLineAndThenGoesAsItIs) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    writer_rig rig(seed);
    rig.writer.frames(opening);
    rig.take_sizes();
    const auto data = pattern(limits::record);
    const auto taken = rig.turn(1, data);
    EXPECT_EQ(taken, limits::record -
                         protocol::frame_header_size);  // one record's worth a turn while padding
    const auto sizes = rig.take_sizes();
    ASSERT_EQ(sizes.size(), 6u);
    EXPECT_TRUE(between(sizes[0], 400, 500));
    std::size_t sum = sizes[0];
    for (int i = 1; i <= 4; ++i) {
      EXPECT_TRUE(between(sizes[i], 500, 1000)) << i << ": " << sizes[i];
      sum += sizes[i];
    }
    EXPECT_EQ(sum + sizes[5], limits::record);
  }
}

TEST(FrameWriter, TheSchemeStopsAtItsStopAndFullRecordsFollow) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    writer_rig rig(seed);
    rig.writer.frames(opening);  // 1
    rig.take_sizes();
    for (int packet = 2; packet <= 7; ++packet) {
      EXPECT_EQ(rig.writer.slots().size(), 1u) << packet;
      rig.turn(1, "x");
      const auto sizes = rig.take_sizes();
      if (packet >= 4) {
        ASSERT_EQ(sizes.size(), 1u);
        EXPECT_TRUE(between(sizes[0], 500, 1000));
      }
    }
    EXPECT_EQ(rig.writer.slots().size(), io_buffers::size / limits::record);
    rig.turn(1, "x");
    EXPECT_EQ(rig.take_sizes(), (std::vector<std::size_t>{8}));
    EXPECT_EQ(rig.turn(1, pattern(1 << 20)), 8 * (limits::record - protocol::frame_header_size));
    EXPECT_EQ(rig.take_sizes(), std::vector<std::size_t>(8, limits::record));
  }
}

TEST(FrameWriter, HeartbeatsBeforeTheFirstStreamDoNotAdvanceThePlan) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    writer_rig rig(seed);
    for (int i = 0; i < 10; ++i) {
      rig.writer.frames_before_first_stream(frame(command::heart_request, 0));
      const auto sizes = rig.take_sizes();
      ASSERT_EQ(sizes.size(), 1u);
      EXPECT_TRUE(between(sizes[0], 100, 400));
    }
    rig.writer.frames(opening);
    auto sizes = rig.take_sizes();
    ASSERT_EQ(sizes.size(), 1u);
    EXPECT_TRUE(between(sizes[0], 100, 400));
    rig.turn(1, "first bytes");
    sizes = rig.take_sizes();
    ASSERT_EQ(sizes.size(), 1u);
    EXPECT_TRUE(between(sizes[0], 400, 500));
  }
}

TEST(FrameWriter, AServerNeverPads) {
  writer_rig rig(1, false);
  rig.writer.frames(frame(command::server_settings, 0, "v=2"));
  rig.writer.frames_before_first_stream(frame(command::heart_request, 0));
  rig.turn(1, pattern(40000));
  EXPECT_EQ(rig.take_sizes(),
            (std::vector<std::size_t>{10, 7, 16384, 16384, 40000 - 2 * 16377 + 7}));
}

TEST(FrameWriter, AMebibyteComesThroughWhole) {
  for (const bool pad : {true, false}) {
    writer_rig rig(7, pad);
    const auto data = pattern(1 << 20);
    for (std::size_t at = 0; at < data.size();)
      at += rig.turn(5, std::string_view(data).substr(at));
    rig.take_sizes();
    EXPECT_EQ(test::frames_of(rig.all), (std::vector<std::string>{"PSH 5 " + data}));
  }
}

TEST(FrameWriter, DataThatLiesElsewhereIsTheSame) {
  for (const bool pad : {true, false}) {
    writer_rig rig(7, pad);
    const auto data = pattern(300001);
    rig.writer.data(9, as_bytes(data));
    rig.writer.data(9, {});
    for (const auto& record : rig.wire->records) EXPECT_LE(record.size(), limits::record);
    rig.take_sizes();
    EXPECT_EQ(test::frames_of(rig.all), (std::vector<std::string>{"PSH 9 " + data}));
  }
}

}  // namespace
}  // namespace anytls::session
