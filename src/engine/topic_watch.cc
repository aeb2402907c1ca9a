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

Status TopicWatch::check_change(const log::TopicDescription& before,
                                const log::TopicDescription& after) {
  auto relations = live_.snapshot()->relations_map;
  for (const auto& [id, definition] : relations->definitions) {
    if (definition->topic.empty() || definition->topic_id != after.id) continue;
    if (after.partition_count > before.partition_count)
      RETURN_IF_ERROR(check_growth(after, *definition));
    if (!check_cleanup_policy(after, *definition).ok())
      return failed_precondition(
          "topic \"{}\" cannot be compacted: \"{}\" has each of its records as a row", after.name,
          definition->name);
  }
  return OkStatus();
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
