#include "server/leftovers.h"

#include <utility>

namespace anytls::server {

leftovers::place::place(std::shared_ptr<leftovers> all, const void* user, std::function<void()> cut)
    : all_(std::move(all)), user_(user), cut_(std::move(cut)) {
  auto& row = all_->rows_[user_];
  std::function<void()> cut_oldest;
  if (!row.empty() && row.size() >= all_->most_) {
    auto* oldest = row.front();
    row.pop_front();
    oldest->in_ = false;
    cut_oldest = std::move(oldest->cut_);
    ++all_->cut_;
  }
  at_ = row.insert(row.end(), this);
  if (cut_oldest) cut_oldest();
}

leftovers::place::~place() {
  if (!in_) return;
  const auto row = all_->rows_.find(user_);
  row->second.erase(at_);
  if (row->second.empty()) all_->rows_.erase(row);
}

std::size_t leftovers::count(const void* user) const noexcept {
  const auto row = rows_.find(user);
  return row == rows_.end() ? 0 : row->second.size();
}

}  // namespace anytls::server
