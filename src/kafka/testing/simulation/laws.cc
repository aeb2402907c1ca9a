#include "kafka/testing/simulation/laws.h"

#include <algorithm>

#include "kafka/testing/simulation/copier.h"

namespace kappa::kafka::simulation {
namespace {

class Check {
 public:
  explicit Check(Site& site)
      : world_(site.world), ledger_(site.ledger), site_(site), contents_(read_contents(site)) {}

  void run() {
    for (const auto& [place, contents] : contents_) {
      check_held(place, contents);
      if (topic_named(place.topic).is_compacted) check_newest(place, contents);
    }
    check_acknowledged();
    check_transactions();
    check_copies();
    check_groups();
    for (const ReadRecords& read : ledger_.reads) check_read(read);
    remember();
  }

 private:
  // Everything there was sent there, once, and each writer's records are in order.
  void check_held(const TopicPartition& place, const PlaceContents& contents) {
    std::set<std::string> values;
    std::map<std::string, int64_t> last;  // number, by writer
    for (const auto& [offset, record] : contents.all) {
      const SentRecord* sent = ledger_.find(record.value);
      if (sent == nullptr || sent->place != place || sent->key != record.key) {
        world_.find("{}-{}@{}: nobody sent this: {}", place.topic, place.partition, offset,
                    record.value);
        continue;
      }
      if (!values.insert(record.value).second) {
        world_.find("{}-{}@{}: twice: {}", place.topic, place.partition, offset, record.value);
      }
      auto [known, is_first] = last.try_emplace(sent->writer, -1);
      if (sent->number <= known->second) {
        world_.find("{}-{}@{}: out of order: {} after {}", place.topic, place.partition, offset,
                    record.value, known->second);
      }
      known->second = sent->number;
    }
  }

  void check_acknowledged() {
    for (const SentRecord& record : ledger_.records) {
      const PlaceContents& contents = contents_.at(record.place);
      if (!record.is_acknowledged || record.offset < contents.log_start) continue;
      auto found = contents.all.find(record.offset);
      const bool is_there = found != contents.all.end() && found->second.value == record.value;
      const bool may_be_gone =
          topic_named(record.place.topic).is_compacted && found == contents.all.end();
      if (is_there || may_be_gone) continue;
      world_.find("{}-{}@{}: acknowledged, and not there: {}", record.place.topic,
                  record.place.partition, record.offset, record.value);
    }
  }

  // Compaction may take a record only where its key has a later one.
  void check_newest(const TopicPartition& place, const PlaceContents& contents) {
    std::map<std::string, int64_t> newest;  // offset, by key
    for (const auto& [offset, record] : contents.all) newest[record.key.value_or("")] = offset;
    for (const SentRecord& record : ledger_.records) {
      if (record.place != place || !record.is_acknowledged || !record.key) continue;
      auto found = newest.find(*record.key);
      if (found != newest.end() && found->second >= record.offset) continue;
      world_.find("{}-{}@{}: compacted away, and no later record has its key: {}", place.topic,
                  place.partition, record.offset, record.value);
    }
  }

  void check_transactions() {
    std::map<size_t, size_t> visible;  // count, by transaction
    for (const auto& [place, contents] : contents_) {
      for (const auto& [offset, record] : contents.committed) {
        const SentRecord* sent = ledger_.find(record.value);
        if (sent != nullptr && sent->transaction) ++visible[*sent->transaction];
      }
    }
    for (size_t i = 0; i < ledger_.transactions.size(); ++i) {
      check_transaction(i, visible[i]);
    }
  }

  void check_transaction(size_t number, size_t visible) {
    SentTransaction& transaction = ledger_.transactions[number];
    const size_t count = count_stable(transaction);
    const bool may_be_there =
        transaction.fate == Fate::kAsked || transaction.fate == Fate::kCommitted;
    const bool may_be_absent = transaction.fate != Fate::kCommitted;
    const bool is_right = (visible == 0 && may_be_absent) || (visible == count && may_be_there);
    if (!is_right) {
      world_.find("transaction {} of {}: {} of {} records are seen, fate={}", number,
                  transaction.id, visible, count, static_cast<int>(transaction.fate));
      tell_about(transaction);
    }
    // What was seen stays.
    if (visible > 0 && transaction.fate == Fate::kAsked) transaction.fate = Fate::kCommitted;
  }

  // Its records below the last stable offsets: what is above shows nothing of any transaction.
  size_t count_stable(const SentTransaction& transaction) const {
    size_t count = 0;
    for (size_t index : transaction.records) {
      const SentRecord& record = ledger_.records[index];
      count += !record.is_acknowledged || record.offset < contents_.at(record.place).last_stable;
    }
    return count;
  }

