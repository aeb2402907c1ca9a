#pragma once
// A Kafka client of one blocking socket: for benchmarks that need thousands of clients, or one
// that does not read its answers. Ends the program when the connection fails.

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "kafka/protocol/codec.h"
#include "kafka/testing/request_frame.h"

namespace kappa::bench {

class KafkaSocket {
 public:
  // address: "127.0.0.1:9092". receive_bytes: of the kernel's buffer; 0 leaves it as it is.
  explicit KafkaSocket(const std::string& address, int receive_bytes = 0) {
    const size_t colon = address.rfind(':');
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<uint16_t>(std::stoi(address.substr(colon + 1))));
    inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr);
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket_ < 0) fail("socket");
    if (receive_bytes > 0)
      setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
    int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) fail("connect");
  }
  KafkaSocket(KafkaSocket&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
  ~KafkaSocket() {
    if (socket_ >= 0) ::close(socket_);
  }

  template <typename Api>
  void send(int16_t version, const typename Api::Request& request) {
    const std::string frame = kafka::request_frame<Api>(version, 0, "bench", request);
    for (std::string_view rest = frame; !rest.empty();) {
      ssize_t n = ::send(socket_, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (n <= 0) fail("send");
      rest.remove_prefix(static_cast<size_t>(n));
    }
  }

  // The next answer; what it points to is valid until the next one.
  template <typename Api>
  typename Api::Response receive(int16_t version) {
    std::string size(4, 0);
    read_exactly(size);
    answer_.resize(load_big_endian<uint32_t>(size.data()));
    read_exactly(answer_);
    Reader reader(answer_);
    reader.i32();  // the correlation id: one request at a time
    if (kafka::has_tagged_header<Api>(version)) reader.uvarint();
    typename Api::Response response;
    if (!kafka::decode(reader.view(reader.remaining()), version, response)) fail("decode");
    return response;
  }

  template <typename Api>
  typename Api::Response call(int16_t version, const typename Api::Request& request) {
    send<Api>(version, request);
    return receive<Api>(version);
  }

 private:
  [[noreturn]] static void fail(const char* what) {
    fmt::print(stderr, "kafka socket: {} failed: {}\n", what, std::strerror(errno));
    std::exit(1);
  }
  void read_exactly(std::string& out) {
    for (size_t done = 0; done < out.size();) {
      ssize_t n = ::recv(socket_, out.data() + done, out.size() - done, 0);
      if (n <= 0) fail("receive");
      done += static_cast<size_t>(n);
    }
  }

  int socket_ = -1;
  std::string answer_;
};

}  // namespace kappa::bench
