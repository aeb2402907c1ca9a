#include "kafka/transactions/transaction_records.h"

#include "base/bytes.h"

namespace kappa::kafka {
namespace {

constexpr int16_t kKeyVersion = 0;
constexpr int16_t kValueVersion = 1;
constexpr size_t kTopicBytesMin = 3;  // a name without bytes, no partitions, no tags
constexpr uint32_t kPreviousProducerTag = 0;
constexpr uint32_t kNextProducerTag = 1;
constexpr uint32_t kClientVersionTag = 2;

std::string key_of(std::string_view id) {
  std::string key;
  Writer writer(key);
  writer.i16(kKeyVersion);
  writer.i16(static_cast<int16_t>(id.size()));
  writer.raw(id);
  return key;
}

void write_places(Writer& writer, const std::set<TopicPartition>& places) {
  std::map<std::string_view, std::vector<int32_t>> topics;
  for (const auto& place : places) topics[place.topic].push_back(place.partition);
  writer.uvarint(static_cast<uint32_t>(topics.size()) + 1);
  for (const auto& [topic, partitions] : topics) {
    writer.uvarint(static_cast<uint32_t>(topic.size()) + 1);
    writer.raw(topic);
    writer.uvarint(static_cast<uint32_t>(partitions.size()) + 1);
    for (int32_t partition : partitions) writer.i32(partition);
    writer.uvarint(0);  // no tags
  }
}

// A count as flexible versions have it: one more than it is. 0 elements for null.
uint32_t read_count(Reader& reader, size_t element_bytes_min) {
  uint32_t count = reader.uvarint();
  if (count > 0) --count;
  if (count > reader.remaining() / element_bytes_min) return reader.fail(), 0;
  return count;
}

void skip_tags(Reader& reader) {
  for (uint32_t count = reader.uvarint(); count > 0 && reader.ok(); --count) {
    reader.uvarint();
    reader.skip(reader.uvarint());
  }
}

void read_places(Reader& reader, std::set<TopicPartition>& places) {
  for (uint32_t topics = read_count(reader, kTopicBytesMin); topics > 0; --topics) {
    std::string topic(reader.view(read_count(reader, 1)));
    for (uint32_t count = read_count(reader, sizeof(int32_t)); count > 0; --count) {
      places.insert({topic, reader.i32()});
    }
    skip_tags(reader);
  }
}

void write_tags(Writer& writer, const StoredTransaction& stored) {
  const bool has_previous = stored.previous_producer_id != -1;
  const bool has_next = stored.next_producer_id != -1;
  const bool has_version = stored.client_version != 0;
  writer.uvarint(uint32_t{has_previous} + uint32_t{has_next} + uint32_t{has_version});
  if (has_previous) {
    writer.uvarint(kPreviousProducerTag);
    writer.uvarint(sizeof(int64_t));
    writer.i64(stored.previous_producer_id);
  }
  if (has_next) {
    writer.uvarint(kNextProducerTag);
    writer.uvarint(sizeof(int64_t));
    writer.i64(stored.next_producer_id);
  }
  if (has_version) {
    writer.uvarint(kClientVersionTag);
    writer.uvarint(sizeof(int16_t));
    writer.i16(stored.client_version);
  }
}

void read_tags(Reader& reader, StoredTransaction& stored) {
  for (uint32_t count = reader.uvarint(); count > 0 && reader.ok(); --count) {
    const uint32_t tag = reader.uvarint();
    const uint32_t size = reader.uvarint();
    if (tag == kPreviousProducerTag && size == sizeof(int64_t)) {
      stored.previous_producer_id = reader.i64();
    } else if (tag == kNextProducerTag && size == sizeof(int64_t)) {
      stored.next_producer_id = reader.i64();
    } else if (tag == kClientVersionTag && size == sizeof(int16_t)) {
      stored.client_version = reader.i16();
    } else {
      reader.skip(size);
    }
  }
}

}  // namespace

JournalRecord transaction_record(std::string_view id, const StoredTransaction& stored) {
  std::string value;
  Writer writer(value);
  writer.i16(kValueVersion);
  writer.i64(stored.producer_id);
  writer.i16(stored.producer_epoch);
  writer.i32(stored.timeout_ms);
  writer.i8(static_cast<int8_t>(stored.state));
  write_places(writer, stored.places);
  writer.i64(stored.update_ms);
  writer.i64(stored.start_ms);
  write_tags(writer, stored);
  return {key_of(id), std::move(value)};
}

JournalRecord transaction_tombstone(std::string_view id) { return {key_of(id), std::nullopt}; }

std::optional<TransactionRecordKey> parse_transaction_key(std::string_view bytes) {
  Reader reader(bytes);
  const int16_t version = reader.i16();
  if (!reader.ok()) return std::nullopt;
  if (version != kKeyVersion) return TransactionRecordKey{};
  const int16_t size = reader.i16();
  if (size < 0) return std::nullopt;
  TransactionRecordKey key{true, std::string(reader.view(static_cast<size_t>(size)))};
  if (!reader.ok() || reader.remaining() != 0) return std::nullopt;
  return key;
}

std::optional<StoredTransaction> parse_transaction(std::string_view bytes) {
  Reader reader(bytes);
  if (reader.i16() != kValueVersion) return std::nullopt;
  StoredTransaction stored;
  stored.producer_id = reader.i64();
  stored.producer_epoch = reader.i16();
  stored.timeout_ms = reader.i32();
  auto state = transaction_state_of(reader.i8());
  read_places(reader, stored.places);
  stored.update_ms = reader.i64();
  stored.start_ms = reader.i64();
  read_tags(reader, stored);
  if (!state || !reader.ok() || reader.remaining() != 0) return std::nullopt;
  stored.state = *state;
  return stored;
}

}  // namespace kappa::kafka