  void tell_about(const SentTransaction& transaction) {
    for (size_t index : transaction.records) {
      const SentRecord& record = ledger_.records[index];
      const PlaceContents& contents = contents_.at(record.place);
      world_.tell("  {} {}-{}@{} acknowledged={} committed={} there={} last_stable={} end={}",
                  record.value, record.place.topic, record.place.partition, record.offset,
                  record.is_acknowledged, contents.committed.contains(record.offset),
                  contents.all.contains(record.offset), contents.last_stable,
                  contents.high_watermark);
    }
  }

  void check_copies() {
    std::map<TopicPartition, std::vector<int64_t>> copied;  // offsets of the originals, in order
    for (const auto& [place, contents] : contents_) {
      for (const auto& [offset, record] : contents.committed) {
        const SentRecord* sent = ledger_.find(record.value);
        if (sent == nullptr || !sent->source) continue;
        copied[sent->source->first].push_back(sent->source->second);
      }
    }
    for (int32_t i = 0; i < kTransfers.partitions; ++i) {
      const TopicPartition place = place_in(kTransfers, i);
      const int64_t end = read_committed_offset(site_, std::string(kCopierGroup), place);
      std::vector<int64_t> originals;
      for (const auto& [offset, record] : contents_.at(place).committed) {
        if (offset < end) originals.push_back(offset);
      }
      if (copied[place] == originals) continue;
      world_.find("{}-{}: copied are {} records, below the committed offset {} are {}", place.topic,
                  place.partition, copied[place].size(), end, originals.size());
    }
  }

  void check_groups() {
    for (const auto& [group_and_place, known] : ledger_.offsets) {
      const auto& [group, place] = group_and_place;
      const int64_t committed = read_committed_offset(site_, group, place);
      const bool was_sent = committed < 0 || known.sent.contains(committed);
      if (was_sent && committed >= known.acknowledged) continue;
      world_.find("group {}: {}-{} is committed as {}, acknowledged was {}", group, place.topic,
                  place.partition, committed, known.acknowledged);
    }
  }

  void check_read(const ReadRecords& read) {
    const PlaceContents& contents = contents_.at(read.place);
    const auto& held = read.is_committed_only ? contents.committed : contents.all;
    const bool is_compacted = topic_named(read.place.topic).is_compacted;
    const int64_t from = std::max(read.from, contents.log_start);
    for (auto it = held.lower_bound(from); it != held.end() && it->first < read.to; ++it) {
      auto found = read.values.find(it->first);
      if (found != read.values.end() && found->second == it->second.value) continue;
      world_.find("{}-{}@{}: {} read past it, from={} to={} committed_only={}: {}",
                  read.place.topic, read.place.partition, it->first, read.reader, read.from,
                  read.to, read.is_committed_only, it->second.value);
    }
    for (auto it = read.values.lower_bound(from); it != read.values.end() && !is_compacted; ++it) {
      if (held.contains(it->first)) continue;
      world_.find("{}-{}@{}: {} has read what is not there: committed_only={} {}", read.place.topic,
                  read.place.partition, it->first, read.reader, read.is_committed_only, it->second);
    }
  }

  // What was read is checked; from now on it is enough that it stays as it is now.
  void remember() {
    ledger_.reads.clear();
    for (const auto& [place, contents] : contents_) {
      for (bool is_committed_only : {false, true}) {
        ReadRecords read{.reader = "the check before",
                         .place = place,
                         .is_committed_only = is_committed_only,
                         .from = contents.log_start,
                         .to = is_committed_only ? contents.last_stable : contents.high_watermark};
        const auto& held = is_committed_only ? contents.committed : contents.all;
        for (const auto& [offset, record] : held) read.values[offset] = record.value;
        ledger_.reads.push_back(std::move(read));
      }
    }
  }

  World& world_;
  Ledger& ledger_;
  Site& site_;
  const Contents contents_;
};

}  // namespace

void check_laws(Site& site) { Check(site).run(); }

void check_rest(Site& site) {
  for (const auto& [place, contents] : read_contents(site)) {
    if (contents.last_stable == contents.high_watermark) continue;
    site.world.find("{}-{}: a transaction never ended: last stable offset {}, end {}", place.topic,
                    place.partition, contents.last_stable, contents.high_watermark);
  }
}

bool is_caught_up(Site& site, const std::map<std::string, SimulatedTopic>& groups) {
  const Contents contents = read_contents(site);
  for (const auto& [group, topic] : groups) {
    for (int32_t i = 0; i < topic.partitions; ++i) {
      const TopicPartition place = place_in(topic, i);
      const auto& committed = contents.at(place).committed;
      const int64_t end = committed.empty() ? -1 : committed.rbegin()->first + 1;
      const int64_t acknowledged = site.ledger.offsets[{group, place}].acknowledged;
      if (acknowledged >= end) continue;
      site.world.tell("{}: {}-{} {} of {}", group, place.topic, place.partition, acknowledged, end);
      return false;
    }
  }
  return true;
}

}  // namespace kappa::kafka::simulation
