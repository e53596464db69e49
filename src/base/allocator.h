#pragma once
// For programs, not for libraries: the allocator is the whole process's.

namespace anytls {

/// Returns to the system what is free inside the heaps, if that is more than a megabyte: after a
/// burst it is, and glibc gives back nothing but the top. Any thread; well under a millisecond for
/// each of the megabytes.
void give_back_free_memory() noexcept;

}  // namespace anytls
