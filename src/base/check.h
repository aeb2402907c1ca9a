#pragma once
// CHECK: invariants that hold unless we have a bug. On in release too. A failing check prints the
// expression, both values where it compares, and the place, then aborts: the log on disk is the
// only truth, so stopping loses nothing, while going on could.

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace kappa {

// Prints the message to standard error and aborts.
[[noreturn]] void check_failed(const char* file, int line, std::string_view message);

template <typename A, typename B>
[[noreturn]] void check_comparison_failed(const char* file, int line, const char* expression,
                                          const A& a, const B& b) {
  check_failed(file, line, fmt::format("{} (left={} right={})", expression, a, b));
}

}  // namespace kappa

#define KAPPA_CHECK(condition)                                                \
  do {                                                                        \
    if (!(condition)) [[unlikely]]                                            \
      ::kappa::check_failed(__FILE__, __LINE__, "CHECK failed: " #condition); \
  } while (false)

#define KAPPA_CHECK_COMPARE_(a, op, b)                                                         \
  do {                                                                                         \
    const auto& check_a_ = (a);                                                                \
    const auto& check_b_ = (b);                                                                \
    if (!(check_a_ op check_b_)) [[unlikely]]                                                  \
      ::kappa::check_comparison_failed(__FILE__, __LINE__, "CHECK failed: " #a " " #op " " #b, \
                                       check_a_, check_b_);                                    \
  } while (false)

#define KAPPA_CHECK_EQ(a, b) KAPPA_CHECK_COMPARE_(a, ==, b)
#define KAPPA_CHECK_NE(a, b) KAPPA_CHECK_COMPARE_(a, !=, b)
#define KAPPA_CHECK_LT(a, b) KAPPA_CHECK_COMPARE_(a, <, b)
#define KAPPA_CHECK_LE(a, b) KAPPA_CHECK_COMPARE_(a, <=, b)
#define KAPPA_CHECK_GT(a, b) KAPPA_CHECK_COMPARE_(a, >, b)
#define KAPPA_CHECK_GE(a, b) KAPPA_CHECK_COMPARE_(a, >=, b)

// CHECKs that a Status is OK and prints it otherwise; for calls that can only fail by our own bug.
#define KAPPA_CHECK_OK(expression)                                                         \
  do {                                                                                     \
    const auto& check_status_ = (expression);                                              \
    if (!check_status_.ok()) [[unlikely]]                                                  \
      ::kappa::check_failed(__FILE__, __LINE__,                                            \
                            "CHECK failed: " #expression ": " + check_status_.ToString()); \
  } while (false)
