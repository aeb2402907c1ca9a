#include "log/topic_list.h"

#include <cstring>

#include "base/bytes.h"
#include "log/checked_file.h"

namespace kappa::log {
namespace {

constexpr std::string_view kTopicsMagic = "KAPPATL1";
constexpr std::string_view kProducerIdsMagic = "KAPPAPI1";

void write_text(Writer& writer, std::string_view text) {
  writer.uvarint(static_cast<uint32_t>(text.size()));
  writer.raw(text);
}

std::string read_text(Reader& reader) {
  uint32_t size = reader.uvarint();
  return std::string(reader.view(size));
}

std::string topics_path(const std::string& directory) {
  return env::join_path(directory, "topics");
}
std::string producer_ids_path(const std::string& directory) {
  return env::join_path(directory, "producer-ids");
}

}  // namespace

Status check_topic_name(std::string_view name) {
  constexpr size_t kNameBytesMax = 249;
  bool is_valid = !name.empty() && name.size() <= kNameBytesMax && name != "." && name != "..";
  for (char c : name) {
    is_valid &= (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                c == '.' || c == '_' || c == '-';
  }
  if (is_valid) return OkStatus();
  return invalid_argument(
      "topic names have 1 to 249 letters, digits, dots, underscores and hyphens: name={}", name);
}

StatusOr<std::vector<TopicDescription>> load_topics(env::Env& env, const std::string& directory) {
  ASSIGN_OR_RETURN(auto payload, read_checked_file(env, topics_path(directory), kTopicsMagic));
  Reader reader(payload);
  std::vector<TopicDescription> topics;
  for (uint32_t left = reader.u32(); left > 0 && reader.ok(); --left) {
    TopicDescription topic;
    topic.name = read_text(reader);
    std::string_view id = reader.view(topic.id.bytes.size());
    if (reader.ok()) std::memcpy(topic.id.bytes.data(), id.data(), id.size());
    topic.partition_count = reader.i32();
    for (uint32_t settings = reader.uvarint(); settings > 0 && reader.ok(); --settings) {
      std::string name = read_text(reader);
      topic.settings[name] = read_text(reader);
    }
    topics.push_back(std::move(topic));
  }
  if (!reader.ok() || reader.remaining() > 0)
    return data_loss("topic list is damaged: path={}", topics_path(directory));
  return topics;
}

Status save_topics(env::Env& env, const std::string& directory,
                   const std::vector<TopicDescription>& topics) {
  std::string payload;
  Writer writer(payload);
  writer.u32(static_cast<uint32_t>(topics.size()));
  for (const TopicDescription& topic : topics) {
    write_text(writer, topic.name);
    writer.raw({reinterpret_cast<const char*>(topic.id.bytes.data()), topic.id.bytes.size()});
    writer.i32(topic.partition_count);
    writer.uvarint(static_cast<uint32_t>(topic.settings.size()));
    for (const auto& [name, value] : topic.settings) {
      write_text(writer, name);
      write_text(writer, value);
    }
  }
  return write_checked_file(env, topics_path(directory), kTopicsMagic, payload,
                            FileDurability::kSynced);
}

StatusOr<int64_t> load_producer_ids(env::Env& env, const std::string& directory) {
  auto payload = read_checked_file(env, producer_ids_path(directory), kProducerIdsMagic);
  if (payload.status().code() == StatusCode::kNotFound) return 0;
  RETURN_IF_ERROR(payload.status());
  return Reader(*payload).i64();
}

Status save_producer_ids(env::Env& env, const std::string& directory, int64_t next) {
  std::string payload;
  Writer(payload).i64(next);
  return write_checked_file(env, producer_ids_path(directory), kProducerIdsMagic, payload,
                            FileDurability::kSynced);
}

}  // namespace kappa::log
