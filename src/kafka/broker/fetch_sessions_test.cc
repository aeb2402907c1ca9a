// Fetch sessions: first their rules one by one, then random clients, whose session must tell them
// exactly what full fetches tell.

#include "kafka/broker/fetch_sessions.h"

#include <map>
#include <random>
#include <set>

#include "env/simulated.h"
#include "kafka/testing/broker_test_base.h"

namespace kappa::kafka {
namespace {

using Place = std::pair<std::string, int32_t>;
using Answer = FetchResponse::Topic::Partition;

constexpr int16_t kVersion = 11;

class FetchSessionsTest : public BrokerTestBase {
 protected:
  FetchSessionsTest() : BrokerTestBase({.fetch_sessions_max = 2}) {
    create_topic("a", 3);
    create_topic("b", 1);
  }

  // Names are views into `offsets`, which must stay.
  static FetchRequest request(int32_t id, int32_t epoch,
                              const std::map<Place, int64_t>& offsets = {}) {
    FetchRequest request;
    request.session_id = id;
    request.session_epoch = epoch;
    for (const auto& [place, offset] : offsets) {
      if (request.topics.empty() || request.topics.back().name != place.first)
        request.topics.push_back({.name = place.first});
      request.topics.back().partitions.push_back(
          {.index = place.second, .fetch_offset = offset, .max_bytes = 1 << 20});
    }
    return request;
  }
  FetchResponse fetch(const FetchRequest& request, int16_t version = kVersion) {
    return client_->call<FetchApi>(version, request);
  }
  static std::set<Place> places(const FetchResponse& response) {
    std::set<Place> all;
    for (const auto& topic : response.topics)
      for (const auto& partition : topic.partitions) all.insert({topic.name, partition.index});
    return all;
  }
  const std::map<Place, int64_t> all_ = {
      {{"a", 0}, 0}, {{"a", 1}, 0}, {{"a", 2}, 0}, {{"b", 0}, 0}};
};

TEST_F(FetchSessionsTest, AnswersOnlyWhatHasNews) {
  auto first = fetch(request(0, 0, all_));
  EXPECT_EQ(first.error_code, error::kNone);
  EXPECT_GT(first.session_id, 0);
  EXPECT_EQ(places(first).size(), 4u);
  auto idle = fetch(request(first.session_id, 1));
  EXPECT_EQ(idle.session_id, first.session_id);
  EXPECT_TRUE(idle.topics.empty());
  produce("b", batch({"x"}));
  auto news = fetch(request(first.session_id, 2));
  EXPECT_EQ(places(news), (std::set<Place>{{"b", 0}}));
  EXPECT_FALSE(news.topics[0].partitions[0].records->data.empty());
  auto done = fetch(request(first.session_id, 3, {{{"b", 0}, 1}}));
  EXPECT_TRUE(done.topics.empty()) << "the high watermark is known already";
}

TEST_F(FetchSessionsTest, ForgetsAndAddsPartitions) {
  int32_t id = fetch(request(0, 0, {{{"b", 0}, 0}})).session_id;
  auto added = fetch(request(id, 1, {{{"a", 1}, 0}}));
  EXPECT_EQ(places(added), (std::set<Place>{{"a", 1}}));
  auto forgetting = request(id, 2);
  forgetting.forgotten_topics.push_back({.name = "b", .partitions = {0}});
  EXPECT_TRUE(fetch(forgetting).topics.empty());
  produce("b", batch({"x"}));
  EXPECT_TRUE(fetch(request(id, 3)).topics.empty());
}

TEST_F(FetchSessionsTest, TellsAnErrorEachTimeAndItsEnd) {
  int32_t id = fetch(request(0, 0, {{{"new", 0}, 0}})).session_id;
  auto missing = fetch(request(id, 1));
  EXPECT_EQ(missing.topics.at(0).partitions.at(0).error_code, error::kUnknownTopicOrPartition);
  create_topic("new");
  auto there = fetch(request(id, 2));
  EXPECT_EQ(there.topics.at(0).partitions.at(0).error_code, error::kNone);
  EXPECT_TRUE(fetch(request(id, 3)).topics.empty());
}

TEST_F(FetchSessionsTest, RefusesWrongIdsAndEpochs) {
  EXPECT_EQ(fetch(request(4711, 1)).error_code, error::kFetchSessionIdNotFound);
  int32_t id = fetch(request(0, 0, all_)).session_id;
  auto wrong = fetch(request(id, 2));
  EXPECT_EQ(wrong.error_code, error::kInvalidFetchSessionEpoch);
  EXPECT_EQ(wrong.session_id, 0);
  EXPECT_TRUE(wrong.topics.empty());
  EXPECT_EQ(fetch(request(id, 1)).error_code, error::kNone);
  EXPECT_EQ(fetch(request(id, 1)).error_code, error::kInvalidFetchSessionEpoch) << "sent twice";
  EXPECT_EQ(fetch(request(id, -5)).error_code, error::kInvalidFetchSessionEpoch);
  EXPECT_EQ(fetch(request(id, 2), 13).error_code, error::kFetchSessionTopicIdError);
}

TEST_F(FetchSessionsTest, ClosesASessionOnItsLastEpoch) {
  int32_t id = fetch(request(0, 0, all_)).session_id;
  auto last = fetch(request(id, -1, all_));
  EXPECT_EQ(last.session_id, 0);
  EXPECT_EQ(places(last).size(), 4u);
  EXPECT_EQ(fetch(request(id, 1)).error_code, error::kFetchSessionIdNotFound);
}

TEST_F(FetchSessionsTest, WorksWithoutASessionWhenThereAreTooMany) {
  EXPECT_GT(fetch(request(0, 0, all_)).session_id, 0);
  int32_t second = fetch(request(0, 0, all_)).session_id;
  EXPECT_GT(second, 0);
  auto third = fetch(request(0, 0, all_));
  EXPECT_EQ(third.session_id, 0);
  EXPECT_EQ(third.error_code, error::kNone);
  EXPECT_EQ(places(third).size(), 4u);
  int32_t again = fetch(request(second, 0, all_)).session_id;
  EXPECT_GT(again, 0) << "a client's own session makes room for its next one";
  EXPECT_NE(again, second);
}

TEST_F(FetchSessionsTest, EndsASessionThatIsLeftEmpty) {
  int32_t id = fetch(request(0, 0, {{{"b", 0}, 0}})).session_id;
  auto forgetting = request(id, 1);
  forgetting.forgotten_topics.push_back({.name = "b", .partitions = {0}});
  EXPECT_EQ(fetch(forgetting).session_id, 0);
  EXPECT_EQ(broker_->fetch_sessions().session_count(), 0u);
  EXPECT_EQ(broker_->fetch_sessions().size_bytes(), 0u);
}

TEST_F(FetchSessionsTest, WaitsForTheWholeSession) {
  int32_t id = fetch(request(0, 0, all_)).session_id;
  auto waiting = request(id, 1);
  waiting.max_wait_ms = 20'000;
  waiting.min_bytes = 1;
  client_->send<FetchApi>(kVersion, waiting);
  TestClient producer(*broker_);
  auto bytes = batch({"x"});
  producer.call<ProduceApi>(9, produce_request("b", bytes));
  EXPECT_EQ(places(client_->receive<FetchApi>(kVersion)), (std::set<Place>{{"b", 0}}));
}

TEST_F(FetchSessionsTest, StarvesNobodyUnderALimit) {
  for (int i = 0; i < 5; ++i) produce("a", batch({std::string(1000, 'x')}));
  produce("b", batch({"y"}));
  const std::map<Place, int64_t> both = {{{"a", 0}, 0}, {{"b", 0}, 0}};
  auto first = request(0, 0, both);
  first.max_bytes = 500;
  auto opened = fetch(first);
  EXPECT_EQ(opened.topics.at(0).name, "a");
  const std::map<Place, int64_t> only_a = {{{"a", 0}, 1}};
  auto next = request(opened.session_id, 1, only_a);
  next.max_bytes = 500;
  auto answer = fetch(next);
  ASSERT_FALSE(answer.topics.empty());
  EXPECT_EQ(answer.topics[0].name, "b") << "what had no turn comes first";
}

// --- the cache alone, under a clock that the test moves

class FetchSessionCacheTest : public testing::Test {
 protected:
  // Opens a session of so many partitions; its id.
  int32_t open(int32_t partitions, int32_t id = 0) {
    FetchRequest request;
    request.session_id = id;
    request.session_epoch = 0;
    request.topics.push_back({.name = "t"});
    for (int32_t i = 0; i < partitions; ++i) request.topics[0].partitions.push_back({.index = i});
    FetchResponse response;
    sessions_.begin(request, kVersion)->finish(response);
    return response.session_id;
  }
  int16_t go_on(int32_t id, int32_t epoch, int32_t partitions = 0) {
    FetchRequest request;
    request.session_id = id;
    request.session_epoch = epoch;
    request.topics.push_back({.name = "t"});
    for (int32_t i = 0; i < partitions; ++i) request.topics[0].partitions.push_back({.index = i});
    return sessions_.begin(request, kVersion)->error();
  }

