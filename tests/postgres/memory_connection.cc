#include "postgres/memory_connection.h"

#include "base/bytes.h"
#include "base/check.h"

namespace kappa::testing {
namespace {

// How many whole messages of the type the bytes hold.
int count_of(std::string_view bytes, char type) {
  int count = 0;
  while (bytes.size() >= 5) {
    const size_t length = 1 + static_cast<size_t>(load_big_endian<int32_t>(bytes.data() + 1));
    if (bytes.size() < length) break;
    if (bytes[0] == type) ++count;
    bytes.remove_prefix(length);
  }
  return count;
}

std::string with_nul(std::string_view text) { return std::string(text) + '\0'; }

template <typename T>
std::string integer(T value) {
  std::string bytes;
  Writer(bytes).integer(value);
  return bytes;
}

}  // namespace

void MemoryConnection::send(std::string bytes) {
  absl::MutexLock lock(&mutex_);
  if (!is_closed_) bytes_ += bytes;
}

void MemoryConnection::close() {
  absl::MutexLock lock(&mutex_);
  is_closed_ = true;
}

void MemoryConnection::pause_reading() {
  absl::MutexLock lock(&mutex_);
  is_paused_ = true;
}

void MemoryConnection::resume_reading() {
  absl::MutexLock lock(&mutex_);
  is_paused_ = false;
}

size_t MemoryConnection::unsent_bytes() const {
  absl::MutexLock lock(&mutex_);
  return is_stuck_ ? bytes_.size() : 0;
}

void MemoryConnection::stop_draining() {
  absl::MutexLock lock(&mutex_);
  is_stuck_ = true;
}

std::string MemoryConnection::wait_for(char type, int count) {
  absl::MutexLock lock(&mutex_);
  auto has_come = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return is_closed_ || count_of(bytes_, type) >= count;
  };
  KAPPA_CHECK(mutex_.AwaitWithTimeout(absl::Condition(&has_come), absl::Seconds(60)));
  return std::exchange(bytes_, {});
}

std::string MemoryConnection::wait_closed() {
  absl::MutexLock lock(&mutex_);
  KAPPA_CHECK(mutex_.AwaitWithTimeout(absl::Condition(&is_closed_), absl::Seconds(60)));
  return std::exchange(bytes_, {});
}

bool MemoryConnection::is_paused() const {
  absl::MutexLock lock(&mutex_);
  return is_paused_;
}

size_t MemoryConnection::received_bytes() const {
  absl::MutexLock lock(&mutex_);
  return bytes_.size();
}

std::vector<serve::postgres::Message> messages_in(std::string_view bytes) {
  std::vector<serve::postgres::Message> messages;
  while (!bytes.empty()) {
    KAPPA_CHECK_GE(bytes.size(), size_t{5});
    const auto length = static_cast<size_t>(load_big_endian<int32_t>(bytes.data() + 1));
    KAPPA_CHECK_GE(bytes.size(), 1 + length);
    messages.push_back({bytes[0], std::string(bytes.substr(5, length - 4))});
    bytes.remove_prefix(1 + length);
  }
  return messages;
}

std::string types_in(std::string_view bytes) {
  std::string types;
  for (const auto& message : messages_in(bytes)) types.push_back(message.type);
  return types;
}

std::string startup_message(int minor_version, std::string_view extra) {
  std::string body = integer<int32_t>(3 << 16 | minor_version);
  for (std::string_view text : {"user", "tester", "database", "kappa"}) body += with_nul(text);
  body += extra;
  body.push_back('\0');
  return integer<int32_t>(static_cast<int32_t>(body.size() + 4)) + body;
}

std::string message(char type, std::string_view body) {
  return type + integer<int32_t>(static_cast<int32_t>(body.size() + 4)) + std::string(body);
}

std::string query_message(std::string_view sql) { return message('Q', with_nul(sql)); }

std::string parse_message(std::string_view name, std::string_view sql,
                          const std::vector<uint32_t>& oids) {
  std::string body = with_nul(name) + with_nul(sql);
  body += integer<int16_t>(static_cast<int16_t>(oids.size()));
  for (uint32_t oid : oids) body += integer(oid);
  return message('P', body);
}

std::string bind_message(std::string_view portal, std::string_view statement,
                         const std::vector<std::string>& values,
                         const std::vector<int16_t>& result_formats) {
  std::string body = with_nul(portal) + with_nul(statement) + integer<int16_t>(0);
  body += integer<int16_t>(static_cast<int16_t>(values.size()));
  for (const auto& value : values) {
    body += integer<int32_t>(static_cast<int32_t>(value.size())) + value;
  }
  body += integer<int16_t>(static_cast<int16_t>(result_formats.size()));
  for (int16_t format : result_formats) body += integer(format);
  return message('B', body);
}

std::string describe_message(char kind, std::string_view name) {
  return message('D', kind + with_nul(name));
}
std::string close_message(char kind, std::string_view name) {
  return message('C', kind + with_nul(name));
}
std::string execute_message(std::string_view portal, int32_t rows_max) {
  return message('E', with_nul(portal) + integer(rows_max));
}
std::string sync_message() { return message('S', ""); }

}  // namespace kappa::testing
