#include "config/yaml_tree.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <exception>
#include <istream>
#include <optional>
#include <streambuf>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace anytls::config {
namespace {

/// Leaves the parser from inside an event; caught at the edge, in parse_yaml.
struct refused : std::exception {
  refused(std::uint32_t at, std::string why) : line(at), sentence(std::move(why)) {}
  std::uint32_t line;
  std::string sentence;
};

std::uint32_t line_of(const YAML::Mark& mark) noexcept {
  return mark.line < 0 ? 0 : static_cast<std::uint32_t>(mark.line) + 1;
}

class builder final : public YAML::EventHandler {
 public:
  node_ptr root() const { return root_; }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    node n;
    n.line = line_of(mark);
    add(std::make_shared<const node>(std::move(n)), anchor, false);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end())
      throw refused(line_of(mark), "an alias stands inside its own anchor");
    count_repeated(found->second->weight, line_of(mark));
    add(found->second, YAML::NullAnchor, false);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    node n;
    n.type = tag == "?" ? node::kind::plain : node::kind::string;
    n.text = value;
    n.line = line_of(mark);
    add(std::make_shared<const node>(std::move(n)), anchor, tag == "?");
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(node::kind::list, mark, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(node::kind::map, mark, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct frame {
    node made;
    YAML::anchor_t anchor;
    std::optional<member> waiting;  ///< map: a key that has no value yet
    bool waiting_merge = false;     ///< and it is an unquoted <<
    std::vector<std::pair<node_ptr, std::uint32_t>> merges;
  };

  void open(node::kind type, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (frames_.size() >= max_depth) throw refused(line_of(mark), "nested too deeply");
    if (!frames_.empty() && frames_.back().made.is_map() && !frames_.back().waiting)
      throw refused(line_of(mark), "a key is a list or a map; keys are plain words here");
    frame f{{}, anchor, {}, false, {}};
    f.made.type = type;
    f.made.line = line_of(mark);
    frames_.push_back(std::move(f));
  }

  void close() {
    frame f = std::move(frames_.back());
    frames_.pop_back();
    apply_merges(f);
    add(std::make_shared<const node>(std::move(f.made)), f.anchor, false);
  }

  void add(node_ptr made, YAML::anchor_t anchor, bool plain) {
    if (anchor != YAML::NullAnchor) anchors_[anchor] = made;
    if (frames_.empty()) {
      root_ = std::move(made);
      return;
    }
    auto& f = frames_.back();
    if (f.made.is_list()) {
      f.made.weight += made->weight;
      f.made.items.push_back(std::move(made));
      return;
    }
    if (!f.waiting) {
      if (!made->is_scalar())
        throw refused(made->line, "a key is a list or a map; keys are plain words here");
      f.waiting = member{made->text, nullptr, made->line};
      f.waiting_merge = plain && made->text == "<<";
      return;
    }
    if (f.waiting_merge) {
      f.merges.emplace_back(std::move(made), f.waiting->line);
    } else {
      f.made.weight += made->weight;
      f.waiting->value = std::move(made);
      f.made.members.push_back(std::move(*f.waiting));
    }
    f.waiting.reset();
  }

  void apply_merges(frame& f) {
    if (f.merges.empty()) return;
    if (f.merges.size() > 1)
      throw refused(f.merges[1].second, "<< stands twice in one map; write <<: [*a, *b]");
    std::unordered_set<std::string_view> own;
    for (const auto& m : f.made.members) own.insert(m.key);
    std::vector<member> merged;
    const auto& [source, line] = f.merges.front();
    if (source->is_map()) {
      merge(*source, line, own, merged);
    } else if (source->is_list()) {
      for (const auto& item : source->items) {
        if (!item->is_map()) throw refused(line, "<< takes a map or a list of maps");
        merge(*item, line, own, merged);
      }
    } else if (!source->is_null()) {
      throw refused(line, "<< takes a map or a list of maps");
    }
    for (auto& m : merged) {
      f.made.weight += m.value->weight;
      f.made.members.push_back(std::move(m));
    }
  }

  /// The keys are views into nodes that live as long as the tree: anchors_ holds them.
  void merge(const node& from, std::uint32_t line, std::unordered_set<std::string_view>& seen,
             std::vector<member>& into) {
    for (const auto& m : from.members) {
      if (!seen.insert(m.key).second) continue;
      count_repeated(m.value->weight, line);
      into.push_back(m);
    }
  }

  void count_repeated(std::size_t weight, std::uint32_t line) {
    repeated_ += weight;
    if (weight > max_repeated || repeated_ > max_repeated)
      throw refused(line, "aliases repeat too much: this looks like an alias bomb");
  }

  std::vector<frame> frames_;
  std::unordered_map<YAML::anchor_t, node_ptr> anchors_;
  node_ptr root_;
  std::size_t repeated_ = 0;
};

/// Reads the text where it lies.
class view_buffer final : public std::streambuf {
 public:
  explicit view_buffer(std::string_view text) {
    auto* begin = const_cast<char*>(text.data());
    setg(begin, begin, begin + text.size());
  }
};

}  // namespace

tree parse_yaml(std::string_view text) {
  tree out;
  try {
    view_buffer buffer(text);
    std::istream stream(&buffer);
    YAML::Parser parser(stream);
    builder made;
    if (!parser.HandleNextDocument(made) || !made.root()) {
      out.error = "the file is empty";
      return out;
    }
    out.root = made.root();
    builder second;
    if (parser.HandleNextDocument(second) && second.root() && !second.root()->is_null()) {
      out.line = second.root()->line;
      out.root = nullptr;
      out.error = "a second document (---) in one file; only one is read";
    }
  } catch (const refused& e) {
    out.root = nullptr;
    out.line = e.line;
    out.error = e.sentence;
  } catch (const YAML::Exception& e) {
    out.root = nullptr;
    out.error = e.mark.is_null() ? fmt::format("this is not YAML: {}", e.msg)
                                 : fmt::format("line {}, column {}: this is not YAML: {}",
                                               e.mark.line + 1, e.mark.column + 1, e.msg);
  } catch (const std::exception&) {
    out.root = nullptr;
    out.error = "this is not YAML";
  }
  return out;
}

}  // namespace anytls::config
