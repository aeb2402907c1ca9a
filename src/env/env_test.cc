#include "env/env.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <future>

#include "env/simulated.h"

namespace kappa::env {
namespace {

// Both machines keep the same contract.
class EnvTest : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (is_posix()) {
      char path[] = "/tmp/kappa-env-test-XXXXXX";
      ASSERT_NE(mkdtemp(path), nullptr);
      root_ = path;
    } else {
      root_ = "/root";
      ASSERT_TRUE(simulated_.create_directory(root_).ok());
    }
  }
  void TearDown() override {
    if (is_posix()) {
      EXPECT_EQ(system(("rm -rf " + root_).c_str()), 0);
    }
  }
  bool is_posix() const { return GetParam(); }
  Env& env() { return is_posix() ? posix_env() : static_cast<Env&>(simulated_); }
  std::string path(std::string_view name) const { return join_path(root_, name); }
  std::string content(std::string_view name) {
    return read_file(env(), path(name), 1000).value_or("?");
  }

  SimulatedEnv simulated_{1};
  std::string root_;
};
INSTANTIATE_TEST_SUITE_P(Machines, EnvTest, testing::Bool(),
                         [](const auto& p) { return p.param ? "posix" : "simulated"; });

TEST_P(EnvTest, files_are_written_read_and_truncated) {
  auto file = env().open_file(path("a"), OpenMode::kCreate).value();
  ASSERT_TRUE(file->append("hello ").ok());
  ASSERT_TRUE(file->append("world").ok());
  ASSERT_TRUE(file->write_at(0, "J").ok());
  ASSERT_TRUE(file->sync().ok());
  EXPECT_EQ(content("a"), "Jello world");
  char bytes[20];
  EXPECT_EQ(*file->read_at(6, 3, bytes), 3u);
  EXPECT_EQ(std::string_view(bytes, 3), "wor");
  EXPECT_EQ(*file->read_at(9, 20, bytes), 2u) << "short only at the end";
  ASSERT_TRUE(file->truncate(5).ok());
  ASSERT_TRUE(file->append("!").ok());
  EXPECT_EQ(*file->size(), 6);
  EXPECT_EQ(content("a"), "Jello!");
}

TEST_P(EnvTest, open_modes) {
  EXPECT_EQ(env().open_file(path("a"), OpenMode::kRead).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(env().open_file(path("a"), OpenMode::kWrite).status().code(), StatusCode::kNotFound);
  ASSERT_TRUE((*env().open_file(path("a"), OpenMode::kCreateNew))->append("x").ok());
  EXPECT_EQ(env().open_file(path("a"), OpenMode::kCreateNew).status().code(),
            StatusCode::kAlreadyExists);
  ASSERT_TRUE(env().open_file(path("a"), OpenMode::kCreate).ok());
  EXPECT_EQ(content("a"), "x");
  ASSERT_TRUE(env().open_file(path("a"), OpenMode::kOverwrite).ok());
  EXPECT_EQ(content("a"), "");
  auto reader = env().open_file(path("a"), OpenMode::kRead).value();
  EXPECT_FALSE(reader->append("y").ok());
}

TEST_P(EnvTest, directories) {
  ASSERT_TRUE(create_directories(env(), path("d/e")).ok());
  ASSERT_TRUE(env().create_directory(path("d/e")).ok()) << "no error when it is there";
  ASSERT_TRUE(env().open_file(path("d/e/b"), OpenMode::kCreate).ok());
  ASSERT_TRUE(env().open_file(path("d/e/a"), OpenMode::kCreate).ok());
  ASSERT_TRUE(env().rename(path("d/e/b"), path("d/e/c")).ok());
  ASSERT_TRUE(env().sync_directory(path("d/e")).ok());
  EXPECT_EQ(*env().list_directory(path("d/e")), (std::vector<std::string>{"a", "c"}));
  EXPECT_FALSE(env().remove_directory(path("d/e")).ok()) << "not empty";
  ASSERT_TRUE(remove_directory_and_files(env(), path("d/e")).ok());
  ASSERT_TRUE(remove_directory_and_files(env(), path("d/e")).ok());
  EXPECT_TRUE(env().exists(path("d")));
  EXPECT_FALSE(env().exists(path("d/e")));
  EXPECT_EQ(env().list_directory(path("d/e")).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(env().remove_file(path("nothing")).code(), StatusCode::kNotFound);
}

TEST_P(EnvTest, a_lock_is_held_by_one) {
  auto lock = env().lock_file(path("lock"));
  ASSERT_TRUE(lock.ok());
  EXPECT_EQ(env().lock_file(path("lock")).status().code(), StatusCode::kFailedPrecondition);
  lock->reset();
  EXPECT_TRUE(env().lock_file(path("lock")).ok());
}

TEST_P(EnvTest, read_file_has_a_limit) {
  ASSERT_TRUE((*env().open_file(path("a"), OpenMode::kCreate))->append("12345").ok());
  EXPECT_EQ(*read_file(env(), path("a"), 5), "12345");
  EXPECT_EQ(read_file(env(), path("a"), 4).status().code(), StatusCode::kResourceExhausted);
}

TEST_P(EnvTest, a_disk_tells_its_space) {
  const DiskSpace space = env().disk_space(root_).value();
  EXPECT_GT(space.total_bytes, 0);
  EXPECT_GE(space.usable_bytes, 0);
  EXPECT_LE(space.usable_bytes, space.total_bytes);
  EXPECT_EQ(env().disk_space(path("missing")).status().code(), StatusCode::kNotFound);
}

TEST(PosixEnvTest, threads_and_workers_run) {
  std::promise<void> ran;
  auto thread =
      posix_env().start_thread("test", ThreadPriority::kBackground, [&ran] { ran.set_value(); });
  ASSERT_TRUE(thread.ok());
  ran.get_future().wait();
  (*thread)->join();

  std::atomic<int> turns = 0;
  std::promise<void> first, second;
  auto worker = posix_env().start_worker("test", ThreadPriority::kNormal,
                                         [&] { (++turns == 1 ? first : second).set_value(); });
  worker->wake();
  first.get_future().wait();
  worker->wake();
  second.get_future().wait();
  worker.reset();
  EXPECT_EQ(turns, 2);
}

TEST(PosixEnvTest, a_worker_wakes_when_its_time_has_come) {
  std::promise<int64_t> woken;
  const int64_t start_us = posix_env().monotonic_us();
  auto worker = posix_env().start_worker("test", ThreadPriority::kBackground,
                                         [&woken] { woken.set_value(posix_env().monotonic_us()); });
  worker->wake_after(int64_t{1} << 60);  // never, and no overflow
  worker->wake_after(20);
  EXPECT_GE(woken.get_future().get() - start_us, 20'000);
}

TEST(PosixEnvTest, clock_and_randomness) {
  EXPECT_GT(posix_env().wall_ms(), 1'700'000'000'000);
  int64_t before = posix_env().monotonic_us();
  EXPECT_GE(posix_env().monotonic_us(), before);
  EXPECT_NE(posix_env().random_u64(), posix_env().random_u64());
}

}  // namespace
}  // namespace kappa::env
