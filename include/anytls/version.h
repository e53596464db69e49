#pragma once

namespace anytls {

/// Our own true name and version, as the `client=` setting and `anytls version` show them.
inline constexpr const char* product_name = "anytls";
inline constexpr const char* product_version = "0.1.0";

}  // namespace anytls
