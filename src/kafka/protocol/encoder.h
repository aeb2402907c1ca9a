#pragma once
// Writes messages at one version by walking their descriptors (schema.h). Fields that the version
// does not have are left out.

#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "kafka/protocol/codec.h"
#include "kafka/protocol/wire_size.h"

namespace kappa::kafka {

class Encoder {
 public:
  Encoder(std::string& out, int16_t version, bool flexible)
      : out_(out), writer_(out), version_(version), is_flexible_(flexible) {}

  // What was not written because it is in files, in order.
  const std::vector<RangePlace>& ranges() const { return ranges_; }

  template <codec::Structure T>
  void write(const T& value) {
    std::apply([&](const auto&... f) { (write_field(value, f), ...); }, FieldsOf<T>::kValue);
    if (is_flexible_) write_tags(value);
  }

 private:
  template <typename T, typename M>
  void write_field(const T& value, const Field<T, M>& f) {
    if (codec::is_plain(f, version_)) write_value(value.*f.member, f.nullable.contains(version_));
  }

  template <typename T>
  void write_value(const T& value, bool nullable) {
    if constexpr (codec::IsOptional<T>::value) {
      using V = typename T::value_type;
      if (!value && nullable) return write_null<V>();
      if (codec::Structure<V>) writer_.i8(1);
      // Where null is not allowed, nothing is written as the empty value.
      value ? write_value(*value, false) : write_value(V{}, false);
    } else if constexpr (codec::Structure<T>) {
      write(value);
    } else if constexpr (codec::Text<T>) {
      write_text(value);
    } else if constexpr (std::is_same_v<T, Bytes>) {
      write_count(value.size());
      writer_.raw(value.data);
      if (value.range != nullptr) ranges_.push_back({out_.size(), value.range});
    } else if constexpr (codec::IsVector<T>::value) {
      write_count(value.size());
      for (const auto& element : value) write_value(element, false);
    } else if constexpr (std::is_same_v<T, TopicId>) {
      out_.append(reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size());
    } else if constexpr (std::is_same_v<T, bool>) {
      writer_.i8(value ? 1 : 0);
    } else {
      writer_.integer(value);
    }
  }

  template <typename V>
  void write_null() {
    if constexpr (codec::Structure<V>) {
      writer_.i8(-1);
    } else if (is_flexible_) {
      writer_.uvarint(0);
    } else if constexpr (codec::Text<V>) {
      writer_.i16(-1);
    } else {
      writer_.i32(-1);
    }
  }

  // A text too long for a 16-bit length is cut: only our own messages to people can be that long.
  void write_text(std::string_view text) {
    if (is_flexible_) {
      write_count(text.size());
    } else {
      text = text.substr(0, std::numeric_limits<int16_t>::max());
      writer_.i16(static_cast<int16_t>(text.size()));
    }
    writer_.raw(text);
  }

  void write_count(size_t count) {
    if (is_flexible_) {
      writer_.uvarint(static_cast<uint32_t>(count) + 1);
    } else {
      writer_.i32(static_cast<int32_t>(count));
    }
  }

  // Tagged fields that differ from their default, in the order of their tags.
  template <typename T>
  void write_tags(const T& value) {
    static const T kDefault{};
    auto is_written = [&](const auto& f) {
      return f.tag >= 0 && f.versions.contains(version_) && value.*f.member != kDefault.*f.member;
    };
    uint32_t number = 0;
    std::apply([&](const auto&... f) { ((number += is_written(f)), ...); }, FieldsOf<T>::kValue);
    writer_.uvarint(number);
    auto write_tag = [&](const auto& f) {
      if (!is_written(f)) return;
      std::string content;
      Encoder encoder(content, version_, is_flexible_);
      encoder.write_value(value.*f.member, f.nullable.contains(version_));
      KAPPA_CHECK(encoder.ranges_.empty());
      writer_.uvarint(static_cast<uint32_t>(f.tag));
      writer_.uvarint(static_cast<uint32_t>(content.size()));
      writer_.raw(content);
    };
    std::apply([&](const auto&... f) { (write_tag(f), ...); }, FieldsOf<T>::kValue);
  }

  std::string& out_;
  Writer writer_;
  int16_t version_;
  bool is_flexible_;
  std::vector<RangePlace> ranges_;
};

}  // namespace kappa::kafka
