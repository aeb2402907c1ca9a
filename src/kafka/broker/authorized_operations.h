#pragma once
// What a client may do, as the bit sets that Metadata, DescribeCluster and DescribeGroups give:
// everything, as there are no access lists. Bits are Kafka's operation numbers (KIP-430).

#include <cstdint>

namespace kappa::kafka {

inline constexpr int32_t operation_bit(int number) { return int32_t{1} << number; }

// read 3, write 4, create 5, delete 6, alter 7, describe 8, describe configs 10, alter configs 11
inline constexpr int32_t kTopicOperations = operation_bit(3) | operation_bit(4) | operation_bit(5) |
                                            operation_bit(6) | operation_bit(7) | operation_bit(8) |
                                            operation_bit(10) | operation_bit(11);

// create 5, alter 7, describe 8, cluster action 9, describe configs 10, alter configs 11,
// idempotent write 12
inline constexpr int32_t kClusterOperations =
    operation_bit(5) | operation_bit(7) | operation_bit(8) | operation_bit(9) | operation_bit(10) |
    operation_bit(11) | operation_bit(12);

// read 3, delete 6, describe 8, describe configs 10, alter configs 11
inline constexpr int32_t kGroupOperations =
    operation_bit(3) | operation_bit(6) | operation_bit(8) | operation_bit(10) | operation_bit(11);

}  // namespace kappa::kafka
