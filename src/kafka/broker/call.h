#pragma once
// One request being served: its header, the bytes that its message's views point into, and the way
// back. Answered exactly once, from any thread.

#include <memory>
#include <string>
#include <vector>

#include "kafka/broker/answer_queue.h"
#include "kafka/protocol/codec.h"
#include "kafka/protocol/frame.h"

namespace kappa::kafka {

class Call {
 public:
  Call(std::shared_ptr<AnswerQueue> answers, std::string frame);

  // False when the header is short. What follows it is body() until the dispatcher trims it.
  bool read_header();
  const RequestHeader& header() const { return header_; }
  int16_t version() const { return header_.api_version; }
  std::string_view body() const { return body_; }
  bool skip_header_tags() { return kafka::skip_header_tags(body_); }
  const net::Connection& connection() const { return answers_->connection(); }

  void hold(size_t answer_bytes) { answers_->hold(slot_, answer_bytes); }
  void on_cancel(std::function<void()> cancel) { answers_->on_cancel(slot_, std::move(cancel)); }

  template <typename Response>
  void answer(const Response& response, size_t body_bytes_hint = 0) {
    answer_as(response, version(), body_bytes_hint);
  }
  // For ApiVersions, whose refusals have the form of version 0.
  template <typename Response>
  void answer_as(const Response& response, int16_t version, size_t body_bytes_hint = 0) {
    bool is_flexible = Response::kInfo.flexible.contains(version);
    bool has_tags = is_flexible && Response::kInfo.api_key != kApiVersionsKey;
    std::string frame = begin_response(header_.correlation_id, has_tags, body_bytes_hint);
    std::vector<RangePlace> ranges;
    encode(response, version, frame, &ranges);
    finish(std::move(frame), ranges);
  }
  // The request wants no answer.
  void answer_nothing() { answers_->complete(slot_, {}); }
  // Closes the connection instead of answering, with a line in the log.
  void refuse(std::string_view reason);

 private:
  static constexpr int16_t kApiVersionsKey = 18;

  void finish(std::string frame, const std::vector<RangePlace>& ranges);

  const std::shared_ptr<AnswerQueue> answers_;
  const std::string frame_;
  const AnswerQueue::Slot slot_;
  RequestHeader header_;
  std::string_view body_;
};

}  // namespace kappa::kafka
