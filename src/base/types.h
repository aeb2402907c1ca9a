#pragma once
// Strong types of the log: offsets, counts, identifiers. No implicit conversion; only the
// arithmetic that means something: offset + count = offset, offset - offset = count.

#include <fmt/format.h>

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>

namespace kappa {

// A position in a partition: the number of the record that is or will be there.
struct Offset {
  int64_t value = 0;

  constexpr Offset() = default;
  constexpr explicit Offset(int64_t v) : value(v) {}
  friend constexpr auto operator<=>(Offset, Offset) = default;
  friend constexpr Offset operator+(Offset offset, int64_t count) {
    return Offset(offset.value + count);
  }
  friend constexpr Offset operator-(Offset offset, int64_t count) {
    return Offset(offset.value - count);
  }
  friend constexpr int64_t operator-(Offset a, Offset b) { return a.value - b.value; }
  template <typename H>
  friend H AbslHashValue(H h, Offset o) {
    return H::combine(std::move(h), o.value);
  }
};

// Milliseconds since the Unix epoch, as Kafka's records carry them. -1: none.
struct TimestampMs {
  int64_t value = -1;

  constexpr TimestampMs() = default;
  constexpr explicit TimestampMs(int64_t v) : value(v) {}
  friend constexpr auto operator<=>(TimestampMs, TimestampMs) = default;
};

// A topic's identity for its whole life; a topic made again under the same name gets another one.
// 16 bytes as on the wire (RFC 9562 UUID, big endian). All zero: none.
struct TopicId {
  std::array<uint8_t, 16> bytes{};

  friend auto operator<=>(const TopicId&, const TopicId&) = default;
  bool is_none() const { return *this == TopicId{}; }
  template <typename H>
  friend H AbslHashValue(H h, const TopicId& id) {
    return H::combine_contiguous(std::move(h), id.bytes.data(), id.bytes.size());
  }
};

// 22 characters of URL-safe base64 without padding, as Kafka prints topic ids.
std::string to_string(const TopicId& id);

}  // namespace kappa

template <>
struct fmt::formatter<kappa::Offset> : fmt::formatter<int64_t> {
  auto format(kappa::Offset o, fmt::format_context& c) const {
    return fmt::formatter<int64_t>::format(o.value, c);
  }
};
template <>
struct fmt::formatter<kappa::TimestampMs> : fmt::formatter<int64_t> {
  auto format(kappa::TimestampMs t, fmt::format_context& c) const {
    return fmt::formatter<int64_t>::format(t.value, c);
  }
};
template <>
struct fmt::formatter<kappa::TopicId> : fmt::formatter<std::string> {
  auto format(const kappa::TopicId& id, fmt::format_context& c) const {
    return fmt::formatter<std::string>::format(kappa::to_string(id), c);
  }
};
