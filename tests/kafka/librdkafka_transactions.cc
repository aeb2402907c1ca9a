// A librdkafka program with transactions, as a user would write one, against the broker at argv[1]:
//
//   basics   a commit, an abort, a producer that is fenced, a reader of committed records
//   copy N   fills a topic with N records and copies it exactly once to another, in transactions
//            that commit the reader's offsets too; goes on whatever happens to the server meanwhile
//   hold     writes to a transaction, waits for a line of input, and expects that it was aborted
//
// Prints what it did; exits with 1 at the first surprise.

#include <librdkafka/rdkafka.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace {

constexpr int kTimeoutMs = 20'000;
constexpr int kRecordsPerTransaction = 7;

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "FAILED: %s\n", what.c_str());
  std::exit(1);
}

void expect(bool holds, const std::string& what) {
  if (!holds) fail(what);
  std::printf("ok: %s\n", what.c_str());
  std::fflush(stdout);
}

template <typename T, void (*Destroy)(T*)>
struct Destroyer {
  void operator()(T* pointer) const { Destroy(pointer); }
};
template <typename T, void (*Destroy)(T*)>
using Owned = std::unique_ptr<T, Destroyer<T, Destroy>>;
using Client = Owned<rd_kafka_t, rd_kafka_destroy>;
using Error = Owned<rd_kafka_error_t, rd_kafka_error_destroy>;
using Message = Owned<rd_kafka_message_t, rd_kafka_message_destroy>;
using Offsets = Owned<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>;
using GroupMetadata =
    Owned<rd_kafka_consumer_group_metadata_t, rd_kafka_consumer_group_metadata_destroy>;

std::string address;

Client make_client(rd_kafka_type_t type, std::map<std::string, std::string> settings) {
  char error[512];
  settings["bootstrap.servers"] = address;
  settings["reconnect.backoff.max.ms"] = "200";
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), error, sizeof error) !=
        RD_KAFKA_CONF_OK) {
      fail(error);
    }
  }
  rd_kafka_t* client = rd_kafka_new(type, conf, error, sizeof error);
  if (client == nullptr) fail(error);
  return Client(client);
}

std::string text_of(const Error& error) { return error ? rd_kafka_error_string(error.get()) : ""; }

Client make_producer(const std::string& id, const std::string& timeout_ms = "60000") {
  auto producer = make_client(
      RD_KAFKA_PRODUCER,
      {{"transactional.id", id}, {"transaction.timeout.ms", timeout_ms}, {"linger.ms", "0"}});
  for (int attempt = 0;; ++attempt) {
    Error error(rd_kafka_init_transactions(producer.get(), kTimeoutMs));
    if (!error) return producer;
    if (attempt == 10 || !rd_kafka_error_is_retriable(error.get())) fail(text_of(error));
  }
}

void send(rd_kafka_t* producer, const std::string& topic, const std::string& value) {
  rd_kafka_resp_err_t error =
      rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(0),
                        RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
                        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) fail(rd_kafka_err2str(error));
}

void begin(rd_kafka_t* producer) {
  Error error(rd_kafka_begin_transaction(producer));
  if (error) fail("begin: " + text_of(error));
}

Client make_consumer(const std::string& topic, const std::string& isolation_level,
                     const std::string& group, int64_t offset) {
  auto consumer = make_client(RD_KAFKA_CONSUMER, {{"group.id", group},
                                                  {"isolation.level", isolation_level},
                                                  {"enable.auto.commit", "false"},
                                                  {"enable.partition.eof", "true"},
                                                  {"auto.offset.reset", "earliest"}});
  rd_kafka_poll_set_consumer(consumer.get());
  Offsets places(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(places.get(), topic.c_str(), 0)->offset = offset;
  if (rd_kafka_assign(consumer.get(), places.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) fail("assign");
  return consumer;
}

// What a reader finds up to the end.
std::vector<std::string> read_all(const std::string& topic, const std::string& isolation_level) {
  auto consumer = make_consumer(topic, isolation_level, "readers", RD_KAFKA_OFFSET_BEGINNING);
  std::vector<std::string> values;
  while (true) {
    Message message(rd_kafka_consumer_poll(consumer.get(), kTimeoutMs));
    if (!message) fail("nothing to read, not even the end: " + topic);
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) return values;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      std::printf("reading: %s\n", rd_kafka_message_errstr(message.get()));
      continue;
    }
    values.emplace_back(static_cast<const char*>(message->payload), message->len);
  }
}

