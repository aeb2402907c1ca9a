#pragma once
// Results of variable size, named by handles that fit into a group's slot. A handle that was given
// up keeps its value until end_step(), because a slot put aside may still name it.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kappa::flow {

class ValuePool {
 public:
  // 0 is never a handle: it stands for no value.
  uint64_t add(std::string_view value) {
    size_bytes_ += value.size();
    if (free_.empty()) {
      values_.emplace_back(value);
      return values_.size();
    }
    uint64_t handle = free_.back();
    free_.pop_back();
    values_[handle - 1].assign(value);
    return handle;
  }
  const std::string& get(uint64_t handle) const { return values_[handle - 1]; }
  // Nothing for handle 0.
  void give_up(uint64_t handle) {
    if (handle != 0) given_up_.push_back(handle);
  }
  void end_step() {
    for (uint64_t handle : given_up_) {
      size_bytes_ -= values_[handle - 1].size();
      values_[handle - 1] = {};
      free_.push_back(handle);
    }
    given_up_.clear();
  }
  size_t size_bytes() const { return size_bytes_ + values_.capacity() * sizeof(std::string); }

 private:
  std::vector<std::string> values_;
  std::vector<uint64_t> free_;
  std::vector<uint64_t> given_up_;
  size_t size_bytes_ = 0;  // of the values' bytes
};

}  // namespace kappa::flow
