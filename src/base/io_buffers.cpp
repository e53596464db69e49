#include "base/io_buffers.h"

#include <algorithm>
#include <memory>

namespace anytls::io_buffers {
namespace {

// One block for each use; touched pages only cost memory on threads that relay.
struct block {
  std::unique_ptr<std::uint8_t[]> data;
  mutable_bytes get(std::size_t wanted) noexcept {
    if (!data) data.reset(new std::uint8_t[large_size]);
    return {data.get(), std::min(wanted, large_size)};
  }
};

thread_local block blocks[4];

}  // namespace

mutable_bytes ciphertext_in(std::size_t wanted) noexcept { return blocks[0].get(wanted); }
mutable_bytes ciphertext_out() noexcept { return blocks[1].get(large_size); }
mutable_bytes plaintext_in(std::size_t wanted) noexcept { return blocks[2].get(wanted); }
mutable_bytes plaintext_out(std::size_t wanted) noexcept { return blocks[3].get(wanted); }

}  // namespace anytls::io_buffers
