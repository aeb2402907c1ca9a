#include "kafka/testing/simulation/copier.h"

namespace kappa::kafka::simulation {
namespace {

constexpr int32_t kTimeoutMs = 2'500;
constexpr int64_t kIdleMs = 25;

}  // namespace

Copier::Copier(Site& site, std::string name, std::string id, Flow flow, bool is_classic)
    : Process(site, std::move(name)),
      id_(std::move(id)),
      producer_(site, client_, id_, flow, kTimeoutMs),
      membership_(
          is_classic ? make_classic_membership(site, client_, std::string(kCopierGroup), kTransfers)
                     : make_newer_membership(site, client_, std::string(kCopierGroup), kTransfers)),
      reader_(site, client_, true) {}

Task<> Copier::run() {
  while (true) {
    if (producer_.is_defunct()) {
      positions_.clear();
      co_await producer_.init();
    }
    co_await membership_->step();
    co_await work();
    co_await world_.pause(static_cast<int64_t>(world_.below(kIdleMs)));
  }
}

Task<> Copier::work() {
  const auto& assigned = membership_->assigned();
  std::erase_if(positions_, [&](const auto& entry) { return !assigned.contains(entry.first); });
  if (assigned.empty()) co_return;
  const TopicPartition place =
      *std::next(assigned.begin(), static_cast<ptrdiff_t>(world_.below(assigned.size())));
  if (!positions_.contains(place)) {
    const auto position = co_await reader_.find_position(*membership_, place, true);
    if (!position) co_return;
    positions_[place] = *position;
  }
  int64_t position = positions_[place];
  const auto fetched = co_await reader_.read(place, position);
  positions_[place] = position;
  if (!fetched || fetched->records.empty()) co_return;
  co_await copy(place, *fetched);
}

Task<> Copier::copy(const TopicPartition& place, const FetchedRecords& fetched) {
  const size_t transaction = producer_.begin();
  bool is_written = co_await write_copies(transaction, place, fetched);
  if (is_written) {
    const GroupMember member{std::string(kCopierGroup), membership_->member_id(),
                             membership_->generation()};
    std::map<TopicPartition, int64_t> offsets{{place, fetched.position}};
    is_written = co_await producer_.write_offsets(member, std::move(offsets));
  }
  bool is_committed = false;
  if (is_written && !world_.one_in(10)) {
    is_committed = co_await producer_.commit();
  } else {
    co_await producer_.abort();
  }
  // What was read must be read again.
  if (!is_committed) positions_.erase(place);
}

Task<bool> Copier::write_copies(size_t transaction, const TopicPartition& place,
                                const FetchedRecords& fetched) {
  const TopicPartition target = place_in(kCopies, place.partition);
  size_t next = 0;
  while (next < fetched.records.size()) {
    std::vector<size_t> records;
    for (uint64_t n = 1 + world_.below(8); n > 0 && next < fetched.records.size(); --n, ++next) {
      const auto& original = fetched.records[next];
      const int64_t number = ledger_.next_number(id_);
      records.push_back(ledger_.add({.place = target,
                                     .value = fmt::format("{}/{}/{} of {}@{}", id_, transaction,
                                                          number, place.partition, original.offset),
                                     .writer = id_,
                                     .number = number,
                                     .transaction = transaction,
                                     .source = std::pair(place, original.offset)}));
    }
    const bool is_written = co_await producer_.write(target, std::move(records));
    if (!is_written) co_return false;
  }
  co_return true;
}

}  // namespace kappa::kafka::simulation
