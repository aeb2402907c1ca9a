#include "engine/checkpoint_store.h"

#include <algorithm>
#include <duckdb/main/database.hpp>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/logging.h"
#include "log/checked_file.h"

namespace kappa::engine {
namespace {

// Goes up when the state of any operator changes its form.
constexpr int kStateFormat = 1;
constexpr std::string_view kMagic = "KPCKPT01";
constexpr char kName[] = "checkpoint";
constexpr std::string_view kDataSuffix = ".state";
constexpr size_t kWriteBytes = size_t{1} << 20;

enum class PartKind : int8_t { kBytes = 0, kTrace = 1 };

void put_text(Writer& writer, std::string_view text) {
  writer.uvarlong(text.size());
  writer.raw(text);
}

std::string take_text(Reader& reader) {
  const uint64_t size = reader.uvarlong();
  if (size > reader.remaining()) reader.fail();
  return std::string(reader.view(reader.ok() ? size : 0));
}

// A count of things that take at least a byte each.
uint64_t take_count(Reader& reader) {
  const uint64_t count = reader.uvarlong();
  if (count > reader.remaining()) reader.fail();
  return reader.ok() ? count : 0;
}

void put_frontier(Writer& writer, const Frontier& frontier) {
  writer.uvarlong(frontier.topics().size());
  for (const auto& [topic, offsets] : frontier.topics()) {
    writer.raw({reinterpret_cast<const char*>(topic.bytes.data()), topic.bytes.size()});
    writer.uvarlong(offsets.size());
    for (Offset offset : offsets) writer.i64(offset.value);
  }
}

Frontier take_frontier(Reader& reader) {
  Frontier frontier;
  for (uint64_t count = take_count(reader); count > 0; count--) {
    TopicId topic;
    std::string_view id = reader.view(topic.bytes.size());
    std::copy(id.begin(), id.end(), topic.bytes.begin());
    std::vector<Offset> offsets;
    for (uint64_t rest = take_count(reader); rest > 0; rest--) offsets.emplace_back(reader.i64());
    frontier.set(topic, std::move(offsets));
  }
  return frontier;
}

}  // namespace

std::string state_format() {
  return fmt::format("state {} duckdb {}", kStateFormat, duckdb::DuckDB::LibraryVersion());
}

const RelationCheckpoint* Checkpoint::find(int64_t id) const {
  for (const RelationCheckpoint& relation : relations)
    if (relation.id == id) return &relation;
  return nullptr;
}

StatusOr<std::unique_ptr<CheckpointStore>> CheckpointStore::open(env::Env& env,
                                                                 std::string directory) {
  RETURN_IF_ERROR(env::create_directories(env, directory));
  return std::unique_ptr<CheckpointStore>(new CheckpointStore(env, std::move(directory)));
}

std::string CheckpointStore::data_path(uint64_t file) const {
  return env::join_path(directory_, std::to_string(file) + std::string(kDataSuffix));
}

// --- saving

// One save: the new data file, and the manifest that names it.
class CheckpointStore::Saving {
 public:
  Saving(CheckpointStore& store, const Places& known, uint64_t number)
      : store_(store), known_(known), number_(number) {}

  Status write(const Checkpoint& checkpoint) {
    find_sparse_files(checkpoint);
    Writer writer(manifest_);
    writer.uvarlong(number_ + 1);
    put_frontier(writer, checkpoint.frontier);
    writer.uvarlong(checkpoint.relations.size());
    for (const RelationCheckpoint& relation : checkpoint.relations) {
      writer.i64(relation.id);
      put_text(writer, relation.fingerprint);
      writer.uvarlong(relation.parts.size());
      for (const flow::StatePart& part : relation.parts) RETURN_IF_ERROR(put_part(writer, part));
    }
    return finish_file();
  }

  const std::string& manifest() const { return manifest_; }
  Places take_places() { return std::move(places_); }
  const std::map<uint64_t, uint64_t>& named_bytes() const { return named_bytes_; }
  CheckpointSize size() const {
    CheckpointSize size{static_cast<int64_t>(position_), 0};
    for (const auto& [file, bytes] : named_bytes_) size.total_bytes += static_cast<int64_t>(bytes);
    return size;
  }

 private:
  const Place* place_of(const flow::RunPtr& run) const {
    auto found = known_.find(run.get());
    // Another run may lie where one was that is gone.
    if (found == known_.end() || found->second.run.lock() != run) return nullptr;
    return &found->second;
  }

