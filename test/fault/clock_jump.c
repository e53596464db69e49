// Preloaded into the program under test: CLOCK_BOOTTIME is ahead by as many seconds as the file ANYTLS_TEST_CLOCK_FILE
// says, as after a sleep. (A time namespace cannot do it: its offset is fixed before the first process.)
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int clock_gettime(clockid_t which, struct timespec* now) {
  static int (*real)(clockid_t, struct timespec*);
  if (!real) real = (int (*)(clockid_t, struct timespec*))dlsym(RTLD_NEXT, "clock_gettime");
  const int failed = real(which, now);
  if (failed || which != CLOCK_BOOTTIME) return failed;
  const char* path = getenv("ANYTLS_TEST_CLOCK_FILE");
  FILE* file = path ? fopen(path, "r") : NULL;
  long ahead = 0;
  if (file) {
    if (fscanf(file, "%ld", &ahead) == 1) now->tv_sec += ahead;
    fclose(file);
  }
  return 0;
}
