#include "log/producer_state.h"

#include "base/bytes.h"

namespace kappa::log {

void ProducerState::note(const BatchHeader& header, std::string_view batch, int64_t now_ms) {
  sequences.note(header, now_ms);
  transactions.note(header, batch);
}

void ProducerState::expire(int64_t before_ms) {
  sequences.expire(before_ms, [this](int64_t id) { return transactions.is_open(id); });
}

std::string ProducerState::encode() const {
  const std::string table = sequences.encode();
  std::string out;
  Writer writer(out);
  writer.u32(static_cast<uint32_t>(table.size()));
  writer.raw(table);
  transactions.encode(writer);
  return out;
}

std::optional<ProducerState> ProducerState::decode(std::string_view payload) {
  Reader reader(payload);
  const uint32_t size = reader.u32();
  auto sequences = ProducerTable::decode(reader.view(size));
  auto transactions = TransactionTable::decode(reader);
  if (!reader.ok() || reader.remaining() > 0 || !sequences || !transactions) return std::nullopt;
  return ProducerState{*std::move(sequences), *std::move(transactions)};
}

}  // namespace kappa::log
