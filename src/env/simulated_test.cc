#include "env/simulated.h"

#include <gtest/gtest.h>

#include <set>

namespace kappa::env {
namespace {

std::string content(SimulatedEnv& env, const std::string& path) {
  auto bytes = read_file(env, path, 1000);
  return bytes.ok() ? *bytes : bytes.status().code() == StatusCode::kNotFound ? "absent" : "error";
}

std::unique_ptr<File> file_in(SimulatedEnv& env, const std::string& path) {
  return env.open_file(path, OpenMode::kCreate).value();
}

TEST(SimulatedEnvTest, a_power_loss_takes_what_was_not_synced) {
  SimulatedEnv env(1);
  auto file = file_in(env, "/a");
  ASSERT_TRUE(file->append("kept").ok());
  ASSERT_TRUE(file->sync().ok());
  ASSERT_TRUE(env.sync_directory("/").ok());
  ASSERT_TRUE(file->append(" lost").ok());
  env.restart(Loss::kUnsynced);
  EXPECT_EQ(content(env, "/a"), "kept");
  EXPECT_FALSE(file->append("x").ok()) << "handles die with the process";
}

TEST(SimulatedEnvTest, a_name_is_durable_after_its_directory_was_synced) {
  SimulatedEnv env(1);
  auto file = file_in(env, "/a");
  ASSERT_TRUE(file->append("bytes").ok());
  ASSERT_TRUE(file->sync().ok());
  env.restart(Loss::kUnsynced);
  EXPECT_EQ(content(env, "/a"), "absent");

  ASSERT_TRUE(file_in(env, "/b")->sync().ok());
  ASSERT_TRUE(env.sync_directory("/").ok());
  ASSERT_TRUE(env.rename("/b", "/c").ok());
  env.restart(Loss::kUnsynced);
  EXPECT_EQ(content(env, "/b"), "");
  EXPECT_EQ(content(env, "/c"), "absent");
}

TEST(SimulatedEnvTest, a_killed_process_loses_nothing) {
  SimulatedEnv env(1);
  ASSERT_TRUE(file_in(env, "/a")->append("bytes").ok());
  env.restart(Loss::kNothing);
  EXPECT_EQ(content(env, "/a"), "bytes");
}

TEST(SimulatedEnvTest, torn_writes_end_anywhere) {
  std::set<std::string> seen;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    SimulatedEnv env(seed);
    auto file = file_in(env, "/a");
    ASSERT_TRUE(file->sync().ok());
    ASSERT_TRUE(env.sync_directory("/").ok());
    ASSERT_TRUE(file->append("ab").ok());
    ASSERT_TRUE(file->append("c").ok());
    env.restart(Loss::kTorn);
    seen.insert(content(env, "/a"));
  }
  // A later write may be there without an earlier one; then there is a hole of zeros.
  EXPECT_EQ(seen, (std::set<std::string>{"", "a", "ab", "abc", std::string("\0\0", 2),
                                         std::string("a\0", 2), std::string("\0\0c", 3),
                                         std::string("a\0c", 3)}));
}

TEST(SimulatedEnvTest, fails_the_call_that_was_chosen) {
  SimulatedEnv env(1);
  auto file = file_in(env, "/a");
  env.fail_call(2, Failure::kError);
  EXPECT_TRUE(file->append("1").ok());
  EXPECT_FALSE(file->append("2").ok());
  EXPECT_TRUE(file->append("3").ok());
  EXPECT_EQ(content(env, "/a"), "13");

  env.fail_call(1, Failure::kPartial);
  EXPECT_FALSE(file->append("4567").ok());
  EXPECT_EQ(content(env, "/a"), "1345");
}

TEST(SimulatedEnvTest, after_power_off_nothing_works_until_restart) {
  SimulatedEnv env(1);
  auto file = file_in(env, "/a");
  ASSERT_TRUE(env.sync_directory("/").ok());
  env.fail_call(1, Failure::kPowerOff);
  EXPECT_FALSE(file->sync().ok());
  EXPECT_TRUE(env.is_off());
  EXPECT_FALSE(file->append("x").ok());
  EXPECT_FALSE(env.open_file("/a", OpenMode::kRead).ok());
  EXPECT_FALSE(env.list_directory("/").ok());
  env.restart(Loss::kUnsynced);
  EXPECT_EQ(content(env, "/a"), "");
}

TEST(SimulatedEnvTest, a_worker_that_asked_for_a_time_runs_when_it_has_come) {
  SimulatedEnv env(1);
  std::vector<int64_t> times;
  const int64_t start = env.wall_ms();
  std::unique_ptr<Worker> worker;
  worker = env.start_worker("w", ThreadPriority::kNormal, [&] {
    times.push_back(env.wall_ms() - start);
    if (times.size() < 3) worker->wake_after(100);
  });
  worker->wake_after(70);
  worker->wake_after(50);
  worker->wake_after(60);
  env.run_workers();
  EXPECT_EQ(times, std::vector<int64_t>());
  env.run_workers_for(1000);
  EXPECT_EQ(times, (std::vector<int64_t>{50, 150, 250})) << "the earliest request counts, once";
  EXPECT_EQ(env.wall_ms() - start, 1000);
}

TEST(SimulatedEnvTest, workers_run_when_told_and_time_moves_when_told) {
  SimulatedEnv env(1);
  int turns = 0;
  auto worker = env.start_worker("w", ThreadPriority::kNormal, [&turns] { ++turns; });
  worker->wake();
  worker->wake();
  EXPECT_EQ(turns, 0);
  env.run_workers();
  EXPECT_EQ(turns, 1) << "wakes before a turn are one";
  int64_t before = env.wall_ms();
  env.advance_ms(250);
  EXPECT_EQ(env.wall_ms() - before, 250);
  EXPECT_EQ(env.start_thread("t", ThreadPriority::kNormal, [] {}).status().code(),
            StatusCode::kUnimplemented);
}

TEST(SimulatedEnvTest, a_disk_has_the_space_that_it_is_given) {
  SimulatedEnv env(1);
  ASSERT_TRUE(env.create_directory("/d").ok());
  env.set_disk_space({.total_bytes = 1000, .usable_bytes = 30});
  EXPECT_EQ(env.disk_space("/d")->total_bytes, 1000);
  EXPECT_EQ(env.disk_space("/d")->usable_bytes, 30);
}

TEST(SimulatedEnvTest, the_same_seed_gives_the_same_run) {
  SimulatedEnv a(7), b(7), c(8);
  uint64_t first = a.random_u64();
  EXPECT_EQ(first, b.random_u64());
  EXPECT_NE(first, c.random_u64());
}

}  // namespace
}  // namespace kappa::env
