#include "kafka/broker/call.h"

#include "base/logging.h"

namespace kappa::kafka {

Call::Call(std::shared_ptr<AnswerQueue> answers, std::string frame)
    : answers_(std::move(answers)),
      frame_(std::move(frame)),
      slot_(answers_->open(frame_.size())) {}

bool Call::read_header() {
  auto header = read_request_header(frame_, body_);
  if (header) header_ = *header;
  return header.has_value();
}

void Call::finish(std::string frame, const std::vector<RangePlace>& ranges) {
  size_t range_bytes = 0;
  for (const RangePlace& place : ranges) range_bytes += place.range->size_bytes;
  finish_frame(frame, range_bytes);
  net::Parts parts;
  if (ranges.empty()) {
    parts.push_back(std::move(frame));
  } else {
    size_t begin = 0;
    for (const RangePlace& place : ranges) {
      parts.push_back(frame.substr(begin, place.position - begin));
      parts.push_back(*place.range);
      begin = place.position;
    }
    if (begin < frame.size()) parts.push_back(frame.substr(begin));
  }
  answers_->complete(slot_, std::move(parts));
}

void Call::refuse(std::string_view reason) {
  LOG_WARN("kafka connection closed: reason={} api_key={} version={} client={:?} peer={}", reason,
           header_.api_key, header_.api_version, header_.client_id.substr(0, 64),
           connection().peer());
  answers_->close();
  answers_->complete(slot_, {});
}

}  // namespace kappa::kafka
