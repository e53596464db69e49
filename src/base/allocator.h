#pragma once
// For programs, not for libraries: the allocator is the whole process's.

namespace anytls {

/// Buffers of slow readers come and go in every size. Left alone, glibc raises its threshold for
/// mmap with each that is freed and keeps the next ones on the heap, where one small object above
/// pins megabytes. Once, before threads start.
void keep_large_buffers_off_the_heap() noexcept;

}  // namespace anytls
