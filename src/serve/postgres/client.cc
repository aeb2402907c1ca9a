#include "serve/postgres/client.h"

#include "serve/postgres/errors.h"

namespace kappa::serve::postgres {
namespace {

// How often the unsent bytes are looked at while a client does not read.
const absl::Duration kUnsentPoll = absl::Milliseconds(1);

}  // namespace

void Client::cancel() {
  absl::MutexLock lock(&mutex_);
  is_cancelled_ = true;
  if (engine_ != nullptr) engine_->cancel();
}

void Client::disconnect(Status reason) {
  if (reason.ok()) {
    inbox.close();
  } else {
    inbox.end(std::move(reason), /*is_urgent=*/true);
  }
  cancel();
}

void Client::set_engine(engine::Session* engine) {
  absl::MutexLock lock(&mutex_);
  engine_ = engine;
}

void Client::flush() {
  if (out_.empty()) return;
  connection->send(std::move(out_));
  out_ = {};
}

Status Client::flush_if_full() {
  if (is_cancelled_ || inbox.is_ending()) {
    return wire_error("57014", "canceling statement due to user request");
  }
  if (out_.size() < kFlushBytes) return OkStatus();
  flush();
  while (connection->unsent_bytes() > kUnsentBytesMax) {
    if (is_cancelled_ || inbox.is_ending()) {
      return wire_error("57014", "canceling statement due to user request");
    }
    inbox.wait_ending(kUnsentPoll);
  }
  return OkStatus();
}

}  // namespace kappa::serve::postgres
