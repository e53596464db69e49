#include "base/allocator.h"

#include <cstdlib>  // __GLIBC__

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace anytls {

void give_back_free_memory() noexcept {
#ifdef __GLIBC__
  constexpr std::size_t worth_it = 1 << 20;
  if (::mallinfo2().fordblks > worth_it) ::malloc_trim(64 * 1024);
#endif
}

}  // namespace anytls
