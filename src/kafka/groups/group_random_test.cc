// Clients that come, go, crash and are slow, against a server that is restarted now and then, all
// of it chosen by a seed. Whatever happens: a generation has one leader and one protocol, a member
// of a stable group has the share that its leader gave it in that generation, generations go up,
// and the last acknowledged commit is the one that is found. When things calm down, everybody is
// in.

#include <fmt/format.h>

#include <random>

#include "kafka/testing/group_test_base.h"

namespace kappa::kafka {
namespace {

struct Client {
  enum class Phase { kOut, kJoining, kSyncing, kStable };
  Phase phase = Phase::kOut;
  std::optional<std::string> instance_id;
  std::string member_id;
  int32_t generation = -1;
  std::shared_ptr<Joining> joining;
  std::shared_ptr<Syncing> syncing;
};

class GroupRandomTest : public GroupTestBase, public testing::WithParamInterface<uint64_t> {
 protected:
  static constexpr int kClients = 5;

  GroupRandomTest() : GroupTestBase(quick(), GetParam()), random_(GetParam()) {
    KAPPA_CHECK_OK(log_->create_topic("t", 1, {}).status());
    has_static_ = GetParam() % 2 == 1;
    for (int i = 0; i < kClients; ++i) {
      auto& client = clients_.emplace_back();
      if (has_static_ && i % 2 == 0) client.instance_id = fmt::format("static-{}", i);
    }
  }
  uint64_t below(uint64_t limit) { return random_() % limit; }

  // What a client does next, as clients do.
  void act(Client& client) {
    switch (client.phase) {
      case Client::Phase::kOut:
        return begin_join(client);
      case Client::Phase::kJoining:
        return end_join(client);
      case Client::Phase::kSyncing:
        return end_sync(client);
      case Client::Phase::kStable:
        return react(client, heartbeat_of(client));
    }
  }

  void begin_join(Client& client) {
    JoinWish wish{.member_id = client.member_id, .instance_id = client.instance_id};
    wish.protocols = {{"range", fmt::format("v{}", below(3))}, {"sticky", ""}};
    if (below(2) == 0) std::swap(wish.protocols[0], wish.protocols[1]);
    client.joining = join(wish);
    client.phase = Client::Phase::kJoining;
  }

  void end_join(Client& client) {
    const Joining& joined = *client.joining;
    if (!joined.is_answered) return;
    if (joined.error == error::kMemberIdRequired) client.member_id = joined.member_id;
    if (joined.error != error::kNone) return react(client, joined.error);
    EXPECT_GE(joined.generation, client.generation);
    client.member_id = joined.member_id;
    client.generation = joined.generation;
    check_generation(joined);
    std::map<std::string, std::string> assignments;
    if (joined.is_leader()) {
      for (const auto& [id, metadata] : joined.members) {
        assignments[id] = fmt::format("{}/{}", joined.generation, id);
      }
    }
    client.syncing = sync(joined, assignments);
    client.phase = Client::Phase::kSyncing;
  }

  void check_generation(const Joining& joined) {
    auto [known, is_first] = generations_.try_emplace(joined.generation, joined);
    EXPECT_EQ(known->second.protocol, joined.protocol);
    // A static leader that was restarted goes on under another id.
    if (!has_static_) {
      EXPECT_EQ(known->second.leader, joined.leader);
    }
    EXPECT_EQ(joined.is_leader(), !joined.members.empty());
    if (joined.is_leader()) {
      EXPECT_TRUE(joined.members.contains(joined.member_id));
    }
  }

  void end_sync(Client& client) {
    const Syncing& synced = *client.syncing;
    if (!synced.is_answered) return;
    if (synced.error != error::kNone) return react(client, synced.error);
    std::string prefix = fmt::format("{}/", client.generation);
    EXPECT_TRUE(synced.assignment.starts_with(prefix)) << synced.assignment;
    if (!client.instance_id) {
      EXPECT_EQ(synced.assignment, prefix + client.member_id);
    }
    client.phase = Client::Phase::kStable;
  }

  int16_t heartbeat_of(const Client& client) {
    return coordinator_->heartbeat("g", {client.member_id, client.instance_id, client.generation});
  }

