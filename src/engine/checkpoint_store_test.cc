#include "engine/checkpoint_store.h"

#include <gtest/gtest.h>

#include <random>

#include "base/check.h"
#include "env/simulated.h"

namespace kappa::engine {
namespace {

using env::Failure;
using env::Loss;

constexpr char kDirectory[] = "/state";

TopicId topic_of(uint8_t number) {
  TopicId id;
  id.bytes[0] = number;
  return id;
}

std::map<std::string, int64_t> rows_of(const flow::TraceSnapshot& runs) {
  std::map<std::string, int64_t> rows;
  for (flow::TraceCursor cursor(runs); cursor.is_valid(); cursor.next())
    rows[std::string(cursor.entry().bytes)] = cursor.entry().weight;
  return rows;
}

// What a checkpoint says, to compare.
std::string text_of(const Checkpoint& checkpoint) {
  std::string text;
  for (const auto& [topic, offsets] : checkpoint.frontier.topics())
    text += fmt::format("{}@{} ", topic, fmt::join(offsets, ","));
  for (const RelationCheckpoint& relation : checkpoint.relations) {
    text += fmt::format("\n{} {}:", relation.id, relation.fingerprint);
    for (const flow::StatePart& part : relation.parts) {
      text += fmt::format(" {}=", part.name);
      if (const auto* bytes = std::get_if<std::string>(&part.value)) text += *bytes;
      if (const auto* runs = std::get_if<flow::TraceSnapshot>(&part.value))
        for (const auto& [row, weight] : rows_of(*runs)) text += fmt::format("{}*{} ", row, weight);
    }
  }
  return text;
}

// Two relations that change step by step.
class Model {
 public:
  explicit Model(uint64_t seed) : random_(seed) {}

  Checkpoint step() {
    offset_ += 10;
    for (flow::Trace& trace : traces_) {
      flow::RunBuilder builder;
      for (int i = 0; i < 20; i++)
        builder.add("k" + std::to_string(random_() % 50), "",
                    static_cast<int64_t>(random_() % 3) - 1);
      trace.add(builder.build());
    }
    Checkpoint checkpoint;
    checkpoint.frontier.set(topic_of(1), {Offset(offset_), Offset(offset_ + 1)});
    checkpoint.frontier.set(topic_of(2), {Offset(7)});
    checkpoint.relations.push_back(
        {11,
         "plan a",
         {{"0/0/rows", traces_[0].snapshot()}, {"0/0/count", std::to_string(offset_)}}});
    checkpoint.relations.push_back({12, "", {{"contents", traces_[1].snapshot()}}});
    return checkpoint;
  }

 private:
  std::mt19937_64 random_;
  int64_t offset_ = 0;
  flow::Trace traces_[2];
};

std::unique_ptr<CheckpointStore> open_store(env::Env& env) {
  auto store = CheckpointStore::open(env, kDirectory);
  KAPPA_CHECK_OK(store.status());
  return *std::move(store);
}

TEST(CheckpointStore, HasNoneAtFirst) {
  env::SimulatedEnv env(1);
  auto loaded = open_store(env)->load();
  ASSERT_TRUE(loaded.ok());
  EXPECT_FALSE(loaded->has_value());
}

TEST(CheckpointStore, GivesBackTheNewest) {
  env::SimulatedEnv env(1);
  Model model(1);
  std::string newest;
  for (int round = 0; round < 50; round++) {
    auto store = open_store(env);  // each start goes on with what it has loaded
    if (round > 0) {
      auto loaded = store->load();
      ASSERT_TRUE(loaded.ok()) << loaded.status();
      EXPECT_EQ(text_of(**loaded), newest);
    }
    for (int i = 0; i < 3; i++) {
      Checkpoint checkpoint = model.step();
      ASSERT_TRUE(store->save(checkpoint).ok());
      newest = text_of(checkpoint);
    }
  }
  EXPECT_LE(env.list_directory(kDirectory)->size(), 12u) << "old data goes";
}

TEST(CheckpointStore, WritesOnlyWhatIsNew) {
  env::SimulatedEnv env(1);
  auto store = open_store(env);
  flow::RunBuilder builder;
  for (int i = 0; i < 10'000; i++) builder.add("key" + std::to_string(i), "", 1);
  flow::Trace trace;
  trace.add(builder.build());
  auto save = [&] {
    Checkpoint checkpoint;
    checkpoint.relations.push_back({1, "", {{"rows", trace.snapshot()}}});
    return store->save(checkpoint).value();
  };
  const CheckpointSize first = save();
  EXPECT_GT(first.written_bytes, 50'000);
  builder.add("one more", "", 1);
  trace.add(builder.build());
  const CheckpointSize second = save();
  EXPECT_LT(second.written_bytes, 100);
  EXPECT_GT(second.total_bytes, first.total_bytes);
  EXPECT_EQ(store->load().value()->relations[0].parts.size(), 1u);
}

TEST(CheckpointStore, LeavesOneOfTheTwoWhenItStopsAtAnyCall) {
  for (Failure failure : {Failure::kError, Failure::kPartial, Failure::kPowerOff}) {
    for (Loss loss : {Loss::kNothing, Loss::kUnsynced, Loss::kTorn}) {
      bool has_failed = true;
      for (uint64_t call = 1; has_failed; call++) {
        env::SimulatedEnv env(call);
        Model model(call);
        auto store = open_store(env);
        std::string before;
        for (int i = 0; i < 3; i++) {
          Checkpoint checkpoint = model.step();
          ASSERT_TRUE(store->save(checkpoint).ok());
          before = text_of(checkpoint);
        }
        Checkpoint checkpoint = model.step();
        const std::string after = text_of(checkpoint);
        env.fail_call(call, failure);
        const uint64_t calls_before = env.call_count();
        const bool is_saved = store->save(checkpoint).ok();
        has_failed = env.call_count() - calls_before >= call;
        env.fail_call(1'000'000, Failure::kError);
        store.reset();
        env.restart(loss);
        auto loaded = open_store(env)->load();
        ASSERT_TRUE(loaded.ok()) << loaded.status() << " call " << call;
        ASSERT_TRUE(loaded->has_value());
        const std::string found = text_of(**loaded);
        EXPECT_TRUE(found == after || (!is_saved && found == before)) << "call " << call;
      }
    }
  }
}

TEST(CheckpointStore, TellsDamageAndDiscardsIt) {
  env::SimulatedEnv env(1);
  Model model(1);
  KAPPA_CHECK_OK(open_store(env)->save(model.step()).status());
  for (const std::string name : {"checkpoint", "1.state"}) {
    env.damage_byte(std::string(kDirectory) + "/" + name, 30);
    auto store = open_store(env);
    EXPECT_EQ(store->load().status().code(), StatusCode::kDataLoss);
    env.damage_byte(std::string(kDirectory) + "/" + name, 30);  // undone
    EXPECT_TRUE(store->load().ok());
  }
  auto store = open_store(env);
  ASSERT_TRUE(store->discard().ok());
  EXPECT_FALSE(store->load().value().has_value());
  EXPECT_TRUE(env.list_directory(kDirectory)->empty());
  EXPECT_TRUE(store->save(model.step()).ok());
}

}  // namespace
}  // namespace kappa::engine
