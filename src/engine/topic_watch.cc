#include "engine/topic_watch.h"

#include "base/logging.h"
#include "engine/definer.h"
#include "engine/history.h"

namespace kappa::engine {
namespace {

Status check_growth(const log::TopicDescription& topic, const Definition& definition) {
  if (definition.kind == DefinitionKind::kTable)
    return failed_precondition(
        "topic \"{}\" cannot get more partitions: it holds table \"{}\", and SQL writes a "
        "statement to one partition",
        topic.name, definition.name);
  if (definition.is_keyed())
    return failed_precondition(
        "topic \"{}\" cannot get more partitions: \"{}\" takes a key's last record for its row, "
        "and "
        "a key would move to another partition, without an order between its records; drop \"{}\" "
        "first",
        topic.name, definition.name, definition.name);
  return OkStatus();
}

}  // namespace

TopicWatch::TopicWatch(log::Log& log, Live& live) : log_(log), live_(live) { log_.observe(this); }

TopicWatch::~TopicWatch() { log_.observe(nullptr); }

Status TopicWatch::check(const log::TopicDescription& before, const log::TopicDescription& after,
                         const Definition& definition) {
  if (definition.topic.empty() || definition.topic_id != after.id) return OkStatus();
  if (after.partition_count > before.partition_count)
    RETURN_IF_ERROR(check_growth(after, definition));
  if (check_cleanup_policy(after, definition).ok()) return OkStatus();
  return failed_precondition(
      "topic \"{}\" cannot be compacted: \"{}\" has each of its records as a row", after.name,
      definition.name);
}

Status TopicWatch::check_change(const log::TopicDescription& before,
                                const log::TopicDescription& after) {
  {
    // First: who is not claimed any more is in the snapshot.
    absl::MutexLock lock(&mutex_);
    for (const DefinitionPtr& definition : claimed_)
      RETURN_IF_ERROR(check(before, after, *definition));
  }
  auto relations = live_.snapshot()->relations_map;
  for (const auto& [id, definition] : relations->definitions)
    RETURN_IF_ERROR(check(before, after, *definition));
  return OkStatus();
}

TopicWatch::Claim::Claim(TopicWatch& watch, DefinitionPtr definition)
    : watch_(watch), definition_(std::move(definition)) {
  absl::MutexLock lock(&watch_.mutex_);
  watch_.claimed_.push_back(definition_);
}

TopicWatch::Claim::~Claim() {
  absl::MutexLock lock(&watch_.mutex_);
  std::erase(watch_.claimed_, definition_);
}

StatusOr<std::unique_ptr<TopicWatch::Claim>> TopicWatch::claim(DefinitionPtr definition) {
  auto claimed = std::make_unique<Claim>(*this, definition);
  // A change of nothing waits for the one under way. What it says of this relation is said better
  // below.
  (void)log_.change_settings(
      definition->topic_id, [](log::TopicSettings&) { return OkStatus(); },
      log::ChangeMode::kCheckOnly);
  ASSIGN_OR_RETURN(const log::TopicDescription topic, log_.find_topic(definition->topic_id));
  RETURN_IF_ERROR(check_cleanup_policy(topic, *definition));
  return claimed;
}

void TopicWatch::changed(const log::TopicDescription&) {
  live_.post([](Live::State& state) {
    grow_relations(state);
    return OkStatus();
  });
}

void grow_relations(Live::State& state) {
  for (const DefinitionPtr& definition : state.pipeline.grow_topics()) {
    const Partitions& partitions = state.pipeline.node_of(definition->topic_id)->partitions();
    LOG_INFO("\"{}\" reads {} partitions of topic \"{}\" now", definition->name, partitions.size(),
             definition->topic);
    state.relations = with_relation(*state.relations, definition, partitions);
    if (state.on_growth) state.on_growth(*definition);
  }
}

}  // namespace kappa::engine
