#include "system/fire_consumers.h"

#include <fmt/format.h>

#include <utility>

namespace kappa::system_test {

using namespace kappa::test;
using std::chrono::steady_clock;

GroupClient::GroupClient(Site& site, std::string name, uint32_t number, std::string group,
                         std::vector<std::string> topics)
    : FireClient(site, std::move(name), number),
      group_(std::move(group)),
      topics_(std::move(topics)) {}

void GroupClient::join_group() {
  Settings settings = {{"group.id", group_},
                       {"isolation.level", "read_committed"},
                       {"enable.auto.commit", "false"},
                       {"auto.offset.reset", "earliest"},
                       {"session.timeout.ms", "10000"},
                       {"heartbeat.interval.ms", "500"},
                       {"fetch.wait.max.ms", "50"}};
  consumer_ = make_handle(RD_KAFKA_CONSUMER, with_site(site_, settings), this, on_rebalance);
  rd_kafka_poll_set_consumer(consumer_.get());
  Offsets topics(rd_kafka_topic_partition_list_new(1));
  for (const std::string& topic : topics_) {
    rd_kafka_topic_partition_list_add(topics.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  }
  auto error = rd_kafka_subscribe(consumer_.get(), topics.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) report(rd_kafka_err2str(error));
}

void GroupClient::leave_group() {
  rd_kafka_consumer_close(consumer_.get());
  consumer_.reset();
}

void GroupClient::on_rebalance(rd_kafka_t* handle, rd_kafka_resp_err_t error,
                               rd_kafka_topic_partition_list_t* partitions, void* self) {
  static_cast<GroupClient*>(self)->on_change();
  bool is_assign = error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
  rd_kafka_assign(handle, is_assign ? partitions : nullptr);
}

Copier::Copier(Site& site, uint32_t number, Route route)
    : GroupClient(site, fmt::format("copier {}", number), number, route.group, {route.from}),
      route_(std::move(route)),
      id_(fmt::format("copier-{}", number)) {}

void Copier::run() {
  join_group();
  Step step = Step::kProducerIsLost;
  while (!is_stopping()) {
    if (step == Step::kProducerIsLost) producer_ = make_transactional(site_, id_, deliveries_);
    if (!producer_) break;
    // Only now: a decision that was under way has been taken, and the offsets are those after it.
    if (step != Step::kDone && !rewind()) break;
    step = copy_some();
  }
  if (producer_ && step == Step::kDone) producer_.reset();
  leave_group();
}

Copier::Step Copier::copy_some() {
  int64_t count = produce_some();
  if (count < 0) return Step::kProducerIsLost;
  if (count == 0) return is_disturbed_ ? Step::kAgain : Step::kDone;
  if (random_below(2) == 0) rd_kafka_flush(producer_.get(), 1'000);
  if (is_disturbed_ || random_below(8) == 0 || !is_all_delivered(producer_.get(), deliveries_))
    return abort();
  Error error = commit();
  if (!error) {
    count_progress(count);
    return Step::kDone;
  }
  return rd_kafka_error_txn_requires_abort(error.get()) ? abort() : Step::kProducerIsLost;
}

// Begins a transaction with the first record there is. Gives the number of records; -1 when the
// producer cannot begin.
int64_t Copier::produce_some() {
  next_.clear();
  deliveries_ = {};
  is_disturbed_ = false;
  int64_t count = 0;
  for (uint32_t left = 1 + random_below(20); left > 0; --left) {
    Message message(rd_kafka_consumer_poll(consumer(), 50));
    if (!message || is_disturbed_) break;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    if (count == 0) {
      if (Error error(rd_kafka_begin_transaction(producer_.get())); error) return -1;
    }
    ++count;
    ++deliveries_.sent;
    std::string value(static_cast<const char*>(message->payload), message->len);
    Place to(route_.to, message->partition % route_.partitions_to);
    if (!produce(producer_.get(), to,
                 fmt::format(R"({{"p": {}, "o": {}, "v": {}}})", message->partition,
                             message->offset, value))) {
      is_disturbed_ = true;
      break;
    }
    next_[message->partition] = message->offset + 1;
  }
  return count;
}

Error Copier::commit() {
  Offsets offsets(rd_kafka_topic_partition_list_new(1));
  for (const auto& [partition, next] : next_) {
    rd_kafka_topic_partition_list_add(offsets.get(), route_.from.c_str(), partition)->offset = next;
  }
  GroupMetadata group(rd_kafka_consumer_group_metadata(consumer()));
  Error error = try_until_final(site_, name() + ": send offsets", [&] {
    return rd_kafka_send_offsets_to_transaction(producer_.get(), offsets.get(), group.get(), 5'000);
  });
  if (error) return error;
  return try_until_final(site_, name() + ": commit",
                         [&] { return rd_kafka_commit_transaction(producer_.get(), 5'000); });
}

Copier::Step Copier::abort() {
  Error error = try_until_final(site_, name() + ": abort",
                                [&] { return rd_kafka_abort_transaction(producer_.get(), 5'000); });
  return error ? Step::kProducerIsLost : Step::kAgain;
}

// Back to what the group has committed. False: it cannot, and that is a finding.
bool Copier::rewind() {
  auto deadline = steady_clock::now() + kPatience;
  while (!is_stopping()) {
    rd_kafka_topic_partition_list_t* assigned = nullptr;
    rd_kafka_assignment(consumer(), &assigned);
    Offsets places(assigned);
    if (!places || places->cnt == 0) return true;
    rd_kafka_resp_err_t error = rd_kafka_committed(consumer(), places.get(), 5'000);
    for (int i = 0; i < places->cnt; ++i) {
      auto& place = places->elems[i];
      if (place.err != RD_KAFKA_RESP_ERR_NO_ERROR) error = place.err;
      if (place.offset < 0) place.offset = RD_KAFKA_OFFSET_BEGINNING;
    }
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      Error failed(rd_kafka_seek_partitions(consumer(), places.get(), 5'000));
      for (int i = 0; i < places->cnt; ++i) {
        if (places->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR) error = places->elems[i].err;
      }
      if (!failed && error == RD_KAFKA_RESP_ERR_NO_ERROR) return true;
    }
    if (steady_clock::now() > deadline) {
      report(fmt::format("cannot go back to the commit: {}", rd_kafka_err2str(error)));
    }
  }
  return false;
}

Reader::Reader(Site& site, uint32_t number, const std::string& group,
               std::vector<std::string> topics)
    : GroupClient(site, fmt::format("reader {}", number), number, group, std::move(topics)) {}

void Reader::run() {
  join_group();
  auto last_commit = steady_clock::now();
  while (!is_stopping()) {
    Message message(rd_kafka_consumer_poll(consumer(), 50));
    if (message && message->err == RD_KAFKA_RESP_ERR_NO_ERROR) take(*message);
    if (steady_clock::now() - last_commit < std::chrono::milliseconds(100)) continue;
    commit();
    last_commit = steady_clock::now();
  }
  commit();
  leave_group();
}

void Reader::take(const rd_kafka_message_t& message) {
  Place place(rd_kafka_topic_name(message.rkt), message.partition);
  auto [next, is_first] = next_.try_emplace(place, site_.commits.of(place));
  if (message.offset < next->second) {
    report(fmt::format("{} {}: offset {} {} {}", place.first, place.second, message.offset,
                       is_first ? "after an acknowledged commit of" : "is read when next was",
                       next->second));
  }
  next->second = message.offset + 1;
  seen_[place].insert(message.offset);
}

void Reader::commit() {
  if (next_.empty()) return;
  Offsets offsets(rd_kafka_topic_partition_list_new(1));
  for (const auto& [place, next] : next_) {
    rd_kafka_topic_partition_list_add(offsets.get(), place.first.c_str(), place.second)->offset =
        next;
  }
  // Refused or unanswered ones are no commits; the next one says more anyway.
  if (rd_kafka_commit(consumer(), offsets.get(), 0) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  for (int i = 0; i < offsets->cnt; ++i) {
    const auto& committed = offsets->elems[i];
    if (committed.err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    site_.commits.acknowledge({committed.topic, committed.partition}, committed.offset);
  }
  count_progress(offsets->cnt);
}

}  // namespace kappa::system_test
