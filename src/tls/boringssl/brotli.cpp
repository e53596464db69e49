#include "tls/boringssl/brotli.h"

#include <brotli/decode.h>
#include <openssl/pool.h>

#include <cstdlib>
#include <memory>

namespace anytls::tls::brotli {
namespace {

/// Nothing is credited for what is given back: so work is bounded as well.
void* take(void* left, std::size_t size) {
  auto& budget = *static_cast<std::size_t*>(left);
  if (size > budget) return nullptr;
  budget -= size;
  return std::malloc(size);
}

void give_back(void*, void* memory) { std::free(memory); }

struct decoder_deleter {
  void operator()(BrotliDecoderState* d) const noexcept { BrotliDecoderDestroyInstance(d); }
};

}  // namespace

int decompress_certificate(SSL*, CRYPTO_BUFFER** out, std::size_t size, const std::uint8_t* in,
                           std::size_t in_size) {
  std::size_t budget = most_memory;
  const std::unique_ptr<BrotliDecoderState, decoder_deleter> decoder(
      BrotliDecoderCreateInstance(take, give_back, &budget));
  std::uint8_t* room = nullptr;
  const bssl::UniquePtr<CRYPTO_BUFFER> buffer(CRYPTO_BUFFER_alloc(&room, size));
  if (!decoder || !buffer) return 0;
  std::size_t left = size;
  const auto end =
      BrotliDecoderDecompressStream(decoder.get(), &in_size, &in, &left, &room, nullptr);
  if (end != BROTLI_DECODER_RESULT_SUCCESS || left != 0 || in_size != 0) return 0;
  CRYPTO_BUFFER_up_ref(buffer.get());
  *out = buffer.get();
  return 1;
}

}  // namespace anytls::tls::brotli
