#pragma once
// CRC32C (Castagnoli), the checksum of Kafka's record batches and of our own files. On x86-64 with
// SSE 4.2 three streams are computed side by side and joined by a carry-less multiplication
// (V. Gopal et al., "Fast CRC Computation for iSCSI Polynomial Using CRC32 Instruction", Intel
// 2011); elsewhere a table is used.

#include <cstdint>
#include <string_view>

namespace kappa {

uint32_t crc32c(std::string_view bytes);
// The checksum of what `crc` covers followed by bytes; crc32c(b) == crc32c_extend(0, b).
uint32_t crc32c_extend(uint32_t crc, std::string_view bytes);
// The same by table, one byte at a time: the fallback, and what tests compare with.
uint32_t crc32c_extend_by_table(uint32_t crc, std::string_view bytes);

}  // namespace kappa
