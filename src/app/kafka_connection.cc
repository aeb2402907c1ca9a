#include "app/kafka_connection.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "app/server_options.h"
#include "base/bytes.h"
#include "kafka/protocol/frame.h"

namespace kappa::app {
namespace {

constexpr int kTimeoutSeconds = 10;
constexpr int32_t kAnswerBytesMax = 64 << 20;
constexpr std::string_view kClientId = "kappa";

Status failure_of(const char* what) {
  if (errno == EAGAIN || errno == EWOULDBLOCK)
    return deadline_exceeded("{}: no answer for {} s", what, kTimeoutSeconds);
  return unavailable("{}: {}", what, std::strerror(errno));
}

StatusOr<int> connect_to(const Address& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(address.port);
  int error = getaddrinfo(address.host.c_str(), port.c_str(), &hints, &found);
  if (error != 0) return unavailable("{}: {}", to_string(address), gai_strerror(error));
  std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  Status status = unavailable("{}: no address", to_string(address));
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    int handle = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
    if (handle < 0) return failure_of("socket");
    const timeval timeout{.tv_sec = kTimeoutSeconds, .tv_usec = 0};
    setsockopt(handle, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    setsockopt(handle, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    if (connect(handle, at->ai_addr, at->ai_addrlen) == 0) return handle;
    status = annotate(failure_of("connect"), to_string(address));
    close(handle);
  }
  return status;
}

}  // namespace

StatusOr<std::unique_ptr<KafkaConnection>> KafkaConnection::open(const std::string& bootstrap) {
  Status status = invalid_argument("HOST:PORT is needed, got nothing");
  std::string_view rest = bootstrap;
  while (!rest.empty()) {
    const size_t comma = std::min(rest.find(','), rest.size());
    ASSIGN_OR_RETURN(Address address, parse_address(std::string(rest.substr(0, comma))));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    auto socket = connect_to(address);
    if (socket.ok()) return std::unique_ptr<KafkaConnection>(new KafkaConnection(*socket));
    status = socket.status();
  }
  return status;
}

KafkaConnection::~KafkaConnection() { close(socket_); }

StatusOr<std::string_view> KafkaConnection::exchange(int16_t api_key, int16_t version,
                                                     std::string_view body) {
  std::string request;
  Writer writer(request);
  writer.i32(0);
  writer.i16(api_key);
  writer.i16(version);
  writer.i32(++last_correlation_id_);
  writer.i16(static_cast<int16_t>(kClientId.size()));
  writer.raw(kClientId);
  writer.uvarint(0);  // no tags
  writer.raw(body);
  kafka::finish_frame(request);
  RETURN_IF_ERROR(send_all(request));
  RETURN_IF_ERROR(receive(sizeof(int32_t)));
  const auto size = load_big_endian<int32_t>(frame_.data());
  if (size < 0 || size > kAnswerBytesMax)
    return data_loss("the server's answer has an impossible size: {}", size);
  RETURN_IF_ERROR(receive(static_cast<size_t>(size)));
  Reader reader(frame_);
  const int32_t correlation_id = reader.i32();
  const bool has_no_tags = reader.uvarint() == 0;
  if (!reader.ok() || correlation_id != last_correlation_id_ || !has_no_tags)
    return data_loss("the server's answer has a malformed header");
  return std::string_view(frame_).substr(reader.position());
}

Status KafkaConnection::send_all(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return failure_of("send");
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return OkStatus();
}

Status KafkaConnection::receive(size_t count) {
  frame_.resize(count);
  for (size_t at = 0; at < count;) {
    ssize_t got = recv(socket_, frame_.data() + at, count - at, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failure_of("receive");
    if (got == 0)
      return unavailable("the server closed the connection; perhaps it does not know the request");
    at += static_cast<size_t>(got);
  }
  return OkStatus();
}

}  // namespace kappa::app
