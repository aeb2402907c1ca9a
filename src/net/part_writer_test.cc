#include "net/part_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "env/env.h"
#include "env/simulated.h"

namespace kappa::net {
namespace {

using End = PartWriter::End;
constexpr size_t kMuch = 1 << 20;

// Two ends of a socket; ours does not block.
class PartWriterTest : public testing::Test {
 protected:
  PartWriterTest() {
    signal(SIGPIPE, SIG_IGN);
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets_), 0);
    fcntl(sockets_[0], F_SETFL, O_NONBLOCK);
    fcntl(sockets_[1], F_SETFL, O_NONBLOCK);
  }
  ~PartWriterTest() override {
    ::close(sockets_[0]);
    ::close(sockets_[1]);
    if (!path_.empty()) ::unlink(path_.c_str());
  }

  std::shared_ptr<env::File> file_of(env::Env& env, const std::string& path,
                                     std::string_view content) {
    auto file = env.open_file(path, env::OpenMode::kOverwrite);
    EXPECT_TRUE(file.ok() && (*file)->append(content).ok());
    return *std::move(file);
  }
  std::shared_ptr<env::File> file_of(std::string_view content) {
    path_ = testing::TempDir() + "part-writer-" + std::to_string(getpid());
    return file_of(env::posix_env(), path_, content);
  }
  // What has arrived.
  std::string take() {
    std::string bytes(4 * kMuch, '\0');
    size_t done = 0;
    for (ssize_t n; (n = ::recv(sockets_[1], bytes.data() + done, bytes.size() - done, 0)) > 0;)
      done += static_cast<size_t>(n);
    bytes.resize(done);
    return bytes;
  }
  // Writes and takes in turns until all is sent.
  std::string write_all() {
    std::string bytes;
    for (End end = End::kTurnOver; end != End::kAllSent; bytes += take()) {
      auto turn = writer_.write(sockets_[0], kMuch);
      EXPECT_TRUE(turn.ok()) << turn.status();
      if (!turn.ok()) return bytes;
      end = turn->end;
    }
    return bytes;
  }

  int sockets_[2];
  std::string path_;
  PartWriter writer_;
};

TEST_F(PartWriterTest, SendsBytesAndPartsOfFilesInTheirOrder) {
  auto file = file_of("0123456789");
  writer_.add("head ");
  writer_.add(env::FileRange{file, 2, 3});
  writer_.add(" between ");
  writer_.add("the two ");
  writer_.add(env::FileRange{file, 9, 1});
  auto turn = writer_.write(sockets_[0], kMuch);
  ASSERT_TRUE(turn.ok()) << turn.status();
  EXPECT_EQ(turn->end, End::kAllSent);
  EXPECT_EQ(turn->sent_bytes, 26u);
  EXPECT_EQ(take(), "head 234 between the two 9");
}

TEST_F(PartWriterTest, TakesTurnsOfTheGivenSize) {
  std::string content;
  for (int i = 0; content.size() < 100'000; ++i) content += std::to_string(i) + " ";
  writer_.add(content);
  writer_.add(env::FileRange{file_of(content), 0, content.size()});
  std::string got;
  int turns = 0;
  for (End end = End::kTurnOver; end == End::kTurnOver; ++turns) {
    auto turn = writer_.write(sockets_[0], 1000);
    ASSERT_TRUE(turn.ok());
    EXPECT_LE(turn->sent_bytes, 1000u);
    end = turn->end;
    got += take();
  }
  EXPECT_EQ(got, content + content);
  EXPECT_GE(turns, 200);
}

TEST_F(PartWriterTest, StopsWhenTheSocketIsFullAndGoesOnWhereItWas) {
  std::string content(8 * kMuch, 'x');
  for (size_t i = 0; i < content.size(); i += 7) content[i] = static_cast<char>('a' + i % 26);
  writer_.add(env::FileRange{file_of(content), 0, content.size()});
  StatusOr<PartWriter::Turn> turn;
  size_t sent_bytes = 0;
  do {
    turn = writer_.write(sockets_[0], kMuch);
    ASSERT_TRUE(turn.ok());
    sent_bytes += turn->sent_bytes;
  } while (turn->end == End::kTurnOver);
  EXPECT_EQ(turn->end, End::kSocketFull) << "nobody reads";
  EXPECT_LT(sent_bytes, content.size());
  std::string got = take();
  EXPECT_EQ(got.size(), sent_bytes);
  EXPECT_EQ(got + write_all(), content);
}

TEST_F(PartWriterTest, FreesMemoryOnlyWithWholeParts) {
  writer_.add(std::string(1000, 'x'));
  auto half = writer_.write(sockets_[0], 500);
  ASSERT_TRUE(half.ok());
  EXPECT_EQ(half->freed_bytes, 0u);
  auto rest = writer_.write(sockets_[0], 500);
  ASSERT_TRUE(rest.ok());
  EXPECT_EQ(rest->freed_bytes, 1000u);
}

TEST_F(PartWriterTest, AFileWhoseNameIsGoneIsSentToItsEnd) {
  auto file = file_of("still there");
  ASSERT_TRUE(env::posix_env().remove_file(path_).ok());
  writer_.add(env::FileRange{file, 0, 11});
  file.reset();
  EXPECT_EQ(write_all(), "still there");
}

TEST_F(PartWriterTest, SaysThatAFileIsTooShort) {
  writer_.add(env::FileRange{file_of("0123456789"), 0, 11});
  auto turn = writer_.write(sockets_[0], kMuch);
  EXPECT_EQ(turn.status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(take(), "0123456789") << "what is there, and nothing else";
}

TEST_F(PartWriterTest, SaysThatAFileCannotBeRead) {
  env::SimulatedEnv env(1);
  writer_.add(env::FileRange{file_of(env, "/f", "x"), 0, 1});
  env.restart(env::Loss::kUnsynced);  // the handle is dead
  EXPECT_EQ(writer_.write(sockets_[0], kMuch).status().code(), StatusCode::kUnavailable);
}

TEST_F(PartWriterTest, SaysThatThePeerIsGone) {
  ::close(sockets_[1]);
  for (Part part : {Part("x"), Part(env::FileRange{file_of("x"), 0, 1})}) {
    writer_.clear();
    writer_.add(part);
    EXPECT_EQ(writer_.write(sockets_[0], kMuch).status().code(), StatusCode::kAborted);
  }
}

TEST_F(PartWriterTest, SendsFilesOfASimulatedMachineToo) {
  env::SimulatedEnv env(1);
  std::string content(100'000, 'x');
  writer_.add("<");
  writer_.add(env::FileRange{file_of(env, "/f", content), 1, content.size() - 1});
  writer_.add(">");
  EXPECT_EQ(write_all(), "<" + content.substr(1) + ">");
}

}  // namespace
}  // namespace kappa::net
