#include "net/server.h"

#include <absl/synchronization/mutex.h>
#include <absl/synchronization/notification.h>
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

namespace kappa::net {
namespace {

using namespace std::chrono_literals;
constexpr size_t kKib = 1024;

// A plain blocking client.
class Client {
 public:
  explicit Client(int port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~Client() { ::close(socket_); }

  bool is_connected() const { return is_connected_; }
  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      ssize_t n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return;
      bytes.remove_prefix(static_cast<size_t>(n));
    }
  }
  // Exactly `size` bytes, fewer when the server closed.
  std::string read(size_t size) {
    std::string bytes(size, '\0');
    size_t done = 0;
    while (done < size) {
      ssize_t n = ::recv(socket_, bytes.data() + done, size - done, 0);
      if (n <= 0) break;
      done += static_cast<size_t>(n);
    }
    bytes.resize(done);
    return bytes;
  }

 private:
  int socket_;
  bool is_connected_;
};

// What the sessions of a test share.
struct Stage {
  absl::Mutex mutex;
  std::shared_ptr<Connection> connection ABSL_GUARDED_BY(mutex);
  std::string received ABSL_GUARDED_BY(mutex);
  int closed ABSL_GUARDED_BY(mutex) = 0;
  int sent ABSL_GUARDED_BY(mutex) = 0;
  size_t unsent_bytes_max ABSL_GUARDED_BY(mutex) = 0;

  std::shared_ptr<Connection> wait_for_connection() {
    absl::MutexLock lock(&mutex);
    auto is_there = [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return connection != nullptr; };
    mutex.Await(absl::Condition(&is_there));
    return connection;
  }
  void wait_for_close(int count) {
    absl::MutexLock lock(&mutex);
    auto is_there = [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return closed >= count; };
    mutex.Await(absl::Condition(&is_there));
  }
  void wait_for_received(size_t size) {
    absl::MutexLock lock(&mutex);
    auto is_there = [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return received.size() >= size; };
    mutex.Await(absl::Condition(&is_there));
  }
};

// Sends back what it gets, if it is told to.
class TestSession : public Session {
 public:
  TestSession(Stage& stage, std::shared_ptr<Connection> connection, bool echo)
      : stage_(stage), connection_(std::move(connection)), echo_(echo) {}

  void on_data(std::string_view bytes) override {
    if (echo_) connection_->send(std::string(bytes));
    absl::MutexLock lock(&stage_.mutex);
    stage_.received.append(bytes);
    stage_.unsent_bytes_max = std::max(stage_.unsent_bytes_max, connection_->unsent_bytes());
  }
  void on_close() override {
    absl::MutexLock lock(&stage_.mutex);
    ++stage_.closed;
  }
  void on_sent() override {
    absl::MutexLock lock(&stage_.mutex);
    ++stage_.sent;
  }

 private:
  Stage& stage_;
  std::shared_ptr<Connection> connection_;
  bool echo_;
};

class ServerTest : public testing::Test {
 protected:
  int listen(bool echo, ListenOptions options = {}) {
    auto factory = [this, echo](std::shared_ptr<Connection> connection) {
      absl::MutexLock lock(&stage_.mutex);
      stage_.connection = connection;
      return std::make_unique<TestSession>(stage_, connection, echo);
    };
    auto port = server_->listen("127.0.0.1", 0, factory, options);
    EXPECT_TRUE(port.ok()) << port.status();
    return port.value_or(0);
  }

  Stage stage_;
  std::unique_ptr<Server> server_ = Server::start(2);
};

TEST_F(ServerTest, CarriesBytesBothWays) {
  int port = listen(true);
  Client client(port);
  client.write("hello");
  EXPECT_EQ(client.read(5), "hello");
  auto connection = stage_.wait_for_connection();
  EXPECT_EQ(connection->local_host(), "127.0.0.1");
  EXPECT_EQ(connection->local_port(), port);
  EXPECT_TRUE(connection->peer().starts_with("127.0.0.1:"));
}

TEST_F(ServerTest, KeepsTheOrderOfSendsFromOtherThreads) {
  Client client(listen(false));
  auto connection = stage_.wait_for_connection();
  std::string expected;
  for (int i = 0; i < 10'000; ++i) {
    std::string bytes = std::to_string(i) + ",";
    expected += bytes;
    connection->send(bytes);
  }
  connection->close();
  connection->send("never");
  EXPECT_EQ(client.read(expected.size() + 10), expected) << "close() lets what was sent leave";
  stage_.wait_for_close(1);
}

TEST_F(ServerTest, DeliversNothingWhilePaused) {
  Client client(listen(false));
  auto connection = stage_.wait_for_connection();
  client.write("a");
  stage_.wait_for_received(1);
  connection->pause_reading();
  // One read may be under way already; it takes at most what one read takes.
  std::string much(1024 * kKib, 'x');
  std::thread writer([&] { client.write(much); });
  connection->send("still writing");
  EXPECT_EQ(client.read(13), "still writing");
  {
    absl::MutexLock lock(&stage_.mutex);
    EXPECT_LE(stage_.received.size(), 1 + 64 * kKib);
  }
  connection->resume_reading();
  stage_.wait_for_received(1 + much.size());
  writer.join();
}

TEST_F(ServerTest, StopsReadingFromAPeerThatDoesNotRead) {
  Client client(listen(true, {.unsent_bytes_max = 256 * kKib}));
  std::string much(32 * 1024 * kKib, 'x');
  std::thread writer([&] { client.write(much); });
  EXPECT_EQ(client.read(much.size()).size(), much.size());
  writer.join();
  absl::MutexLock lock(&stage_.mutex);
  EXPECT_LE(stage_.unsent_bytes_max, (256 + 64) * kKib);
  EXPECT_GT(stage_.sent, 0);
}

// A file of random letters that is removed from its directory at once.
class FileTest : public ServerTest {
 protected:
  env::FileRange make_range(size_t size) {
    std::string path = testing::TempDir() + "server-test-" + std::to_string(getpid());
    content_.resize(size);
    uint64_t letter = 1;
    for (char& c : content_) c = static_cast<char>('a' + (letter = letter * 29 % 9973) % 26);
    auto file = env::posix_env().open_file(path, env::OpenMode::kOverwrite);
    EXPECT_TRUE(file.ok() && (*file)->append(content_).ok());
    file_ = *std::move(file);
    EXPECT_TRUE(env::posix_env().remove_file(path).ok());
    return {file_, 0, size};
  }

