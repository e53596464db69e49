#include "config/json_tree.h"

#include <fmt/format.h>
#include <boost/json/basic_parser_impl.hpp>

#include <algorithm>
#include <utility>

namespace anytls::config {
namespace {

namespace json = boost::json;

/// Takes the parser's events. Boost.JSON's own DOM would keep only the last of two equal keys.
class builder {
 public:
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  node_ptr root() const { return root_; }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code&) { return open(node::kind::map); }
  bool on_object_end(std::size_t, json::error_code&) { return close(); }
  bool on_array_begin(json::error_code&) { return open(node::kind::list); }
  bool on_array_end(std::size_t, json::error_code&) { return close(); }
  bool on_key_part(json::string_view s, std::size_t, json::error_code&) { return part(s); }
  bool on_key(json::string_view s, std::size_t, json::error_code&) {
    part(s);
    keys_.push_back(std::exchange(partial_, {}));
    return true;
  }
  bool on_string_part(json::string_view s, std::size_t, json::error_code&) { return part(s); }
  bool on_string(json::string_view s, std::size_t, json::error_code&) {
    part(s);
    return scalar(node::kind::string, std::exchange(partial_, {}));
  }
  bool on_number_part(json::string_view s, json::error_code&) { return part(s); }
  bool on_int64(std::int64_t, json::string_view s, json::error_code&) {
    return number(node::kind::integer, s);
  }
  bool on_uint64(std::uint64_t, json::string_view s, json::error_code&) {
    return number(node::kind::integer, s);
  }
  bool on_double(double, json::string_view s, json::error_code&) {
    return number(node::kind::real, s);
  }
  bool on_bool(bool b, json::error_code&) {
    return scalar(node::kind::boolean, b ? "true" : "false");
  }
  bool on_null(json::error_code&) { return scalar(node::kind::null, {}); }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

 private:
  bool part(json::string_view s) {
    partial_.append(s.data(), s.size());
    return true;
  }
  bool number(node::kind type, json::string_view s) {
    part(s);
    return scalar(type, std::exchange(partial_, {}));
  }
  bool scalar(node::kind type, std::string text) {
    node n;
    n.type = type;
    n.text = std::move(text);
    return add(std::move(n));
  }
  bool open(node::kind type) {
    node n;
    n.type = type;
    open_.push_back(std::move(n));
    return true;
  }
  bool close() {
    node n = std::move(open_.back());
    open_.pop_back();
    return add(std::move(n));
  }
  bool add(node n) {
    auto made = std::make_shared<const node>(std::move(n));
    if (open_.empty()) {
      root_ = std::move(made);
      return true;
    }
    auto& parent = open_.back();
    parent.weight += made->weight;
    if (parent.is_list()) {
      parent.items.push_back(std::move(made));
    } else {
      parent.members.push_back({std::move(keys_.back()), std::move(made), 0});
      keys_.pop_back();
    }
    return true;
  }

  node_ptr root_;
  std::vector<node> open_;
  std::vector<std::string> keys_;
  std::string partial_;
};

std::string position(std::string_view text, std::size_t at) {
  at = std::min(at, text.size());
  const auto before = text.substr(0, at);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto begin = before.rfind('\n');
  const auto column = at - (begin == std::string_view::npos ? 0 : begin + 1) + 1;
  return fmt::format("line {}, column {}", line, column);
}

std::string_view in_words(const json::error_code& ec) {
  if (ec == json::error::syntax) return "this is not JSON";
  if (ec == json::error::incomplete)
    return "the file ends too early: a bracket, brace or quote is not closed";
  if (ec == json::error::extra_data) return "something follows the closing brace of the file";
  if (ec == json::error::too_deep) return "nested too deeply";
  if (ec == json::error::illegal_leading_surrogate ||
      ec == json::error::illegal_trailing_surrogate || ec == json::error::expected_utf16_escape)
    return "a \\u escape that is half of a character";
  return "this is not JSON";
}

}  // namespace

tree parse_json(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  json::parse_options options;
  options.max_depth = max_depth;
  options.allow_comments = true;
  options.allow_trailing_commas = true;
  json::basic_parser<builder> parser(options);
  json::error_code ec;
  auto consumed = parser.write_some(false, text.data(), text.size(), ec);
  if (!ec && consumed < text.size()) {
    const auto rest = text.substr(consumed).find_first_not_of(" \t\r\n");
    if (rest != std::string_view::npos) {
      ec = json::error::extra_data;
      consumed += rest;
    }
  }
  tree out;
  if (ec) {
    out.error = fmt::format("{}: {}", position(text, consumed), in_words(ec));
    return out;
  }
  out.root = parser.handler().root();
  if (!out.root) out.error = "the file is empty";
  return out;
}

}  // namespace anytls::config
