#include "log/batch_scanner.h"

#include <algorithm>

namespace kappa::log {
namespace {

constexpr size_t kBufferBytes = size_t{1} << 20;

}  // namespace

StatusOr<std::string_view> BatchScanner::load(int64_t position, size_t count) {
  auto left = static_cast<size_t>(std::max<int64_t>(size_ - position, 0));
  count = std::min(count, left);
  int64_t buffer_end = buffer_position_ + static_cast<int64_t>(buffer_size_);
  if (position < buffer_position_ || position + static_cast<int64_t>(count) > buffer_end) {
    size_t wanted = std::min(std::max(count, kBufferBytes), left);
    if (buffer_.size() < wanted) buffer_.resize(wanted);
    ASSIGN_OR_RETURN(buffer_size_, file_.read_at(position, wanted, buffer_.data()));
    buffer_position_ = position;
  }
  auto begin = static_cast<size_t>(position - buffer_position_);
  if (begin >= buffer_size_) return std::string_view();
  return std::string_view(buffer_).substr(begin, std::min(count, buffer_size_ - begin));
}

StatusOr<ScanStep> BatchScanner::next() {
  ScanStep step;
  step.position = place_.position;
  if (place_.position >= size_) return step;
  step.kind = ScanStep::kDamaged;
  ASSIGN_OR_RETURN(std::string_view front, load(place_.position, kBatchHeaderBytes));
  auto header = parse_batch_header(front);
  if (!header.has_value() || !is_expected(*header)) return step;
  if (static_cast<int64_t>(header->size_bytes()) > size_ - place_.position) return step;
  ASSIGN_OR_RETURN(step.batch, load(place_.position, header->size_bytes()));
  if (step.batch.size() != header->size_bytes() || !is_checksum_right(step.batch, *header))
    return step;
  step.kind = ScanStep::kBatch;
  step.header = *header;
  place_ = {place_.position + static_cast<int64_t>(header->size_bytes()), header->next()};
  return step;
}

StatusOr<std::optional<Place>> BatchScanner::find_sound_batch(Offset limit) {
  const Place damaged = place_;
  for (int64_t position = damaged.position + 1; position < size_; ++position) {
    ASSIGN_OR_RETURN(std::string_view front, load(position, kBatchHeaderBytes));
    auto header = parse_batch_header(front);
    if (!header.has_value() || header->base <= damaged.offset || header->base >= limit) continue;
    place_ = {position, header->base};
    ASSIGN_OR_RETURN(bool is_sound, is_followed());
    place_ = damaged;
    if (is_sound) return Place{position, header->base};
  }
  return std::optional<Place>();
}

StatusOr<bool> BatchScanner::is_followed() {
  ASSIGN_OR_RETURN(ScanStep step, next());
  if (step.kind != ScanStep::kBatch) return false;
  if (place_.position == size_) return true;
  ASSIGN_OR_RETURN(std::string_view front, load(place_.position, kBatchHeaderBytes));
  auto header = parse_batch_header(front);
  return header.has_value() && is_expected(*header);
}

}  // namespace kappa::log
