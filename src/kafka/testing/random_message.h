#pragma once
// Random messages from their descriptors: every field that the version has gets a random value
// that the version can carry. For tests.

#include <deque>
#include <random>

#include "kafka/protocol/wire_size.h"

namespace kappa::kafka {

class RandomMessage {
 public:
  RandomMessage(uint32_t seed, int16_t version, bool flexible)
      : random_(seed), version_(version), is_flexible_(flexible) {}

  // Views in the message live as long as this object.
  template <codec::Structure T>
  T make() {
    T message;
    std::apply([&](const auto&... f) { (fill_field(message, f), ...); }, FieldsOf<T>::kValue);
    return message;
  }

 private:
  template <typename T, typename M>
  void fill_field(T& message, const Field<T, M>& f) {
    if (!f.versions.contains(version_) || (f.tag >= 0 && !is_flexible_)) return;
    fill(message.*f.member, f.nullable.contains(version_));
  }

  template <typename T>
  void fill(T& value, bool nullable) {
    if constexpr (codec::IsOptional<T>::value) {
      value.reset();
      if (!nullable || below(3) != 0) fill(value.emplace(), false);
    } else if constexpr (codec::Structure<T>) {
      value = make<T>();
    } else if constexpr (codec::IsVector<T>::value) {
      value.resize(below(4));
      for (auto& element : value) fill(element, false);
    } else if constexpr (codec::Text<T>) {
      value = T(text());
    } else if constexpr (std::is_same_v<T, Bytes>) {
      value.data = text();
    } else if constexpr (std::is_same_v<T, TopicId>) {
      for (auto& byte : value.bytes) byte = static_cast<uint8_t>(below(256));
    } else if constexpr (std::is_same_v<T, bool>) {
      value = below(2) != 0;
    } else {
      value = static_cast<T>((uint64_t{random_()} << 32) | random_());
    }
  }

  std::string_view text() {
    std::string& text = texts_.emplace_back(below(200), 'a');
    for (char& c : text) c = static_cast<char>(below(256));
    return text;
  }
  uint32_t below(uint32_t limit) { return random_() % limit; }

  std::mt19937 random_;
  int16_t version_;
  bool is_flexible_;
  std::deque<std::string> texts_;
};

}  // namespace kappa::kafka