  std::string content_;
  std::shared_ptr<env::File> file_;
};

TEST_F(FileTest, ASlowReaderOfAFileHoldsNoMemoryAndNoOther) {
  int port = listen(true);
  Client slow(port);
  slow.write("x");
  EXPECT_EQ(slow.read(1), "x");
  auto connection = stage_.wait_for_connection();
  connection->send_parts({"head ", make_range(64 * 1024 * kKib), " tail"});
  Client other(port);
  for (int i = 0; i < 100; ++i) {
    other.write("y");
    ASSERT_EQ(other.read(1), "y");
  }
  EXPECT_GT(connection->unsent_bytes(), 32 * 1024 * kKib) << "the kernel's buffers are smaller";
  EXPECT_LT(connection->unsent_memory_bytes(), kKib);
  EXPECT_EQ(slow.read(content_.size() + 10), "head " + content_ + " tail");
}

TEST_F(FileTest, AFileThatIsTooShortClosesItsConnectionAlone) {
  int port = listen(true);
  Client client(port);
  auto connection = stage_.wait_for_connection();
  auto range = make_range(8 * 1024 * kKib);
  ASSERT_TRUE(file_->truncate(5'000'000).ok());
  connection->send_parts({range, "never"});
  EXPECT_EQ(client.read(content_.size() + 5), content_.substr(0, 5'000'000));
  stage_.wait_for_close(1);
  Client other(port);
  other.write("y");
  EXPECT_EQ(other.read(1), "y");
}

TEST_F(FileTest, ManyConnectionsReadOneFileAtTheirOwnPace) {
  int port = listen(true);
  auto range = make_range(4 * 1024 * kKib);
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 40; ++i) {
    clients.push_back(std::make_unique<Client>(port));
    clients.back()->write("x");
    ASSERT_EQ(clients.back()->read(1), "x");
    stage_.wait_for_connection()->send_parts({range});
  }
  for (size_t from : {0, 1000, 1'000'000}) {
    const size_t to = from == 0 ? 1000 : from == 1000 ? 1'000'000 : content_.size();
    for (auto& client : clients)
      ASSERT_TRUE(client->read(to - from) == content_.substr(from, to - from));
  }
}

TEST_F(ServerTest, TellsTheSessionOnceThatThePeerIsGone) {
  int port = listen(true);
  {
    Client client(port);
    stage_.wait_for_connection();
  }
  stage_.wait_for_close(1);
  auto connection = stage_.wait_for_connection();
  connection->send("to nobody");
  connection->close();
  EXPECT_EQ(connection->unsent_bytes(), 0u);
}

TEST_F(ServerTest, ClosesConnectionsBeyondTheLimit) {
  int port = listen(true, {.connections_max = 1});
  Client first(port);
  first.write("x");
  EXPECT_EQ(first.read(1), "x");
  Client second(port);
  EXPECT_EQ(second.read(1), "");
  first.write("y");
  EXPECT_EQ(first.read(1), "y");
  EXPECT_EQ(server_->connection_count(), 1u);
}

TEST_F(ServerTest, ClosesIdleConnections) {
  Client client(listen(true, {.idle_max = 5ms}));
  EXPECT_EQ(client.read(1), "");
  stage_.wait_for_close(1);
}

TEST_F(ServerTest, RefusesAnAddressInUse) {
  int port = listen(true);
  auto again = server_->listen("127.0.0.1", port, nullptr);
  EXPECT_EQ(again.status().code(), StatusCode::kUnavailable);
  auto nowhere = server_->listen("no such host.invalid", 0, nullptr);
  EXPECT_EQ(nowhere.status().code(), StatusCode::kInvalidArgument);
}

TEST_F(ServerTest, StopClosesEverything) {
  int port = listen(true);
  Client client(port);
  auto connection = stage_.wait_for_connection();
  server_->stop();
  EXPECT_EQ(client.read(1), "");
  stage_.wait_for_close(1);
  connection->send("after the end");
  EXPECT_FALSE(Client(port).is_connected());
}

TEST_F(ServerTest, CallsTimersInOrderAndNotTheCancelled) {
  std::vector<int> calls;
  absl::Notification done;
  absl::Mutex mutex;
  auto call = [&](int number) {
    absl::MutexLock lock(&mutex);
    calls.push_back(number);
  };
  auto& timers = server_->timers();
  timers.run_after(20ms, [&] { call(2), done.Notify(); });
  timers.run_after(0ms, [&] { call(1); });
  timers.cancel(timers.run_after(1ms, [&] { call(3); }));
  timers.cancel(12345);
  timers.run_after(std::chrono::hours(1), [&] { call(4); });
  done.WaitForNotification();
  server_->stop();
  absl::MutexLock lock(&mutex);
  EXPECT_EQ(calls, (std::vector<int>{1, 2}));
}

}  // namespace
}  // namespace kappa::net
