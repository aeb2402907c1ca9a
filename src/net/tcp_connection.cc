#include "net/tcp_connection.h"

#include <netinet/tcp.h>

#include "base/logging.h"

namespace kappa::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// At one go, before other connections have their turn.
constexpr int kReadsMax = 16;
constexpr size_t kTurnBytes = 256 << 10;

// A peer that vanished without a word is noticed after about two minutes.
void set_options(tcp::socket& socket) {
  boost::system::error_code ignored;
  socket.non_blocking(true, ignored);
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  auto set = [&](int name, int value) {
    setsockopt(socket.native_handle(), IPPROTO_TCP, name, &value, sizeof value);
  };
  set(TCP_KEEPIDLE, 60);
  set(TCP_KEEPINTVL, 15);
  set(TCP_KEEPCNT, 4);
  set(TCP_USER_TIMEOUT, 120'000);
}

}  // namespace

TcpConnection::TcpConnection(std::shared_ptr<asio::io_context> io, Socket socket,
                             ListenOptions options)
    : io_(std::move(io)),
      options_(options),
      socket_(std::move(socket)),
      strand_(socket_.get_executor()) {
  set_options(socket_);
  boost::system::error_code error;
  auto remote = socket_.remote_endpoint(error);
  if (!error) peer_ = fmt::format("{}:{}", remote.address().to_string(), remote.port());
  auto local = socket_.local_endpoint(error);
  if (!error) local_host_ = local.address().to_string(), local_port_ = local.port();
}

void TcpConnection::start(const SessionFactory& factory, std::function<void()> closed) {
  closed_callback_ = std::move(closed);
  session_ = factory(shared_from_this());
  read_next();
}

void TcpConnection::send(std::string bytes) {
  absl::MutexLock lock(&mutex_);
  if (closed_ || closing_ || bytes.empty()) return;
  add(std::move(bytes));
  begin_to_write();
}

void TcpConnection::send_parts(Parts parts) {
  absl::MutexLock lock(&mutex_);
  if (closed_ || closing_) return;
  for (Part& part : parts) {
    if (size_bytes(part) > 0) add(std::move(part));
  }
  if (!queue_.empty()) begin_to_write();
}

void TcpConnection::add(Part part) {
  unsent_bytes_ += size_bytes(part);
  unsent_memory_bytes_ += memory_bytes(part);
  queue_.push_back(std::move(part));
}

void TcpConnection::begin_to_write() {
  if (std::exchange(write_active_, true)) return;
  post([](TcpConnection& c) { c.write_turn(); });
}

void TcpConnection::close() {
  absl::MutexLock lock(&mutex_);
  if (closed_ || std::exchange(closing_, true) || write_active_) return;
  post([](TcpConnection& c) { c.shut(); });
}

void TcpConnection::abort() {
  absl::MutexLock lock(&mutex_);
  if (!closed_) post([](TcpConnection& c) { c.shut(); });
}

void TcpConnection::close_if_idle() {
  absl::MutexLock lock(&mutex_);
  if (std::exchange(moved_, false) || closed_) return;
  LOG_INFO("idle connection closed: peer={}", peer_);
  post([](TcpConnection& c) { c.shut(); });
}

void TcpConnection::pause_reading() {
  absl::MutexLock lock(&mutex_);
  paused_ = true;
}

void TcpConnection::resume_reading() {
  absl::MutexLock lock(&mutex_);
  if (!std::exchange(paused_, false) || closed_) return;
  post([](TcpConnection& c) { c.read_next(); });
}

size_t TcpConnection::unsent_bytes() const {
  absl::MutexLock lock(&mutex_);
  return unsent_bytes_;
}

size_t TcpConnection::unsent_memory_bytes() const {
  absl::MutexLock lock(&mutex_);
  return unsent_memory_bytes_;
}

void TcpConnection::read_next() {
  if (reading_ || session_ == nullptr) return;
  {
    absl::MutexLock lock(&mutex_);
    if (!may_read() || closed_) return;
  }
  reading_ = true;
  auto ready = [self = shared_from_this()](const boost::system::error_code& error) {
    self->read_ready(error);
  };
  socket_.async_wait(Socket::wait_read, ready);
}

void TcpConnection::read_ready(const boost::system::error_code& error) {
  reading_ = false;
  if (error) return shut();
  for (int reads = 0; reads < kReadsMax && read_some(); ++reads) {
  }
  read_next();
}

bool TcpConnection::read_some() {
  static thread_local const std::unique_ptr<char[]> input(new char[kReadBytes]);
  if (session_ == nullptr) return false;
  {
    absl::MutexLock lock(&mutex_);
    if (!may_read() || closed_) return false;
  }
  boost::system::error_code error;
  const size_t size = socket_.read_some(asio::buffer(input.get(), kReadBytes), error);
  if (error == asio::error::would_block) return false;
  if (error) {
    shut();
    return false;
  }
  {
    absl::MutexLock lock(&mutex_);
    moved_ = true;
  }
  session_->on_data(std::string_view(input.get(), size));
  return size == kReadBytes;
}

void TcpConnection::write_turn() {
  if (session_ == nullptr) return;
  {
    absl::MutexLock lock(&mutex_);
    for (Part& part : queue_) writer_.add(std::move(part));
    queue_.clear();
  }
  auto turn = writer_.write(socket_.native_handle(), kTurnBytes);
  if (!turn.ok()) return fail_to_write(turn.status());
  bool is_last;
  {
    absl::MutexLock lock(&mutex_);
    unsent_bytes_ -= turn->sent_bytes;
    unsent_memory_bytes_ -= turn->freed_bytes;
    if (turn->sent_bytes > 0) moved_ = true;
    write_active_ = turn->end != PartWriter::End::kAllSent || !queue_.empty();
    is_last = closing_ && !write_active_;
    // Behind the turns of others that are due.
    if (write_active_ && turn->end != PartWriter::End::kSocketFull)
      post([](TcpConnection& c) { c.write_turn(); });
  }
  if (is_last) return shut();
  if (turn->end == PartWriter::End::kSocketFull) wait_for_room();
  if (turn->sent_bytes > 0) session_->on_sent();
  read_next();
}

void TcpConnection::wait_for_room() {
  auto ready = [self = shared_from_this()](const boost::system::error_code& error) {
    error ? self->shut() : self->write_turn();
  };
  socket_.async_wait(Socket::wait_write, ready);
}

void TcpConnection::fail_to_write(const Status& why) {
  if (why.code() != StatusCode::kAborted)
    LOG_ERROR("connection closed: reason={} peer={}", message_of(why), peer_);
  shut();
}

void TcpConnection::shut() {
  if (session_ == nullptr) return;
  {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
    queue_.clear();
    unsent_bytes_ = 0;
    unsent_memory_bytes_ = 0;
  }
  writer_.clear();
  boost::system::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
  auto session = std::move(session_);
  session->on_close();
  std::exchange(closed_callback_, nullptr)();
}

}  // namespace kappa::net