using Values = std::vector<std::string>;

void check_basics() {
  auto producer = make_producer("basics");
  begin(producer.get());
  send(producer.get(), "basics", "a");
  expect(rd_kafka_flush(producer.get(), kTimeoutMs) == RD_KAFKA_RESP_ERR_NO_ERROR, "flushed");
  expect(read_all("basics", "read_committed").empty(), "an open transaction is not seen");
  expect(read_all("basics", "read_uncommitted") == Values{"a"}, "but by who wants to");
  Error error(rd_kafka_commit_transaction(producer.get(), kTimeoutMs));
  expect(!error, "committed " + text_of(error));
  expect(read_all("basics", "read_committed") == Values{"a"}, "a committed record is seen");

  begin(producer.get());
  send(producer.get(), "basics", "b");
  rd_kafka_flush(producer.get(), kTimeoutMs);
  error.reset(rd_kafka_abort_transaction(producer.get(), kTimeoutMs));
  expect(!error, "aborted " + text_of(error));
  begin(producer.get());
  send(producer.get(), "basics", "c");
  error.reset(rd_kafka_commit_transaction(producer.get(), kTimeoutMs));
  expect(!error, "committed again " + text_of(error));
  expect(read_all("basics", "read_committed") == Values({"a", "c"}), "an aborted one is not");
}

void check_fencing() {
  auto first = make_producer("fenced");
  begin(first.get());
  send(first.get(), "basics", "d");
  rd_kafka_flush(first.get(), kTimeoutMs);
  auto second = make_producer("fenced");
  begin(second.get());
  send(second.get(), "basics", "e");
  Error error(rd_kafka_commit_transaction(second.get(), kTimeoutMs));
  expect(!error, "the second producer commits " + text_of(error));
  error.reset(rd_kafka_commit_transaction(first.get(), kTimeoutMs));
  expect(error && rd_kafka_error_is_fatal(error.get()), "the first is fenced: " + text_of(error));
  expect(read_all("basics", "read_committed") == Values({"a", "c", "e"}),
         "what it had written is not seen");
}

void check_timeout() {
  auto plain = make_client(RD_KAFKA_PRODUCER, {});  // makes the topic, which takes its time
  send(plain.get(), "slow", "plain");
  expect(rd_kafka_flush(plain.get(), kTimeoutMs) == RD_KAFKA_RESP_ERR_NO_ERROR, "made");
  auto producer = make_producer("slow", "2000");
  begin(producer.get());
  send(producer.get(), "slow", "a");
  rd_kafka_flush(producer.get(), kTimeoutMs);
  expect(read_all("slow", "read_uncommitted") == Values({"plain", "a"}), "it is slow");
  auto other = make_producer("other");
  begin(other.get());
  send(other.get(), "slow", "b");
  Error error(rd_kafka_commit_transaction(other.get(), kTimeoutMs));
  expect(!error, "another commits behind it " + text_of(error));
  // The reader waits for the records, and so for the slow transaction's end.
  auto consumer = make_consumer("slow", "read_committed", "readers", 1);
  Message message;
  while (!message || message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    message.reset(rd_kafka_consumer_poll(consumer.get(), kTimeoutMs));
    if (!message) fail("the slow transaction is not aborted");
  }
  expect(std::string(static_cast<const char*>(message->payload), message->len) == "b",
         "a transaction that takes too long is aborted");
}