  void react(Client& client, int16_t error) {
    if (error == error::kNone) return;
    client.phase = Client::Phase::kOut;
    if (error == error::kUnknownMemberId || error == error::kFencedInstanceId) {
      client.member_id.clear();
    }
    bool is_expected = error == error::kUnknownMemberId || error == error::kFencedInstanceId ||
                       error == error::kMemberIdRequired || error == error::kIllegalGeneration ||
                       error == error::kRebalanceInProgress;
    EXPECT_TRUE(is_expected) << error;
  }

  void commit_of(Client& client) {
    ++offset_;
    auto outcome = commit({client.member_id, client.instance_id, client.generation}, offset_);
    ASSERT_TRUE(outcome.has_value());
    if (*outcome != error::kNone) return react(client, *outcome);
    acknowledged_ = offset_;
    coordinator_->look_at(
        "g", [&](const Group& group) { EXPECT_EQ(group.generation(), client.generation); });
  }

  void disturb() {
    Client& client = clients_[below(kClients)];
    switch (below(12)) {
      case 0:  // crashes: a new process, which knows nothing
        client = Client{.instance_id = client.instance_id};
        break;
      case 1:
        if (client.phase != Client::Phase::kStable) break;
        leave(client.member_id, client.instance_id);
        client = Client{.instance_id = client.instance_id};
        break;
      case 2:
        if (below(4) == 0) restart_server();
        break;
      case 3:
        pass_ms(static_cast<int64_t>(below(12'000)));
        break;
      default:
        pass_ms(static_cast<int64_t>(below(1'000)));
    }
  }

  void restart_server() {
    for (auto& client : clients_) {
      // Requests that waited are lost with their connections.
      if (client.phase != Client::Phase::kStable) client.phase = Client::Phase::kOut;
    }
    restart();
    // A generation that was not durable is counted again, by others.
    generations_.clear();
    for (auto& client : clients_) client.generation = -1;
    coordinator_->look_at("g", [&](const Group& group) {
      for (auto& client : clients_) {
        if (client.phase == Client::Phase::kStable) client.generation = group.generation();
      }
    });
  }

  void check() {
    if (acknowledged_ >= 0) {
      EXPECT_EQ(committed(), acknowledged_);
    }
    coordinator_->look_at("g", [&](const Group& group) {
      const Roster& roster = group.roster();
      EXPECT_EQ(roster.empty(), roster.leader().empty());
      EXPECT_TRUE(roster.empty() || roster.find(roster.leader()) != nullptr);
      if (group.state() != GroupState::kStable) return;
      for (const auto& [id, member] : roster.members()) {
        EXPECT_TRUE(member.assignment.starts_with(fmt::format("{}/", group.generation()))) << id;
        EXPECT_FALSE(member.is_waiting());
      }
    });
  }

  bool is_everybody_in() {
    bool are_all = state() == "Stable";
    for (const auto& client : clients_) {
      are_all = are_all && client.phase == Client::Phase::kStable &&
                client.generation == clients_[0].generation && heartbeat_of(client) == error::kNone;
    }
    return are_all;
  }

  std::mt19937_64 random_;
  bool has_static_ = false;
  std::vector<Client> clients_;
  std::map<int32_t, Joining> generations_;
  int64_t offset_ = 0;
  int64_t acknowledged_ = -1;
};

TEST_P(GroupRandomTest, TheGroupStaysConsistentAndComesTogetherInTheEnd) {
  for (int step = 0; step < 400 && !HasFailure(); ++step) {
    Client& client = clients_[below(kClients)];
    if (client.phase == Client::Phase::kStable && below(2) == 0) {
      commit_of(client);
    } else {
      act(client);
    }
    if (below(4) == 0) disturb();
    check();
  }
  for (int second = 0; second < 300 && !is_everybody_in(); ++second) {
    for (auto& client : clients_) act(client);
    pass_ms(1'000);
    check();
  }
  EXPECT_TRUE(is_everybody_in()) << "state " << state();
}

INSTANTIATE_TEST_SUITE_P(Seeds, GroupRandomTest, testing::Range<uint64_t>(1, 101));

}  // namespace
}  // namespace kappa::kafka
