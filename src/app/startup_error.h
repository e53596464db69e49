#pragma once
// What keeps the program from starting: one sentence that says what to change. Thrown while
// composing, caught in cli.

#include <stdexcept>

namespace anytls::app {

class startup_error : public std::runtime_error {
 public:
  using runtime_error::runtime_error;
};

}  // namespace anytls::app
