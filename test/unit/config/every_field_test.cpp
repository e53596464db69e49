// Every row of the tables, by generation: the example is taken, a misspelt name, a wrong type and
// (for numbers) what is out of range are answered at their place, and what is not available says
// so.

#include "texts.h"

#include "config/field_list.h"
#include "config/mihomo_yaml.h"
#include "config/report.h"
#include "config/sing_box_json.h"

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include <string>
#include <vector>

namespace anytls::config {
namespace {

namespace json = boost::json;

struct row {
  form which;
  listed_field field;
};

std::vector<row> rows() {
  std::vector<row> out;
  for (const auto which : {form::sing_box, form::mihomo})
    for (auto& field : list_fields(which)) out.push_back({which, std::move(field)});
  return out;
}

std::vector<std::string> read(form which, const json::value& document) {
  report out("file");
  const auto text = json::serialize(document);  // JSON is YAML
  (void)(which == form::sing_box ? read_sing_box(text, out) : read_mihomo(text, out));
  std::vector<std::string> said;
  for (const auto& one : out.take())
    said.push_back((one.severity == severity::error ? "error: " : "warning: ") + one.text);
  return said;
}

/// The object at "outbounds[anytls].tls", and its path with numbers; made where it is not there.
struct found {
  json::object* object;
  std::string path;
};
found walk(json::object& root, std::string_view place) {
  found at{&root, {}};
  while (!place.empty()) {
    const auto end = std::min(place.find('.'), place.size());
    auto step = place.substr(0, end);
    place.remove_prefix(std::min(end + 1, place.size()));
    const auto bracket = step.find('[');
    const auto name = step.substr(0, bracket);
    at.path += (at.path.empty() ? "" : ".") + std::string(name);
    auto& value = (*at.object)[name];
    if (bracket == step.npos) {
      if (!value.is_object()) value.emplace_object();
      at.object = &value.as_object();
      continue;
    }
    const auto type = step.substr(bracket + 1, step.size() - bracket - 2);
    auto& list = value.as_array();
    std::size_t i = 0;
    while (!type.empty() && list.at(i).as_object().at("type").as_string() != type) ++i;
    at.object = &list.at(i).as_object();
    at.path += "[" + std::to_string(i) + "]";
  }
  return at;
}

class every_field : public testing::Test {
 protected:
  /// `test(field)` for each row of both forms.
  template <typename Test>
  void each(Test test) {
    for (const auto& row : rows()) {
      form_ = row.which;
      place_ = row.field.place;
      SCOPED_TRACE(mihomo() ? "mihomo" : "sing-box");
      SCOPED_TRACE(place_ + "." + std::string(row.field.name));
      test(row.field);
    }
  }
  bool mihomo() const { return form_ == form::mihomo; }

  /// What is said of the field with that value.
  std::vector<std::string> with(std::string_view name, const json::value& value) {
    auto document = json::parse(sample_text(form_));
    auto at = walk(document.as_object(), place_);
    (*at.object)[name] = value;
    const auto path = at.path.empty() ? std::string(name) : at.path + "." + std::string(name);
    std::vector<std::string> out;
    for (const auto& one : read(form_, document))
      for (const auto after : {":", ".", "[", " ("})
        if (one.find("file: " + path + after) != one.npos) out.push_back(one);
    return out;
  }

 private:
  form form_{};
  std::string place_;
};

const std::vector<std::string> nothing;

bool is_duration(std::string_view example) {
  return example.size() > 3 && example[0] == '"' && example[1] >= '0' && example[1] <= '9' &&
         example.find_first_not_of("\"0123456789smh") == example.npos;
}

/// Types, tags, sections: whatever has no value of its own to try.
bool has_example(const listed_field& f) {
  return f.status == status::obeyed && !f.text.example.empty();
}

bool is_error(const std::string& said) { return said.starts_with("error: "); }

TEST(every_field_of_the_samples, is_read_without_a_word) {
  for (const auto which : {form::sing_box, form::mihomo})
    for (const auto& said : read(which, json::parse(sample_text(which))))
      EXPECT_TRUE(is_about_the_build(said)) << said;
}

TEST_F(every_field, does_what_its_row_says) {
  each([&](const listed_field& f) {
    if (has_example(f)) {
      EXPECT_EQ(with(f.name, json::parse(f.text.example)), nothing) << f.text.example;
    }
    if (f.status == status::obeyed) return;
    const bool switched = f.off == off_when::not_switched;
    const auto said = with(f.name, switched ? json::value{{"enabled", true}} : json::value("x"));
    if (f.status == status::accepted) {
      EXPECT_EQ(said, nothing);
      return;
    }
    ASSERT_EQ(said.size(), 1);
    EXPECT_EQ(is_error(said[0]), f.status == status::refused) << said[0];
    EXPECT_NE(said[0].find(f.consequence), std::string::npos) << said[0];
    EXPECT_EQ(with(f.name, switched ? json::value{{"enabled", false}} : json::value(false)),
              nothing)
        << "switched off it is nothing to speak of";
  });
}

TEST_F(every_field, misspelt_is_answered_with_the_right_name) {
  each([&](const listed_field& f) {
    const auto said = with(std::string(f.name) + "q", "x");
    ASSERT_EQ(said.size(), 1);
    EXPECT_EQ(is_error(said[0]), !mihomo()) << said[0];
    EXPECT_NE(said[0].find("unknown field"), std::string::npos) << said[0];
    if (f.name.size() < 5) return;
    EXPECT_NE(said[0].find("did you mean"), std::string::npos) << said[0];
  });
}

TEST_F(every_field, of_a_wrong_type_is_answered_at_its_place) {
  each([&](const listed_field& f) {
    if (!has_example(f)) return;
    const auto example = json::parse(f.text.example);
    const json::value map{{"no", {{"such", 1}}}};
    // One object may stand where a list of them may.
    const auto said =
        with(f.name, example.is_object() || f.name == "rules" ? json::value("x") : map);
    ASSERT_FALSE(said.empty());
    EXPECT_TRUE(is_error(said[0])) << said[0];
  });
}

TEST_F(every_field, out_of_range_is_answered_at_its_place) {
  std::size_t tried = 0;
  each([&](const listed_field& f) {
    if (!has_example(f)) return;
    const auto example = json::parse(f.text.example);
    std::vector<json::value> wrong;
    if (example.is_number()) wrong = {-1, 99'999'999'999, 1.5};
    if (is_duration(f.text.example)) wrong = {"-1s", "1 parsec", "99999999999999999999h"};
    for (const auto& value : wrong) {
      const auto said = with(f.name, value);
      ASSERT_FALSE(said.empty()) << "took " << value;
      EXPECT_TRUE(is_error(said[0])) << said[0];
      ++tried;
    }
  });
  EXPECT_GT(tried, 100);
}

}  // namespace
}  // namespace anytls::config
