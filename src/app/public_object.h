#pragma once
// The inner half of a client or server of the public API. Whoever uses it holds it: the handle of
// the user, each coroutine, each session. So the handle may be destroyed at any time while the
// io_context runs on.
//
// The other end is an io_context that is destroyed before all of that is over: then the sessions,
// which hold the object, are told to let go. abandon() is that.

#include "base/asio.h"

#include <memory>

namespace anytls::app {

class public_object : public std::enable_shared_from_this<public_object> {
 public:
  virtual ~public_object() = default;
  /// The io_context runs nothing any more: destroy what holds this object.
  virtual void abandon() noexcept = 0;
};

/// abandon() is called when the io_context is destroyed, if the object is still there.
void abandon_with(asio::io_context& io, std::weak_ptr<public_object> object);

}  // namespace anytls::app
