#pragma once
// What waits to leave through one socket, in order, and the writing of it in turns: a turn ends
// when the socket takes no more, or after so many bytes that the others' turns are due. Bytes are
// gathered into one call; ranges of files go from the page cache. Net's own; confined to one
// thread.

#include <cstddef>
#include <deque>

#include "base/status.h"
#include "net/session.h"

namespace kappa::net {

class PartWriter {
 public:
  enum class End {
    kAllSent,
    kSocketFull,
    kTurnOver,
  };
  struct Turn {
    End end = End::kAllSent;
    size_t sent_bytes = 0;
    size_t freed_bytes = 0;  // of memory
  };

  void add(Part part) { parts_.push_back(std::move(part)); }
  void clear() { parts_.clear(); }

  // Writes about bytes_max. Errors: kAborted the peer is gone; else what is wrong with a file.
  StatusOr<Turn> write(int socket, size_t bytes_max);

 private:
  // As much of the parts at the front as one call takes. 0: the socket is full.
  StatusOr<size_t> write_bytes(int socket, size_t bytes_max) const;
  StatusOr<size_t> write_some(int socket, size_t bytes_max) const;
  void drop(size_t sent_bytes, Turn& turn);

  std::deque<Part> parts_;
  size_t done_bytes_ = 0;  // of the first part
};

}  // namespace kappa::net
