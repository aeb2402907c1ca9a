#include "app/librdkafka.h"

namespace kappa::app {
namespace {

StatusCode code_of(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      return StatusCode::kOk;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND:
      return StatusCode::kNotFound;
    case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS:
      return StatusCode::kAlreadyExists;
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
    case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
    case RD_KAFKA_RESP_ERR_INVALID_REQUEST:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
      return StatusCode::kInvalidArgument;
    // What a group with members, or a topic that is read, does not allow.
    case RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP:
    case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
      return StatusCode::kFailedPrecondition;
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
      return StatusCode::kDeadlineExceeded;
    default:
      return StatusCode::kUnknown;
  }
}

void ignore_log(const rd_kafka_t*, int, const char*, const char*) {}

}  // namespace

StatusOr<HandlePtr> make_client(rd_kafka_type_t type,
                                const std::map<std::string, std::string>& settings,
                                const std::function<void(rd_kafka_conf_t*)>& prepare) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char problem[512];
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), problem, sizeof problem) ==
        RD_KAFKA_CONF_OK)
      continue;
    rd_kafka_conf_destroy(conf);
    return invalid_argument("{}", problem);
  }
  // What matters comes back as an error of the call.
  rd_kafka_conf_set_log_cb(conf, ignore_log);
  if (prepare) prepare(conf);
  HandlePtr handle(rd_kafka_new(type, conf, problem, sizeof problem));
  if (handle == nullptr) {
    rd_kafka_conf_destroy(conf);
    return invalid_argument("{}", problem);
  }
  return handle;
}

Status status_of(rd_kafka_resp_err_t error, const char* message) {
  if (error == RD_KAFKA_RESP_ERR__TRANSPORT || error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
    return deadline_exceeded(
        "cannot reach the server: is `kappa serve` running, and is --bootstrap its Kafka address?");
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return OkStatus();
  return Status(code_of(error), message == nullptr ? rd_kafka_err2str(error) : message);
}

StatusOr<EventPtr> wait_for_answer(rd_kafka_queue_t* queue) {
  EventPtr event(rd_kafka_queue_poll(queue, 2 * kTimeoutMs));
  if (event == nullptr) return deadline_exceeded("no answer within {} ms", 2 * kTimeoutMs);
  RETURN_IF_ERROR(
      status_of(rd_kafka_event_error(event.get()), rd_kafka_event_error_string(event.get())));
  return event;
}

}  // namespace kappa::app
