#pragma once
// Outbounds that make their connections through others: `detour`, and mihomo's `dialer-proxy`.

#include "config/field.h"
#include "config/model.h"
#include "config/outbound_names.h"

#include <span>
#include <string_view>

namespace anytls::config {

/// The word of the form for it.
std::string_view detour_word(form f) noexcept;

/// When all names are known: what the file says becomes the tag of an element of `into.outbounds`,
/// a group its first usable member. mihomo's DIRECT is no detour at all.
void resolve_detours(outbound_names& names, config& into, report& out);

/// Warns of `others` that stand beside a detour in `place`: whoever makes the connection has its
/// own.
void warn_beside_detour(const cursor& place, std::string_view detour,
                        std::span<const std::string_view> others);

/// Ways that lead back to themselves or nowhere.
void judge_detours(const config& c, report& out);

}  // namespace anytls::config