  // Files of which less than half is still needed: what is needed is written again, so that they
  // can go.
  void find_sparse_files(const Checkpoint& checkpoint) {
    std::map<uint64_t, uint64_t> needed;
    for (const RelationCheckpoint& relation : checkpoint.relations) {
      for (const flow::StatePart& part : relation.parts) {
        const auto* runs = std::get_if<flow::TraceSnapshot>(&part.value);
        if (runs == nullptr) continue;
        for (const flow::RunPtr& run : *runs)
          if (const Place* place = place_of(run)) needed[place->block.file] += place->block.size;
      }
    }
    for (const auto& [file, bytes] : needed) {
      auto opened = store_.env_.open_file(store_.data_path(file), env::OpenMode::kRead);
      auto size = opened.ok() ? (*opened)->size() : StatusOr<int64_t>(opened.status());
      if (!size.ok() || bytes * 2 < static_cast<uint64_t>(*size)) sparse_.push_back(file);
    }
  }

  Status put_part(Writer& writer, const flow::StatePart& part) {
    put_text(writer, part.name);
    if (const auto* bytes = std::get_if<std::string>(&part.value)) {
      writer.i8(static_cast<int8_t>(PartKind::kBytes));
      writer.uvarlong(1);
      return put_block(writer, *bytes).status();
    }
    const auto& runs = std::get<flow::TraceSnapshot>(part.value);
    writer.i8(static_cast<int8_t>(PartKind::kTrace));
    writer.uvarlong(runs.size());
    for (const flow::RunPtr& run : runs) RETURN_IF_ERROR(put_run(writer, run));
    return OkStatus();
  }

  Status put_run(Writer& writer, const flow::RunPtr& run) {
    const Place* place = place_of(run);
    const bool is_kept = place != nullptr && std::find(sparse_.begin(), sparse_.end(),
                                                       place->block.file) == sparse_.end();
    if (is_kept) {
      name(writer, place->block);
      places_[run.get()] = *place;
      return OkStatus();
    }
    std::string bytes;
    flow::encode_run(*run, bytes);
    ASSIGN_OR_RETURN(Block block, put_block(writer, bytes));
    places_[run.get()] = {run, block};
    return OkStatus();
  }

  StatusOr<Block> put_block(Writer& writer, std::string_view bytes) {
    const Block block{number_, position_, bytes.size(), crc32c(bytes)};
    position_ += bytes.size();
    buffer_.append(bytes);
    if (buffer_.size() >= kWriteBytes) RETURN_IF_ERROR(flush());
    name(writer, block);
    return block;
  }

  void name(Writer& writer, const Block& block) {
    writer.uvarlong(block.file);
    writer.uvarlong(block.position);
    writer.uvarlong(block.size);
    writer.u32(block.crc);
    named_bytes_[block.file] += block.size;
  }

  Status flush() {
    if (file_ == nullptr) {
      ASSIGN_OR_RETURN(file_,
                       store_.env_.open_file(store_.data_path(number_), env::OpenMode::kOverwrite));
    }
    RETURN_IF_ERROR(file_->append(buffer_));
    buffer_.clear();
    return OkStatus();
  }

  Status finish_file() {
    if (!buffer_.empty()) RETURN_IF_ERROR(flush());
    if (file_ == nullptr) return OkStatus();
    RETURN_IF_ERROR(file_->sync());
    return store_.env_.sync_directory(store_.directory_);
  }

  CheckpointStore& store_;
  const Places& known_;
  const uint64_t number_;
  std::vector<uint64_t> sparse_;
  std::unique_ptr<env::File> file_;
  std::string buffer_;
  uint64_t position_ = 0;
  std::string manifest_;
  Places places_;
  std::map<uint64_t, uint64_t> named_bytes_;  // by file
};

StatusOr<CheckpointSize> CheckpointStore::save(const Checkpoint& checkpoint) {
  absl::MutexLock lock(&mutex_);
  // A number is used once, also when the save fails: what it left may not be taken for another's.
  Saving saving(*this, places_, next_file_++);
  RETURN_IF_ERROR(saving.write(checkpoint));
  RETURN_IF_ERROR(log::write_checked_file(env_, env::join_path(directory_, kName), kMagic,
                                          saving.manifest(), log::FileDurability::kSynced));
  places_ = saving.take_places();
  remove_unnamed(saving.named_bytes());
  return saving.size();
}

// What a failure leaves here goes with the next save.
void CheckpointStore::remove_unnamed(const std::map<uint64_t, uint64_t>& named_bytes) {
  auto names = env_.list_directory(directory_);
  if (!names.ok()) return;
  for (const std::string& name : *names) {
    if (!name.ends_with(kDataSuffix)) continue;
    const bool is_named =
        std::any_of(named_bytes.begin(), named_bytes.end(), [&](const auto& file) {
          return name == std::to_string(file.first) + std::string(kDataSuffix);
        });
    if (is_named) continue;
    Status removed = env_.remove_file(env::join_path(directory_, name));
    if (!removed.ok()) LOG_WARN("old checkpoint data stays: {}", message_of(removed));
  }
}

Status CheckpointStore::discard() {
  absl::MutexLock lock(&mutex_);
  const std::string path = env::join_path(directory_, kName);
  if (env_.exists(path)) RETURN_IF_ERROR(env_.remove_file(path));
  RETURN_IF_ERROR(env_.sync_directory(directory_));
  places_.clear();
  remove_unnamed({});
  return OkStatus();
}

// --- loading

class CheckpointStore::Loading {
 public:
  Loading(CheckpointStore& store, std::string_view manifest) : store_(store), reader_(manifest) {}

