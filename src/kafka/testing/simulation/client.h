#pragma once
// A simulated client's end of its connection: requests go out without waiting for the answers to
// earlier ones, answers come back in order or, with the connection, not at all.
//
//   auto reply = client.send<FetchApi>(version, request);   // several may be under way
//   auto response = co_await client.arrival(reply);          // nullptr: the connection was lost
//
// A request that takes too long costs the connection, as with real clients. Confined to one thread.

#include <coroutine>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "kafka/protocol/codec.h"
#include "kafka/testing/request_frame.h"
#include "kafka/testing/simulation/simulated_server.h"
#include "kafka/testing/simulation/task.h"

namespace kappa::kafka::simulation {

// An answer that is awaited.
struct ReplyBase {
  virtual ~ReplyBase() = default;
  // False: it cannot be decoded.
  virtual bool take(std::string bytes) = 0;

  int32_t correlation_id = 0;
  bool is_over = false;  // answered, or never will be
  std::coroutine_handle<> waiting;
  net::Timers::TimerId timeout = 0;
};

template <typename Api>
struct Reply : ReplyBase {
  bool take(std::string bytes) override {
    frame = std::move(bytes);
    Reader reader(frame);
    reader.i32();
    if (has_tagged_header<Api>(version)) reader.uvarint();
    is_answered = reader.ok() && decode(reader.view(reader.remaining()), version, response);
    return is_answered;
  }

  int16_t version = 0;
  bool is_answered = false;
  std::string frame;  // the response points into it
  typename Api::Response response;
};

template <typename Api>
using ReplyPtr = std::shared_ptr<Reply<Api>>;
template <typename Api>
using Answer = std::shared_ptr<const typename Api::Response>;

class Client {
 public:
  Client(World& world, SimulatedServer& server, std::string name)
      : world_(world), server_(server), name_(std::move(name)) {}
  ~Client() { hang_up(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  const std::string& name() const { return name_; }
  World& world() { return world_; }
  SimulatedServer& server() { return server_; }
  bool is_connected() const { return link_ != nullptr; }
  // Waits for a server to connect to.
  Task<> connect();
  void hang_up();

  // Without a connection it is over at once.
  template <typename Api>
  ReplyPtr<Api> send(int16_t version, const typename Api::Request& request) {
    auto reply = std::make_shared<Reply<Api>>();
    reply->version = version;
    reply->is_over = !is_connected();
    if (reply->is_over) return reply;
    reply->correlation_id = ++last_correlation_id_;
    put(reply, request_frame<Api>(version, reply->correlation_id, name_, request));
    return reply;
  }

  template <typename Api>
  class Arrival {
   public:
    explicit Arrival(ReplyPtr<Api> reply) : reply_(std::move(reply)) {}
    Arrival(const Arrival&) = delete;
    Arrival& operator=(const Arrival&) = delete;
    ~Arrival() { reply_->waiting = nullptr; }
    bool await_ready() const { return reply_->is_over; }
    void await_suspend(std::coroutine_handle<> waiting) { reply_->waiting = waiting; }
    Answer<Api> await_resume() {
      if (!reply_->is_answered) return nullptr;
      return Answer<Api>(reply_, &reply_->response);
    }

   private:
    const ReplyPtr<Api> reply_;
  };
  template <typename Api>
  Arrival<Api> arrival(ReplyPtr<Api> reply) {
    return Arrival<Api>(std::move(reply));
  }

  // Connects if need be, sends and waits. nullptr: no answer came.
  template <typename Api>
  Task<Answer<Api>> call(int16_t version, const typename Api::Request& request) {
    if (!is_connected()) co_await connect();
    auto reply = send<Api>(version, request);
    auto answer = co_await arrival<Api>(reply);
    co_return answer;
  }

 private:
  void put(std::shared_ptr<ReplyBase> reply, std::string frame);
  void receive(std::string_view bytes);
  void take_frame(std::string frame);
  void lose();
  void finish(const std::shared_ptr<ReplyBase>& reply);

  World& world_;
  SimulatedServer& server_;
  const std::string name_;
  std::shared_ptr<Link> link_;
  std::optional<FrameReader> frames_;  // of the connection
  std::deque<std::shared_ptr<ReplyBase>> replies_;
  int32_t last_correlation_id_ = 0;
};

}  // namespace kappa::kafka::simulation
