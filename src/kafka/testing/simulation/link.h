#pragma once
// One connection between a simulated client and the server. Bytes take their time each way, stay in
// order and arrive in any cut; either end may vanish.
//
//   client: write() ──delay──> Session::on_data        send() ──delay──> receive: client
//
// Made by SimulatedServer::connect(), which owns the session at its end. Confined to one thread.

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "kafka/testing/simulation/world.h"
#include "net/session.h"

namespace kappa::kafka::simulation {

class Link : public net::Connection, public std::enable_shared_from_this<Link> {
 public:
  using Receive = std::function<void(std::string_view bytes)>;

  explicit Link(World& world) : world_(world) {}

  // The server's end begins.
  void accept(std::unique_ptr<net::Session> session) { session_ = std::move(session); }
  // The process at the server's end is gone; the client learns of it later.
  void cut();
  bool is_over() const { return session_ == nullptr; }

  // The client's end. `lost` is called once, unless the client hangs up.
  void listen(Receive receive, std::function<void()> lost);
  void write(std::string bytes);
  // What is on its way to the server arrives, or is lost.
  void hang_up();

  void send(std::string bytes) override;
  void close() override;
  void pause_reading() override { is_paused_ = true; }
  void resume_reading() override;
  size_t unsent_bytes() const override { return unsent_bytes_; }
  std::string peer() const override { return "10.0.0.1:5000"; }
  std::string local_host() const override { return "broker.test"; }
  int local_port() const override { return 9092; }

 private:
  // A moment for the next arrival in one direction: later than the one before.
  int64_t arrival_in_ms(int64_t& last_ms);
  void deliver_to_server();
  void deliver_to_client();
  void end_session();
  void lose();

  World& world_;
  std::unique_ptr<net::Session> session_;
  Receive receive_;
  std::function<void()> lost_;
  std::deque<std::string> to_server_, to_client_;
  int64_t last_to_server_ms_ = 0, last_to_client_ms_ = 0;
  size_t held_ = 0;  // arrivals at a session that does not read
  size_t unsent_bytes_ = 0;
  bool is_paused_ = false;
  bool is_cut_ = false;  // what the session still says goes nowhere
};

}  // namespace kappa::kafka::simulation
