#include "env/open_files.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <thread>
#include <vector>

#include "env/descriptors.h"
#include "env/env.h"

namespace kappa::env {
namespace {

// Files of posix_env() with few descriptors. What else is open in the process counts, too.
class OpenFilesTest : public testing::Test {
 protected:
  static constexpr size_t kMore = 4;

  OpenFilesTest() {
    char path[] = "/tmp/kappa-open-files-XXXXXX";
    EXPECT_NE(mkdtemp(path), nullptr);
    root_ = path;
    before_ = OpenFiles::instance().open_count();
    set_open_files_max(before_ + kMore);
  }
  ~OpenFilesTest() override {
    set_open_files_max(SIZE_MAX);
    EXPECT_EQ(system(("rm -rf " + root_).c_str()), 0);
  }
  std::string path(int i) const { return join_path(root_, std::to_string(i)); }
  size_t open_count() const { return OpenFiles::instance().open_count() - before_; }
  // With its number as content.
  std::unique_ptr<File> make(int i, bool is_synced = true) {
    auto file = posix_env().open_file(path(i), OpenMode::kCreate).value();
    EXPECT_TRUE(file->append(std::to_string(i)).ok());
    if (is_synced) {
      EXPECT_TRUE(file->sync().ok());
    }
    return file;
  }
  std::vector<std::unique_ptr<File>> make_all(int count, bool is_synced = true) {
    std::vector<std::unique_ptr<File>> files;
    for (int i = 0; i < count; ++i) files.push_back(make(i, is_synced));
    return files;
  }
  static std::string content(const File& file) {
    char bytes[100];
    auto size = file.read_at(0, sizeof bytes, bytes);
    return size.ok() ? std::string(bytes, *size) : size.status().ToString();
  }

  std::string root_;
  size_t before_ = 0;
};

TEST_F(OpenFilesTest, more_files_than_descriptors_are_read_and_written) {
  auto files = make_all(100);
  EXPECT_LE(open_count(), kMore + 1);
  for (int i = 0; i < 100; ++i) {
    auto& file = *files[static_cast<size_t>(i)];
    EXPECT_EQ(content(file), std::to_string(i));
    ASSERT_TRUE(file.append("!").ok());
    ASSERT_TRUE(file.sync().ok());
    EXPECT_EQ(content(file), std::to_string(i) + "!");
    ASSERT_TRUE(file.truncate(0).ok());
    ASSERT_TRUE(file.sync().ok());
  }
  EXPECT_LE(open_count(), kMore + 1);
  files.clear();
  EXPECT_EQ(open_count(), 0u);
}

TEST_F(OpenFilesTest, unsynced_files_stay_open) {
  auto files = make_all(20, false);
  EXPECT_EQ(open_count(), 20u);
  for (auto& file : files) ASSERT_TRUE(file->sync().ok());
  auto more = make(20), another = make(21), third = make(22);
  EXPECT_LE(open_count(), kMore + 1);
}

TEST_F(OpenFilesTest, a_removed_or_replaced_file_can_be_read_as_it_was) {
  auto files = make_all(20);
  ASSERT_TRUE(posix_env().remove_file(path(0)).ok());
  ASSERT_TRUE(posix_env().rename(path(1), path(2)).ok());
  auto others = make_all(2);  // new ones of the names that are free again
  ASSERT_TRUE(others[0]->append(" new").ok());
  auto more = make(30), another = make(31), third = make(32);
  EXPECT_EQ(content(*files[0]), "0");
  EXPECT_EQ(content(*files[1]), "1");
  EXPECT_EQ(content(*files[2]), "2");
  EXPECT_EQ(content(*others[0]), "0 new");
}

TEST_F(OpenFilesTest, a_file_that_cannot_be_opened_again_says_which) {
  auto files = make_all(20);
  ASSERT_EQ(system(("rm " + root_ + "/*").c_str()), 0);  // behind our back
  int missing = 0;
  for (auto& file : files) {
    char byte;
    Status status = file->read_at(0, 1, &byte).status();
    if (status.ok()) continue;
    ++missing;
    EXPECT_EQ(status.code(), StatusCode::kNotFound);
    EXPECT_NE(status.message().find("path=" + root_), std::string::npos);
  }
  EXPECT_GE(missing, 15);
}

TEST_F(OpenFilesTest, files_can_be_used_by_threads_while_others_are_opened) {
  auto files = make_all(20);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&files, t, this] {
      for (int i = 0; i < 2000; ++i) {
        EXPECT_EQ(content(*files[static_cast<size_t>(i % 20)]), std::to_string(i % 20));
        if (i % 50 == 0) make(100 + t);
        if (i % 100 == 0) {
          EXPECT_TRUE(posix_env().remove_file(path(100 + t)).ok());
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_LE(open_count(), kMore + 4);
}

}  // namespace
}  // namespace kappa::env
