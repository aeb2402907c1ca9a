#pragma once
// Which bytes of a file are known to be sound: half-open ranges of positions, joined where they
// meet. Bounded: when there are too many pieces all are forgotten, which costs another check and no
// more. Thread-compatible.

#include <cstddef>
#include <cstdint>
#include <map>

namespace kappa::log {

class CheckedRanges {
 public:
  void add(int64_t begin, int64_t end);
  // Where the checked bytes around the position end; the position itself when it is not checked.
  int64_t end_at(int64_t position) const;
  size_t count() const { return ends_.size(); }

 private:
  std::map<int64_t, int64_t> ends_;  // begin → end; no two meet
};

}  // namespace kappa::log
