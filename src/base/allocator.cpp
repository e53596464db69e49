#include "base/allocator.h"

#include <cstdlib>  // __GLIBC__

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace anytls {

void keep_large_buffers_off_the_heap() noexcept {
#ifdef M_MMAP_THRESHOLD
  ::mallopt(M_MMAP_THRESHOLD, 64 * 1024);
#endif
}

}  // namespace anytls
