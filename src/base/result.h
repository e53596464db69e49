#pragma once
// Expected failures are values: result<T> holds a T or the error_code that says why not.

#include "anytls/error.h"

#include <boost/system/result.hpp>

namespace anytls {

template <typename T>
using result = boost::system::result<T, error_code>;

}  // namespace anytls
