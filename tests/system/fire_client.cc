#include "system/fire_client.h"

#include <algorithm>

namespace kappa::system_test {

using namespace kappa::test;
using std::chrono::steady_clock;

void Findings::add(const std::string& finding) {
  absl::MutexLock lock(&mutex_);
  if (++count_ <= 20) std::fprintf(stderr, "FINDING: %s\n", finding.c_str());
}

bool Findings::empty() const {
  absl::MutexLock lock(&mutex_);
  return count_ == 0;
}

void Findings::wait(std::chrono::milliseconds time) const {
  auto is_there = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return count_ > 0; };
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(&is_there), absl::FromChrono(time));
}

void Commits::acknowledge(const Place& place, int64_t next) {
  absl::MutexLock lock(&mutex_);
  next_[place] = std::max(next_[place], next);
}

int64_t Commits::of(const Place& place) const {
  absl::MutexLock lock(&mutex_);
  auto found = next_.find(place);
  return found == next_.end() ? 0 : found->second;
}

Settings with_site(const Site& site, Settings settings) {
  settings["bootstrap.servers"] = site.bootstrap;
  settings["reconnect.backoff.ms"] = "20";
  settings["reconnect.backoff.max.ms"] = "100";
  settings["log_level"] = site.is_verbose ? "5" : "0";
  return settings;
}

std::string text_of(const Error& error) {
  if (!error) return "no error";
  return std::string(rd_kafka_error_name(error.get())) + " " + rd_kafka_error_string(error.get());
}

Error try_until_final(Site& site, const std::string& what,
                      const std::function<rd_kafka_error_t*()>& call) {
  auto deadline = steady_clock::now() + kPatience;
  while (true) {
    Error error(call());
    if (!error || !rd_kafka_error_is_retriable(error.get())) return error;
    if (steady_clock::now() > deadline) {
      site.findings.add(what + ": no final answer: " + text_of(error));
      return error;
    }
  }
}

namespace {

void count_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* deliveries) {
  bool is_delivered = message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
  static_cast<Deliveries*>(deliveries)->delivered += is_delivered ? 1 : 0;
}

}  // namespace

bool is_all_delivered(rd_kafka_t* producer, const Deliveries& deliveries) {
  rd_kafka_flush(producer, 5'000);
  return deliveries.delivered == deliveries.sent;
}

Handle make_transactional(Site& site, const std::string& id, Deliveries& deliveries) {
  auto deadline = steady_clock::now() + kPatience;
  while (true) {
    Handle producer = make_handle(RD_KAFKA_PRODUCER,
                                  with_site(site, {{"transactional.id", id},
                                                   {"linger.ms", "1"},
                                                   {"retry.backoff.ms", "10"},
                                                   {"batch.num.messages", "3"}}),
                                  &deliveries, nullptr, count_delivery);
    Error error = try_until_final(site, id + ": init_transactions", [&] {
      return rd_kafka_init_transactions(producer.get(), 5'000);
    });
    if (!error) return producer;
    if (steady_clock::now() > deadline) site.findings.add(id + ": " + text_of(error));
    if (!site.findings.empty()) return nullptr;
  }
}

bool produce(rd_kafka_t* producer, const Place& place, const std::string& value) {
  return rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(place.first.c_str()),
                           RD_KAFKA_V_PARTITION(place.second),
                           RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
                           RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                           RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

FireClient::FireClient(Site& site, std::string name, uint32_t number)
    : site_(site), name_(std::move(name)), random_(site.seed + number) {}

void FireClient::start() {
  thread_ = std::thread([this] { run(); });
}

void FireClient::join() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace kappa::system_test
