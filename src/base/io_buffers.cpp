#include "base/io_buffers.h"

#include <memory>

namespace anytls::io_buffers {
namespace {

// One block for each use; touched pages only cost memory on threads that relay.
struct block {
  std::unique_ptr<std::uint8_t[]> data;
  mutable_bytes get() noexcept {
    if (!data) data.reset(new std::uint8_t[size]);
    return {data.get(), size};
  }
};

thread_local block blocks[4];

}  // namespace

mutable_bytes ciphertext_in() noexcept { return blocks[0].get(); }
mutable_bytes ciphertext_out() noexcept { return blocks[1].get(); }
mutable_bytes plaintext_in() noexcept { return blocks[2].get(); }
mutable_bytes plaintext_out() noexcept { return blocks[3].get(); }

}  // namespace anytls::io_buffers