  env::SimulatedEnv env_{1};
  FetchSessions sessions_{env_, {.sessions_max = 2, .bytes_max = 40'000, .eviction_ms = 1000}};
};

TEST_F(FetchSessionCacheTest, TheOneThatIsNotUsedMakesRoom) {
  int32_t a = open(1), b = open(1);
  env_.advance_ms(900);
  EXPECT_EQ(go_on(a, 1), error::kNone);
  env_.advance_ms(200);
  EXPECT_GT(open(1), 0);
  EXPECT_EQ(go_on(b, 1), error::kFetchSessionIdNotFound);
  EXPECT_EQ(go_on(a, 2), error::kNone);
}

TEST_F(FetchSessionCacheTest, AnOldSmallerOneMakesRoomForALargerOne) {
  int32_t small = open(1), large = open(50);
  env_.advance_ms(900);
  go_on(small, 1);
  go_on(large, 1);
  env_.advance_ms(200);
  EXPECT_EQ(open(1), 0) << "no smaller one is there";
  EXPECT_GT(open(20), 0);
  EXPECT_EQ(go_on(small, 2), error::kFetchSessionIdNotFound);
  EXPECT_EQ(go_on(large, 2), error::kNone);
}

TEST_F(FetchSessionCacheTest, KeepsToItsBytes) {
  EXPECT_EQ(open(1000), 0) << "too large for all of the memory";
  int32_t a = open(10);
  EXPECT_GT(a, 0);
  EXPECT_EQ(go_on(a, 1, 1000), error::kNone);
  EXPECT_EQ(sessions_.session_count(), 0u) << "it grew beyond the limit";
  EXPECT_EQ(sessions_.size_bytes(), 0u);
}

// --- random

// A client with a session. What it knows of each partition is what its session told it last.
class RandomClient {
 public:
  explicit RandomClient(uint64_t seed, int16_t version) : random_(seed), version_(version) {}

  size_t below(size_t limit) { return random_() % limit; }

  // Changes what is fetched, at random: the next request of the session.
  FetchRequest next(const std::map<std::string, TopicId>& topics) {
    FetchRequest request;
    if (session_id_ == 0 || below(40) == 0) {
      request.session_id = session_id_;
      request.session_epoch = epoch_ = 0;
      known_.clear();
    } else {
      request.session_id = session_id_;
      request.session_epoch = ++epoch_;
    }
    std::set<Place> changed;
    for (size_t i = below(4); i > 0; --i) {
      Place place{std::next(topics.begin(), static_cast<long>(below(topics.size())))->first,
                  static_cast<int32_t>(below(3))};
      if (!changed.insert(place).second) continue;
      if (below(3) == 0 && wanted_.contains(place)) {
        if (epoch_ > 0) forget(request, place, topics);
        wanted_.erase(place);
        known_.erase(place);
      } else {
        wanted_[place] = static_cast<int64_t>(below(4));
      }
    }
    for (const auto& [place, offset] : wanted_)
      if (epoch_ == 0 || changed.contains(place)) add(request, place, offset, topics);
    return request;
  }
  // The same without a session.
  FetchRequest full(const std::map<std::string, TopicId>& topics) {
    FetchRequest request;
    for (const auto& [place, offset] : wanted_) add(request, place, offset, topics);
    return request;
  }

  void check(const FetchResponse& told, const FetchResponse& full) {
    ASSERT_EQ(told.error_code, error::kNone);
    std::map<Place, Answer> answers = by_place(told), truth = by_place(full);
    for (const auto& [place, answer] : answers) {
      ASSERT_TRUE(truth.contains(place)) << "not asked for: " << place.first << place.second;
      known_[place] = answer;
    }
    for (const auto& [place, answer] : truth) {
      SCOPED_TRACE(fmt::format("{}-{}", place.first, place.second));
      ASSERT_TRUE(known_.contains(place)) << "never told";
      Answer known = known_[place];
      if (!answers.contains(place)) known.records = Bytes{};
      EXPECT_EQ(known.error_code, answer.error_code);
      EXPECT_EQ(known.high_watermark, answer.high_watermark);
      EXPECT_EQ(known.log_start_offset, answer.log_start_offset);
      EXPECT_EQ(known.records->data, answer.records->data);
    }
    session_id_ = told.session_id;
  }

 private:
  void forget(FetchRequest& request, const Place& place,
              const std::map<std::string, TopicId>& topics) {
    const std::string& name = topics.find(place.first)->first;
    request.forgotten_topics.push_back(
        {.name = version_ < 13 ? std::string_view(name) : std::string_view(),
         .topic_id = version_ < 13 ? TopicId() : topics.at(place.first),
         .partitions = {place.second}});
  }
  void add(FetchRequest& request, const Place& place, int64_t offset,
           const std::map<std::string, TopicId>& topics) {
    const auto topic = topics.find(place.first);
    request.topics.push_back(
        {.name = version_ < 13 ? std::string_view(topic->first) : std::string_view(),
         .topic_id = version_ < 13 ? TopicId() : topic->second});
    request.topics.back().partitions.push_back(
        {.index = place.second, .fetch_offset = offset, .max_bytes = 1 << 20});
  }
  std::map<Place, Answer> by_place(const FetchResponse& response) {
    std::map<Place, Answer> all;
    for (const auto& topic : response.topics)
      for (const auto& partition : topic.partitions)
        all[{version_ < 13 ? topic.name : fmt::format("{}", topic.topic_id), partition.index}] =
            partition;
    return all;
  }

  std::mt19937_64 random_;
  const int16_t version_;
  int32_t session_id_ = 0;
  int32_t epoch_ = 0;
  std::map<Place, int64_t> wanted_;
  std::map<Place, Answer> known_;
};

class RandomFetchTest : public BrokerTestBase, public testing::WithParamInterface<int16_t> {};

TEST_P(RandomFetchTest, ASessionTellsWhatFullFetchesTell) {
  const int16_t version = GetParam();
  for (uint64_t seed = 1; seed <= 12 && !HasFailure(); ++seed) {
    std::map<std::string, TopicId> topics;
    for (const char* name : {"x", "y", "z"})
      topics[name + std::to_string(seed)] = create_topic(name + std::to_string(seed), 2);
    RandomClient client(seed, version);
    for (int step = 0; step < 120 && !HasFailure(); ++step) {
      SCOPED_TRACE(fmt::format("seed={} step={} version={}", seed, step, version));
      auto topic = std::next(topics.begin(), static_cast<long>(client.below(topics.size())));
      const size_t what = client.below(8);
      if (what < 3 && log_->find_topic(topic->first).ok()) {
        produce(topic->first, batch({"v"}));
      } else if (what == 3 && log_->find_topic(topic->first).ok()) {
        auto trimmed = partition(topic->second);
        ASSERT_TRUE(trimmed->trim(trimmed->high_watermark()).ok());
      } else if (what == 4 && client.below(4) == 0) {
        if (log_->find_topic(topic->first).ok()) {
          ASSERT_TRUE(log_->delete_topic(topic->second).ok());
        } else if (version < 13) {  // by name: its partitions are there again
          topic->second = create_topic(topic->first, 3);
        }
      }
      auto told = client_->call<FetchApi>(version, client.next(topics));
      auto full = client_->call<FetchApi>(version, client.full(topics));
      client.check(told, full);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Versions, RandomFetchTest, testing::Values(7, 12, 13, 18));

}  // namespace
}  // namespace kappa::kafka
