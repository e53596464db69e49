#include "simulate/course.h"

#include <algorithm>

namespace anytls::simulate {
namespace {

void widen(span_of& span, std::size_t value) {
  span.least = std::min(span.least, value);
  span.most = std::max(span.most, value);
}

}  // namespace

happenings& happenings::operator+=(const happenings& other) {
  requests += other.requests;
  cold_starts += other.cold_starts;
  failed += other.failed;
  handshakes += other.handshakes;
  refused += other.refused;
  closed_idle += other.closed_idle;
  closed_age += other.closed_age;
  closed_other += other.closed_other;
  return *this;
}

course::course(duration length, std::size_t columns)
    : length_(length), columns_(std::max<std::size_t>(columns, 1)) {}

duration course::begin_of(std::size_t index) const {
  return duration(static_cast<std::int64_t>(static_cast<long double>(length_.count()) * index /
                                            columns_.size()));
}

void course::begin_column() {
  const auto set = [](span_of& span, std::size_t value) { span.least = span.most = value; };
  auto& c = columns_[index_];
  set(c.ready, present_.idle + present_.retiring);
  set(c.active, present_.active);
  set(c.connecting, present_.connecting);
}

// What was present until `to` goes into the columns it spans. Means hold sums of counts x time
// until finish().
void course::reach(duration to) {
  to = std::min(to, length_);
  while (at_ < to) {
    const auto end = index_ + 1 < columns_.size() ? begin_of(index_ + 1) : length_;
    const auto until = std::min(to, std::max(end, at_));
    const auto share = static_cast<double>((until - at_).count());
    auto& c = columns_[index_];
    c.ready.mean += share * static_cast<double>(present_.idle + present_.retiring);
    c.active.mean += share * static_cast<double>(present_.active);
    c.connecting.mean += share * static_cast<double>(present_.connecting);
    at_ = until;
    if (at_ < end || index_ + 1 == columns_.size()) break;
    ++index_;
    begin_column();
  }
}

void course::hold(const pool::pool_policy::counts& counts) {
  present_ = counts;
  if (at_ == duration{0}) return begin_column();  // there was nothing before
  auto& c = columns_[index_];
  widen(c.ready, counts.idle + counts.retiring);
  widen(c.active, counts.active);
  widen(c.connecting, counts.connecting);
}

std::vector<column> course::finish() {
  reach(length_);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const auto end = i + 1 < columns_.size() ? begin_of(i + 1) : length_;
    const auto width = static_cast<double>(std::max<std::int64_t>((end - begin_of(i)).count(), 1));
    for (auto* span : {&columns_[i].ready, &columns_[i].active, &columns_[i].connecting})
      span->mean /= width;
  }
  return std::move(columns_);
}

std::vector<column> merge_columns(const std::vector<column>& from, std::size_t count) {
  std::vector<column> out;
  const auto each = std::max<std::size_t>(from.size() / std::max<std::size_t>(count, 1), 1);
  for (std::size_t i = 0; i + each <= from.size(); i += each) {
    column sum = from[i];
    const auto add = [&](span_of& to, const span_of& more) {
      to.least = std::min(to.least, more.least);
      to.most = std::max(to.most, more.most);
      to.mean += more.mean;
    };
    for (std::size_t j = i + 1; j < i + each; ++j) {
      add(sum.ready, from[j].ready);
      add(sum.active, from[j].active);
      add(sum.connecting, from[j].connecting);
      sum.events += from[j].events;
    }
    for (auto* span : {&sum.ready, &sum.active, &sum.connecting})
      span->mean /= static_cast<double>(each);
    out.push_back(sum);
  }
  return out;
}

}  // namespace anytls::simulate