  StatusOr<Checkpoint> read() {
    next_file_ = reader_.uvarlong();
    Checkpoint checkpoint;
    checkpoint.frontier = take_frontier(reader_);
    for (uint64_t count = take_count(reader_); count > 0; count--) {
      RelationCheckpoint relation;
      relation.id = reader_.i64();
      relation.fingerprint = take_text(reader_);
      for (uint64_t rest = take_count(reader_); rest > 0; rest--) {
        ASSIGN_OR_RETURN(flow::StatePart part, take_part());
        relation.parts.push_back(std::move(part));
      }
      checkpoint.relations.push_back(std::move(relation));
    }
    if (!reader_.ok() || reader_.remaining() != 0) return data_loss("checkpoint is malformed");
    return checkpoint;
  }

  uint64_t next_file() const { return next_file_; }
  Places take_places() { return std::move(places_); }

 private:
  StatusOr<flow::StatePart> take_part() {
    flow::StatePart part{take_text(reader_), {}};
    const auto kind = static_cast<PartKind>(reader_.i8());
    const uint64_t count = take_count(reader_);
    if (!reader_.ok() || (kind == PartKind::kBytes && count != 1) ||
        (kind != PartKind::kBytes && kind != PartKind::kTrace))
      return data_loss("checkpoint is malformed: part={}", part.name);
    if (kind == PartKind::kBytes) {
      ASSIGN_OR_RETURN(auto block, take_block());
      part.value = std::move(block.second);
      return part;
    }
    auto& runs = part.value.emplace<flow::TraceSnapshot>();
    for (uint64_t i = 0; i < count; i++) {
      ASSIGN_OR_RETURN(auto block, take_block());
      ASSIGN_OR_RETURN(flow::RunPtr run, flow::decode_run(block.second));
      places_[run.get()] = {run, block.first};
      runs.push_back(std::move(run));
    }
    return part;
  }

  StatusOr<std::pair<Block, std::string>> take_block() {
    Block block;
    block.file = reader_.uvarlong();
    block.position = reader_.uvarlong();
    block.size = reader_.uvarlong();
    block.crc = reader_.u32();
    if (!reader_.ok()) return data_loss("checkpoint is cut short");
    ASSIGN_OR_RETURN(env::File * file, file_of(block.file));
    ASSIGN_OR_RETURN(int64_t file_size, file->size());
    const auto end = static_cast<uint64_t>(file_size);
    if (block.position > end || block.size > end - block.position)
      return data_loss("checkpoint data is cut short: file={}", store_.data_path(block.file));
    std::string bytes(block.size, '\0');
    ASSIGN_OR_RETURN(size_t count,
                     file->read_at(static_cast<int64_t>(block.position), block.size, bytes.data()));
    if (count != block.size || crc32c(bytes) != block.crc)
      return data_loss("checkpoint data is damaged: file={} position={}",
                       store_.data_path(block.file), block.position);
    return std::pair(block, std::move(bytes));
  }

  StatusOr<env::File*> file_of(uint64_t number) {
    auto& file = files_[number];
    if (file == nullptr) {
      auto opened = store_.env_.open_file(store_.data_path(number), env::OpenMode::kRead);
      if (absl::IsNotFound(opened.status()))
        return data_loss("checkpoint data is missing: file={}", store_.data_path(number));
      RETURN_IF_ERROR(opened.status());
      file = std::move(*opened);
    }
    return file.get();
  }

  CheckpointStore& store_;
  Reader reader_;
  uint64_t next_file_ = 1;
  std::map<uint64_t, std::unique_ptr<env::File>> files_;
  Places places_;
};

StatusOr<std::optional<Checkpoint>> CheckpointStore::load() {
  absl::MutexLock lock(&mutex_);
  auto manifest = log::read_checked_file(env_, env::join_path(directory_, kName), kMagic);
  if (absl::IsNotFound(manifest.status())) return std::nullopt;
  RETURN_IF_ERROR(manifest.status());
  Loading loading(*this, *manifest);
  ASSIGN_OR_RETURN(Checkpoint checkpoint, loading.read());
  // Runs that are in memory already keep their places: this may be a second reading.
  for (auto& [run, place] : loading.take_places()) places_.insert_or_assign(run, std::move(place));
  next_file_ = std::max(next_file_, loading.next_file());
  return checkpoint;
}

}  // namespace kappa::engine
