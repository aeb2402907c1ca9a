#include "net/part_writer.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>

namespace kappa::net {
namespace {

constexpr size_t kGatheredMax = 64;  // parts in one call

}  // namespace

StatusOr<PartWriter::Turn> PartWriter::write(int socket, size_t bytes_max) {
  Turn turn;
  while (!parts_.empty()) {
    if (turn.sent_bytes >= bytes_max) {
      turn.end = End::kTurnOver;
      break;
    }
    ASSIGN_OR_RETURN(size_t sent, write_some(socket, bytes_max - turn.sent_bytes));
    if (sent == 0) {
      turn.end = End::kSocketFull;
      break;
    }
    drop(sent, turn);
  }
  return turn;
}

StatusOr<size_t> PartWriter::write_some(int socket, size_t bytes_max) const {
  const auto* range = std::get_if<env::FileRange>(&parts_.front());
  if (range == nullptr) return write_bytes(socket, bytes_max);
  return range->file->send_to(socket, range->position + static_cast<int64_t>(done_bytes_),
                              std::min(range->size_bytes - done_bytes_, bytes_max));
}

StatusOr<size_t> PartWriter::write_bytes(int socket, size_t bytes_max) const {
  iovec buffers[kGatheredMax];
  size_t count = 0, skipped = done_bytes_;
  for (const Part& part : parts_) {
    const auto* bytes = std::get_if<std::string>(&part);
    if (bytes == nullptr || count == kGatheredMax || bytes_max == 0) break;
    const size_t size = std::min(bytes->size() - skipped, bytes_max);
    buffers[count++] = {const_cast<char*>(bytes->data()) + skipped, size};
    bytes_max -= size;
    skipped = 0;
  }
  msghdr message{};
  message.msg_iov = buffers;
  message.msg_iovlen = count;
  // A head waits for the beginning of its file, to leave in one packet with it.
  const int more = count < parts_.size() ? MSG_MORE : 0;
  ssize_t n;
  do {
    n = ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT | more);
  } while (n < 0 && errno == EINTR);
  if (n >= 0) return static_cast<size_t>(n);
  if (errno == EAGAIN || errno == EWOULDBLOCK) return 0;
  return aborted("peer is gone");
}

void PartWriter::drop(size_t sent_bytes, Turn& turn) {
  turn.sent_bytes += sent_bytes;
  done_bytes_ += sent_bytes;
  while (!parts_.empty() && done_bytes_ >= size_bytes(parts_.front())) {
    done_bytes_ -= size_bytes(parts_.front());
    turn.freed_bytes += memory_bytes(parts_.front());
    parts_.pop_front();
  }
}

}  // namespace kappa::net
