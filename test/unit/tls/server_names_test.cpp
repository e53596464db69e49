#include "tls/server_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace anytls::tls {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

server_names sample() {
  server_names out;
  out.add("a.example", 0);
  out.add("*.example", 1);
  out.add("*.wild.example", 2);
  out.add("A.Example.", 3);
  return out;
}

TEST(server_names, an_exact_name_goes_before_a_wildcard) {
  const auto names = sample();
  EXPECT_THAT(names.find("a.example"), ElementsAre(0, 3));
  EXPECT_THAT(names.find("b.example"), ElementsAre(1));
}

TEST(server_names, letters_may_be_of_either_case_and_a_last_dot_means_nothing) {
  const auto names = sample();
  EXPECT_THAT(names.find("A.EXAMPLE."), ElementsAre(0, 3));
  EXPECT_THAT(names.find("X.Wild.Example"), ElementsAre(2));
}

TEST(server_names, a_wildcard_stands_for_one_label) {
  const auto names = sample();
  EXPECT_THAT(names.find("x.y.wild.example"), IsEmpty());
  EXPECT_THAT(names.find("wild.example"), ElementsAre(1));
  EXPECT_THAT(names.find("example"), IsEmpty());
  EXPECT_THAT(names.find(".wild.example"), IsEmpty());
}

TEST(server_names, strange_names_are_nobodys) {
  const auto names = sample();
  for (const auto* name : {"", ".", "*", "*.", "..", "*.example.other"})
    EXPECT_THAT(names.find(name), IsEmpty()) << name;
}

TEST(server_names, a_certificate_is_once_under_a_name) {
  server_names names;
  names.add("a.example", 4);
  names.add("a.example", 4);
  EXPECT_THAT(names.find("a.example"), ElementsAre(4));
}

}  // namespace
}  // namespace anytls::tls