// One transaction of the copy. False: it has to be done again, by new clients.
bool copy_some(rd_kafka_t* consumer, rd_kafka_t* producer, std::set<std::string>& done) {
  begin(producer);
  std::vector<std::string> values;
  Offsets offsets(rd_kafka_topic_partition_list_new(1));
  auto* place = rd_kafka_topic_partition_list_add(offsets.get(), "input", 0);
  while (values.size() < kRecordsPerTransaction) {
    Message message(rd_kafka_consumer_poll(consumer, 3'000));
    if (!message) break;
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) break;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    values.emplace_back(static_cast<const char*>(message->payload), message->len);
    place->offset = message->offset + 1;
    send(producer, "output", values.back());
  }
  if (values.empty()) {
    Error error(rd_kafka_abort_transaction(producer, kTimeoutMs));
    return !error;
  }
  GroupMetadata group(rd_kafka_consumer_group_metadata(consumer));
  Error error(rd_kafka_send_offsets_to_transaction(producer, offsets.get(), group.get(), 5'000));
  for (int attempt = 0; !error || rd_kafka_error_is_retriable(error.get()); ++attempt) {
    if (attempt == 20) fail("no answer: " + text_of(error));
    if (error && attempt < 5) {
      error.reset(
          rd_kafka_send_offsets_to_transaction(producer, offsets.get(), group.get(), 5'000));
      continue;
    }
    error.reset(rd_kafka_commit_transaction(producer, 5'000));
    if (error) continue;
    done.insert(values.begin(), values.end());
    return true;
  }
  std::printf("transaction failed: %s\n", text_of(error).c_str());
  if (rd_kafka_error_txn_requires_abort(error.get())) {
    error.reset(rd_kafka_abort_transaction(producer, kTimeoutMs));
    std::printf("aborted: %s\n", text_of(error).c_str());
  }
  return false;
}

void copy(size_t count) {
  {
    auto filler = make_client(RD_KAFKA_PRODUCER, {{"enable.idempotence", "true"}});
    for (size_t i = 0; i < count; ++i) send(filler.get(), "input", std::to_string(i));
    expect(rd_kafka_flush(filler.get(), 60'000) == RD_KAFKA_RESP_ERR_NO_ERROR, "filled");
  }
  std::set<std::string> done;
  while (done.size() < count) {
    auto consumer = make_consumer("input", "read_committed", "copiers", RD_KAFKA_OFFSET_STORED);
    auto producer = make_producer("copier");
    while (done.size() < count && copy_some(consumer.get(), producer.get(), done)) {
      std::printf("copied %zu\n", done.size());
      std::fflush(stdout);
    }
  }
  auto copied = read_all("output", "read_committed");
  std::set<std::string> distinct(copied.begin(), copied.end());
  std::printf("records=%zu distinct=%zu\n", copied.size(), distinct.size());
  expect(copied.size() == count && distinct.size() == count, "every record is there once");
}

void hold() {
  auto producer = make_producer("holder");
  begin(producer.get());
  send(producer.get(), "held", "a");
  expect(rd_kafka_flush(producer.get(), kTimeoutMs) == RD_KAFKA_RESP_ERR_NO_ERROR, "open");
  std::getchar();
  Error error(rd_kafka_commit_transaction(producer.get(), kTimeoutMs));
  expect(error && rd_kafka_error_is_fatal(error.get()), "fenced: " + text_of(error));
  expect(read_all("held", "read_committed").empty(), "nothing of it is seen");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) fail("usage: librdkafka_transactions ADDRESS [copy N | hold]");
  address = argv[1];
  if (argc == 3 && std::strcmp(argv[2], "hold") == 0) return hold(), 0;
  if (argc == 4 && std::strcmp(argv[2], "copy") == 0) {
    copy(static_cast<size_t>(std::atoi(argv[3])));
    return 0;
  }
  check_basics();
  check_fencing();
  check_timeout();
  copy(50);
  return 0;
}
