#include "env/file_range.h"

#include <errno.h>
#include <sys/socket.h>

#include <algorithm>

namespace kappa::env {

StatusOr<std::string> read_range(const FileRange& range) {
  std::string bytes(range.size_bytes, '\0');
  ASSIGN_OR_RETURN(size_t size, range.file->read_at(range.position, bytes.size(), bytes.data()));
  if (size < bytes.size())
    return data_loss("file is too short: position={} wanted={} found={}", range.position,
                     bytes.size(), size);
  return bytes;
}

StatusOr<size_t> File::send_to(int socket, int64_t position, size_t count) const {
  constexpr size_t kBytesMax = 16 << 10;
  char bytes[kBytesMax];
  ASSIGN_OR_RETURN(size_t size, read_at(position, std::min(count, kBytesMax), bytes));
  if (size == 0) return data_loss("file is too short: position={}", position);
  ssize_t n;
  do {
    n = ::send(socket, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (n < 0 && errno == EINTR);
  if (n >= 0) return static_cast<size_t>(n);
  if (errno == EAGAIN || errno == EWOULDBLOCK) return 0;
  return aborted("peer is gone");
}

}  // namespace kappa::env
