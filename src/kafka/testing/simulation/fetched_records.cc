#include "kafka/testing/simulation/fetched_records.h"

#include <set>

#include "log/records.h"
#include "log/transaction_marker.h"

namespace kappa::kafka::simulation {
namespace {

// Which producers' batches are aborted, at the place of the log that has been reached.
class AbortedProducers {
 public:
  explicit AbortedProducers(const FetchResponse::Topic::Partition& answer) {
    if (!answer.aborted_transactions) return;
    for (const auto& aborted : *answer.aborted_transactions) {
      ahead_.insert({aborted.first_offset, aborted.producer_id});
    }
  }
  void reach(int64_t offset) {
    while (!ahead_.empty() && ahead_.begin()->first <= offset) {
      producers_.insert(ahead_.begin()->second);
      ahead_.erase(ahead_.begin());
    }
  }
  void pass_marker(int64_t producer_id) { producers_.erase(producer_id); }
  bool contains(int64_t producer_id) const { return producers_.contains(producer_id); }

 private:
  std::multimap<int64_t, int64_t> ahead_;  // first offset -> producer
  std::set<int64_t> producers_;
};

}  // namespace

FetchedRecords records_in(const FetchResponse::Topic::Partition& answer, int64_t position,
                          bool is_committed_only) {
  FetchedRecords out{.position = position};
  AbortedProducers aborted(answer);
  log::RecordReader reader;
  std::string_view rest = answer.records.value_or(Bytes{}).data;
  while (auto header = log::parse_whole_batch(rest)) {
    const std::string_view batch = rest.substr(0, header->size_bytes());
    rest.remove_prefix(batch.size());
    aborted.reach(header->last().value);
    out.position = std::max(out.position, header->next().value);
    if (header->is_control()) {
      const auto outcome = log::parse_marker(*header, batch);
      if (outcome == log::TransactionOutcome::kAbort) aborted.pass_marker(header->producer_id);
      continue;
    }
    const bool is_aborted = header->is_transactional() && aborted.contains(header->producer_id);
    if (is_committed_only && is_aborted) continue;
    const Status read = reader.for_each(batch, Offset(position), [&out](const log::Record& record) {
      auto& kept = out.records.emplace_back();
      kept.offset = record.offset;
      kept.value = std::string(record.value.value_or(""));
      if (record.key) kept.key = std::string(*record.key);
    });
    out.is_sound &= read.ok();
  }
  out.is_sound &= rest.empty();
  return out;
}

}  // namespace kappa::kafka::simulation
