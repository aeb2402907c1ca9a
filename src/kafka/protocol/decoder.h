#pragma once
// Reads messages at one version by walking their descriptors (schema.h).
//
// Bytes from outside are not trusted. No array is reserved before its count, times the least that
// an element takes on the wire, has been compared with what is left of the request; and all
// structs decoded from one message may take kDecodedBytesMax together, so that a small
// frame cannot ask for a large memory. Strings and bytes of requests are views into the request.
// Nesting is bounded by the types. Unknown tagged fields are skipped.

#include "base/bytes.h"
#include "kafka/protocol/wire_size.h"

namespace kappa::kafka {

inline constexpr size_t kDecodedBytesMax = size_t{64} << 20;

class Decoder {
 public:
  Decoder(std::string_view bytes, int16_t version, bool flexible)
      : reader_(bytes), version_(version), is_flexible_(flexible) {}

  // False when anything so far was short, out of range or not allowed; final.
  bool ok() const { return reader_.ok(); }
  size_t remaining() const { return reader_.remaining(); }

  template <codec::Structure T>
  void read(T& value) {
    std::apply([&](const auto&... f) { (read_field(value, f), ...); }, FieldsOf<T>::kValue);
    if (is_flexible_) read_tags(value);
  }

 private:
  template <typename T, typename M>
  void read_field(T& value, const Field<T, M>& f) {
    if (codec::is_plain(f, version_)) read_value(value.*f.member, f.nullable.contains(version_));
  }

  template <typename T>
  void read_value(T& value, bool nullable) {
    if constexpr (codec::IsOptional<T>::value) {
      read_optional(value, nullable);
    } else if constexpr (codec::Structure<T>) {
      read(value);
    } else if constexpr (codec::Text<T>) {
      read_sized(value, text_length());
    } else if constexpr (std::is_same_v<T, Bytes>) {
      read_sized(value.data, count());
    } else if constexpr (codec::IsVector<T>::value) {
      read_elements(value, count());
    } else if constexpr (std::is_same_v<T, TopicId>) {
      auto raw = reader_.view(value.bytes.size());
      if (ok()) std::memcpy(value.bytes.data(), raw.data(), raw.size());
    } else if constexpr (std::is_same_v<T, bool>) {
      value = reader_.i8() != 0;
    } else {
      value = reader_.integer<T>();
    }
  }

  template <typename V>
  void read_optional(std::optional<V>& value, bool nullable) {
    int64_t length = 0;
    if constexpr (codec::Structure<V>) {
      if (reader_.i8() < 0) length = -1;
    } else {
      length = codec::Text<V> ? text_length() : count();
    }
    if (length < 0) {
      value.reset();
      if (!nullable) reader_.fail();
      return;
    }
    V& inner = value.emplace(V{});  // clang 14 takes a nested V for not default-constructible
    if constexpr (codec::Structure<V>) {
      read(inner);
    } else if constexpr (codec::IsVector<V>::value) {
      read_elements(inner, length);
    } else if constexpr (std::is_same_v<V, Bytes>) {
      read_sized(inner.data, length);
    } else {
      read_sized(inner, length);
    }
  }

  template <typename Text>
  void read_sized(Text& value, int64_t length) {
    if (length < 0) return reader_.fail();
    value = Text(reader_.view(static_cast<size_t>(length)));
  }

  template <typename E>
  void read_elements(std::vector<E>& elements, int64_t count) {
    constexpr size_t kSize = sizeof(E);
    size_t least = codec::minimal_size<E>(version_, is_flexible_);
    if (count < 0 || static_cast<size_t>(count) > reader_.remaining() / least ||
        static_cast<size_t>(count) > decoded_bytes_left_ / kSize) {
      return reader_.fail();
    }
    decoded_bytes_left_ -= static_cast<size_t>(count) * kSize;
    elements.reserve(static_cast<size_t>(count));
    for (int64_t i = 0; i < count && ok(); ++i) read_value(elements.emplace_back(), false);
  }

  // -1 for null; strings are limited to 16-bit lengths, everything else to 32-bit ones.
  int64_t text_length() {
    if (!is_flexible_) return int64_t{reader_.i16()};
    int64_t length = count();
    if (length > std::numeric_limits<int16_t>::max()) return reader_.fail(), -1;
    return length;
  }
  int64_t count() { return is_flexible_ ? int64_t{reader_.uvarint()} - 1 : int64_t{reader_.i32()}; }

  template <typename T>
  void read_tags(T& value) {
    uint32_t number = reader_.uvarint();
    int64_t last = -1;
    for (uint32_t i = 0; i < number && ok(); ++i) {
      uint32_t tag = reader_.uvarint();
      uint32_t size = reader_.uvarint();
      if (int64_t{tag} <= last || size > reader_.remaining()) return reader_.fail();
      last = tag;
      size_t end = reader_.position() + size;
      bool known = std::apply([&](const auto&... f) { return (read_tag(value, f, tag) || ...); },
                              FieldsOf<T>::kValue);
      if (!known) reader_.skip(size);
      if (ok() && reader_.position() != end) return reader_.fail();
    }
  }

  template <typename T, typename M>
  bool read_tag(T& value, const Field<T, M>& f, uint32_t tag) {
    if (f.tag < 0 || static_cast<uint32_t>(f.tag) != tag) return false;
    if (!f.versions.contains(version_)) return false;
    read_value(value.*f.member, f.nullable.contains(version_));
    return true;
  }

  Reader reader_;
  int16_t version_;
  bool is_flexible_;
  size_t decoded_bytes_left_ = kDecodedBytesMax;
};

}  // namespace kappa::kafka
