#pragma once
// What the codec asks about types: which shape a field has, and the least it takes on the wire.

#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "kafka/protocol/schema.h"

namespace kappa::kafka {

namespace codec {

template <typename T>
concept Structure = requires {
  FieldsOf<T>::kValue;
};
template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <typename T>
struct IsVector : std::false_type {};
template <typename T>
struct IsVector<std::vector<T>> : std::true_type {};
template <typename T>
concept Text = std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>;

// Whether the field is on the wire in its place (tagged fields never are).
template <typename F>
constexpr bool is_plain(const F& f, int16_t version) {
  return f.tag < 0 && f.versions.contains(version);
}

// The least number of bytes that a T takes on the wire.
template <typename T>
constexpr size_t minimal_size(int16_t version, bool flexible) {
  if constexpr (IsOptional<T>::value) {
    using Value = typename T::value_type;
    return Structure<Value> ? 1 : minimal_size<Value>(version, flexible);
  } else if constexpr (Structure<T>) {
    size_t size = flexible ? 1 : 0;
    auto add = [&]<typename S, typename M>(const Field<S, M>& f) {
      if (is_plain(f, version)) size += minimal_size<M>(version, flexible);
    };
    std::apply([&](const auto&... f) { (add(f), ...); }, FieldsOf<T>::kValue);
    return size;
  } else if constexpr (Text<T>) {
    return flexible ? 1 : 2;
  } else if constexpr (IsVector<T>::value || std::is_same_v<T, Bytes>) {
    return flexible ? 1 : 4;
  } else {
    return sizeof(T);
  }
}

}  // namespace codec

}  // namespace kappa::kafka
