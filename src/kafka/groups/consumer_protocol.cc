#include "kafka/groups/consumer_protocol.h"

#include "base/bytes.h"

namespace kappa::kafka {
namespace {

// A count of things that take at least this many bytes each; fails when so many cannot follow.
size_t read_count(Reader& reader, size_t least) {
  int32_t count = reader.i32();
  bool is_possible = count >= 0 && static_cast<size_t>(count) <= reader.remaining() / least;
  if (!is_possible) reader.fail();
  return reader.ok() ? static_cast<size_t>(count) : 0;
}

std::string read_string(Reader& reader) {
  int16_t length = reader.i16();
  if (length < 0) return reader.fail(), std::string();
  return std::string(reader.view(static_cast<size_t>(length)));
}

// Whether there were any.
bool skip_bytes(Reader& reader) {
  int32_t length = reader.i32();
  if (length < -1) reader.fail();
  if (length <= 0) return false;
  reader.skip(static_cast<size_t>(length));
  return true;
}

std::vector<std::string> read_topics(Reader& reader) {
  std::vector<std::string> topics;
  size_t count = read_count(reader, sizeof(int16_t));
  for (size_t i = 0; i < count && reader.ok(); ++i) topics.push_back(read_string(reader));
  return topics;
}

std::vector<TopicPartition> read_partitions(Reader& reader) {
  std::vector<TopicPartition> partitions;
  size_t topic_count = read_count(reader, sizeof(int16_t) + sizeof(int32_t));
  for (size_t i = 0; i < topic_count && reader.ok(); ++i) {
    std::string topic = read_string(reader);
    size_t count = read_count(reader, sizeof(int32_t));
    for (size_t j = 0; j < count; ++j) partitions.push_back({topic, reader.i32()});
  }
  return partitions;
}

}  // namespace

std::optional<std::vector<std::string>> subscribed_topics(std::string_view metadata) {
  Reader reader(metadata);
  int16_t version = reader.i16();
  auto topics = read_topics(reader);
  if (!reader.ok() || version < 0) return std::nullopt;
  return topics;
}

std::optional<ConsumerSubscription> parse_subscription(std::string_view metadata) {
  Reader reader(metadata);
  ConsumerSubscription subscription;
  subscription.version = reader.i16();
  subscription.topics = read_topics(reader);
  skip_bytes(reader);
  if (subscription.version >= 1 && reader.ok()) subscription.owned = read_partitions(reader);
  if (!reader.ok() || subscription.version < 0) return std::nullopt;
  return subscription;
}

std::optional<ConsumerAssignment> parse_assignment(std::string_view bytes) {
  ConsumerAssignment assignment;
  if (bytes.empty()) return assignment;
  Reader reader(bytes);
  assignment.version = reader.i16();
  assignment.partitions = read_partitions(reader);
  assignment.has_user_data = reader.ok() && skip_bytes(reader);
  if (!reader.ok() || assignment.version < 0) return std::nullopt;
  return assignment;
}

std::string write_subscription(const std::vector<std::string>& topics) {
  std::string bytes;
  Writer writer(bytes);
  writer.i16(0);
  writer.i32(static_cast<int32_t>(topics.size()));
  for (const auto& topic : topics) {
    writer.i16(static_cast<int16_t>(topic.size()));
    writer.raw(topic);
  }
  writer.i32(-1);  // no user data
  return bytes;
}

std::string write_assignment(int16_t version, const std::vector<TopicPartition>& partitions) {
  std::string bytes, topics;
  Writer writer(topics);
  int32_t topic_count = 0;
  for (size_t first = 0, end = 0; first < partitions.size(); first = end) {
    const std::string& topic = partitions[first].topic;
    while (end < partitions.size() && partitions[end].topic == topic) ++end;
    ++topic_count;
    writer.i16(static_cast<int16_t>(topic.size()));
    writer.raw(topic);
    writer.i32(static_cast<int32_t>(end - first));
    for (size_t i = first; i < end; ++i) writer.i32(partitions[i].partition);
  }
  Writer whole(bytes);
  whole.i16(version);
  whole.i32(topic_count);
  whole.raw(topics);
  whole.i32(-1);  // no user data
  return bytes;
}

}  // namespace kappa::kafka
