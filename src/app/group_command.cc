#include "app/group_command.h"

#include <algorithm>
#include <cstdio>

#include "app/group_admin.h"
#include "app/offset_range.h"
#include "env/env.h"

namespace kappa::app {
namespace {

ExitCode report(const Status& status) {
  if (!status.ok()) fmt::print(stderr, "kappa group: {}\n", message_of(status));
  return exit_code_of(status);
}

std::optional<std::string> number_or_null(int64_t offset) {
  if (offset < 0) return std::nullopt;
  return std::to_string(offset);
}

Status list_groups(const GroupCommandOptions& options) {
  ASSIGN_OR_RETURN(auto admin, GroupAdmin::open(options.bootstrap));
  ASSIGN_OR_RETURN(auto groups, admin->list());
  std::sort(groups.begin(), groups.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  Grid grid{.columns = {{.name = "group"},
                        {.name = "state"},
                        {.name = "type"},
                        {.name = "members", .is_number = true}}};
  for (const GroupSummary& group : groups) {
    grid.rows.push_back(
        {group.name, group.state, group.protocol_type, std::to_string(group.member_count)});
  }
  fmt::print("{}", format_grid(grid, options.format));
  return OkStatus();
}

Status describe_group(const GroupCommandOptions& options) {
  ASSIGN_OR_RETURN(auto admin, GroupAdmin::open(options.bootstrap));
  RETURN_IF_ERROR(admin->find(options.group).status());
  ASSIGN_OR_RETURN(auto places, admin->places(options.group));
  Grid grid{.columns = {{.name = "topic"},
                        {.name = "partition", .is_number = true},
                        {.name = "committed", .is_number = true},
                        {.name = "next_offset", .is_number = true},
                        {.name = "lag", .is_number = true},
                        {.name = "client"}}};
  for (const GroupPlace& place : places) {
    std::optional<std::string> lag;
    if (place.committed >= 0) lag = std::to_string(place.next_offset - place.committed);
    std::optional<std::string> client;
    if (!place.member.empty()) client = place.member;
    grid.rows.push_back({place.topic, std::to_string(place.partition),
                         number_or_null(place.committed), std::to_string(place.next_offset), lag,
                         client});
  }
  fmt::print("{}", format_grid(grid, options.format));
  return OkStatus();
}

StatusOr<int64_t> target_of(GroupAdmin& admin, const GroupCommandOptions& options,
                            std::optional<int64_t> time_ms, const GroupPlace& place) {
  if (options.to_earliest) return place.first_offset;
  if (options.to_latest) return place.next_offset;
  if (options.to_offset) {
    return std::clamp(*options.to_offset, place.first_offset, place.next_offset);
  }
  return admin.offset_at(place, *time_ms);
}

Status check_target(const GroupCommandOptions& options) {
  int given = options.to_earliest + options.to_latest + options.to_time.has_value() +
              options.to_offset.has_value();
  if (given == 1) return OkStatus();
  return invalid_argument(
      "reset needs one of --to-earliest, --to-latest, --to-time and --to-offset, got {}", given);
}

Status reset_group(const GroupCommandOptions& options) {
  RETURN_IF_ERROR(check_target(options));
  std::optional<int64_t> time_ms;
  if (options.to_time) {
    ASSIGN_OR_RETURN(time_ms, parse_time_ms(*options.to_time, env::posix_env().wall_ms()));
  }
  ASSIGN_OR_RETURN(auto admin, GroupAdmin::open(options.bootstrap));
  // With a topic, a group gets places that it has not had, as one that is to begin there.
  const bool may_be_new = !options.topic.empty();
  auto group = admin->find(options.group);
  if (!group.ok() && !(may_be_new && absl::IsNotFound(group.status()))) return group.status();
  if (group.ok() && group->state != "Empty") {
    return failed_precondition("group {} has {} members; stop them first", options.group,
                               group->member_count);
  }
  ASSIGN_OR_RETURN(auto places, may_be_new ? admin->places_in(options.group, options.topic)
                                           : admin->places(options.group));
  Grid plan{.columns = {{.name = "topic"},
                        {.name = "partition", .is_number = true},
                        {.name = "from", .is_number = true},
                        {.name = "to", .is_number = true}}};
  std::vector<GroupPlace> changed;
  for (GroupPlace place : places) {
    auto from = number_or_null(place.committed);
    ASSIGN_OR_RETURN(place.committed, target_of(*admin, options, time_ms, place));
    plan.rows.push_back(
        {place.topic, std::to_string(place.partition), from, std::to_string(place.committed)});
    changed.push_back(std::move(place));
  }
  if (changed.empty()) {
    return not_found("group {} has committed nothing; --topic names where it is to begin",
                     options.group);
  }
  if (!options.is_dry_run) RETURN_IF_ERROR(admin->commit(options.group, changed));
  fmt::print("{}", format_grid(plan, options.format));
  return OkStatus();
}

Status delete_group(const GroupCommandOptions& options) {
  ASSIGN_OR_RETURN(auto admin, GroupAdmin::open(options.bootstrap));
  return admin->remove(options.group);
}

}  // namespace

ExitCode run_group_list(const GroupCommandOptions& options) { return report(list_groups(options)); }
ExitCode run_group_describe(const GroupCommandOptions& options) {
  return report(describe_group(options));
}
ExitCode run_group_reset(const GroupCommandOptions& options) {
  return report(reset_group(options));
}
ExitCode run_group_delete(const GroupCommandOptions& options) {
  return report(delete_group(options));
}

}  // namespace kappa::app
