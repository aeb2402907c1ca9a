#pragma once
// Readers and writers of big-endian integers, varints and length-prefixed bytes: Kafka's batches
// and messages, and our own files. A Reader never reads beyond its span: the first short read
// makes it failed for good, later reads return zeros, and the caller asks ok() once at the end
// (and before it trusts a length). Neither allocates by a length that it has not checked.

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace kappa {

template <typename T>
T load_big_endian(const char* p) {
  std::make_unsigned_t<T> v;
  std::memcpy(&v, p, sizeof v);
  if constexpr (sizeof v == 2) v = __builtin_bswap16(v);
  if constexpr (sizeof v == 4) v = __builtin_bswap32(v);
  if constexpr (sizeof v == 8) v = __builtin_bswap64(v);
  return static_cast<T>(v);
}

template <typename T>
void store_big_endian(char* p, T value) {
  auto v = static_cast<std::make_unsigned_t<T>>(value);
  if constexpr (sizeof v == 2) v = __builtin_bswap16(v);
  if constexpr (sizeof v == 4) v = __builtin_bswap32(v);
  if constexpr (sizeof v == 8) v = __builtin_bswap64(v);
  std::memcpy(p, &v, sizeof v);
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  size_t remaining() const { return bytes_.size() - position_; }
  size_t position() const { return position_; }
  // Marks the reader failed: for callers that find a value impossible.
  void fail() {
    ok_ = false;
    position_ = bytes_.size();
  }

  template <typename T>
  T integer() {
    if (remaining() < sizeof(T)) return fail(), T{0};
    T v = load_big_endian<T>(bytes_.data() + position_);
    position_ += sizeof(T);
    return v;
  }
  int8_t i8() { return integer<int8_t>(); }
  int16_t i16() { return integer<int16_t>(); }
  int32_t i32() { return integer<int32_t>(); }
  int64_t i64() { return integer<int64_t>(); }
  uint32_t u32() { return integer<uint32_t>(); }
  double f64() {
    auto bits = integer<uint64_t>();
    double v;
    std::memcpy(&v, &bits, sizeof v);
    return v;
  }

  // Unsigned LEB128 of at most 32 respectively 64 bits; longer forms fail.
  uint32_t uvarint() { return static_cast<uint32_t>(uvarint_of(32)); }
  uint64_t uvarlong() { return uvarint_of(64); }
  // Zig-zag.
  int32_t varint() {
    uint32_t v = uvarint();
    return static_cast<int32_t>((v >> 1) ^ -(v & 1));
  }
  int64_t varlong() {
    uint64_t v = uvarlong();
    return static_cast<int64_t>((v >> 1) ^ -(v & 1));
  }

  // The next count bytes, as a view into the span.
  std::string_view view(size_t count) {
    if (remaining() < count) return fail(), std::string_view{};
    std::string_view v = bytes_.substr(position_, count);
    position_ += count;
    return v;
  }
  void skip(size_t count) { view(count); }

 private:
  uint64_t uvarint_of(int bits) {
    uint64_t value = 0;
    for (int shift = 0; shift < bits; shift += 7) {
      if (remaining() == 0) return fail(), 0;
      auto byte = static_cast<uint8_t>(bytes_[position_++]);
      if (shift + 7 > bits && (byte >> (bits - shift)) != 0) return fail(), 0;
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    return fail(), 0;
  }

  std::string_view bytes_;
  size_t position_ = 0;
  bool ok_ = true;
};

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  template <typename T>
  void integer(T value) {
    char raw[sizeof(T)];
    store_big_endian(raw, value);
    out_.append(raw, sizeof raw);
  }
  void i8(int8_t v) { integer(v); }
  void i16(int16_t v) { integer(v); }
  void i32(int32_t v) { integer(v); }
  void i64(int64_t v) { integer(v); }
  void u32(uint32_t v) { integer(v); }
  void f64(double v) {
    uint64_t bits;
    std::memcpy(&bits, &v, sizeof bits);
    integer(bits);
  }
  void uvarint(uint32_t v) { uvarlong(v); }
  void uvarlong(uint64_t v) {
    while (v >= 0x80) {
      out_.push_back(static_cast<char>(v | 0x80));
      v >>= 7;
    }
    out_.push_back(static_cast<char>(v));
  }
  void varint(int32_t v) {
    uvarint((static_cast<uint32_t>(v) << 1) ^ static_cast<uint32_t>(v >> 31));
  }
  void varlong(int64_t v) {
    uvarlong((static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63));
  }
  void raw(std::string_view bytes) { out_.append(bytes); }
  size_t size() const { return out_.size(); }
  // Overwrites four bytes written before, for lengths known only at the end.
  void patch_i32(size_t position, int32_t value) {
    store_big_endian(out_.data() + position, value);
  }

 private:
  std::string& out_;
};

}  // namespace kappa
