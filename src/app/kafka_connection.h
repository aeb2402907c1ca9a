#pragma once
// One blocking connection to a Kafka-protocol server, for the requests that librdkafka has no
// functions for. Confined to one thread.
//
//   ASSIGN_OR_RETURN(auto connection, KafkaConnection::open("127.0.0.1:9092"));
//   ASSIGN_OR_RETURN(auto answer, connection->call<kafka::ListTransactionsApi>(0, request));

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "kafka/protocol/codec.h"

namespace kappa::app {

class KafkaConnection {
 public:
  // `bootstrap`: host:port[,host:port]; the first that answers is taken. Errors: kInvalidArgument,
  // kUnavailable.
  static StatusOr<std::unique_ptr<KafkaConnection>> open(const std::string& bootstrap);
  ~KafkaConnection();

  // The answer to a request of a flexible version. What its views point to lives until the next
  // call. Errors: kUnavailable (also: the server does not know the request), kDeadlineExceeded,
  // kDataLoss (not an answer).
  template <typename Api>
  StatusOr<typename Api::Response> call(int16_t version, const typename Api::Request& request) {
    std::string body;
    kafka::encode(request, version, body);
    ASSIGN_OR_RETURN(std::string_view bytes, exchange(Api::kInfo.api_key, version, body));
    typename Api::Response response;
    if (!kafka::decode(bytes, version, response))
      return data_loss("the server's answer to {} is malformed", Api::kInfo.api_name);
    return response;
  }

 private:
  explicit KafkaConnection(int socket) : socket_(socket) {}

  // The body of the answer.
  StatusOr<std::string_view> exchange(int16_t api_key, int16_t version, std::string_view body);
  Status send_all(std::string_view bytes);
  Status receive(size_t count);

  const int socket_;
  int32_t last_correlation_id_ = 0;
  std::string frame_;
};

}  // namespace kappa::app
