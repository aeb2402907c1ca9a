#include "kafka/groups/answer_gate.h"

#include <gtest/gtest.h>

#include <string>

#include "kafka/protocol/errors.h"

namespace kappa::kafka {
namespace {

class AnswerGateTest : public testing::Test {
 protected:
  AnswerGate::Answer noted(char name) {
    return [this, name](int16_t error) { given_ += error == error::kNone ? name : '!'; };
  }

  AnswerGate gate_;
  std::string given_;
};

TEST_F(AnswerGateTest, AnswersWaitForAllChangesBeforeThem) {
  gate_.give(noted('a'));
  EXPECT_EQ(given_, "a") << "nothing is under way";
  uint64_t first = gate_.begin();
  gate_.give(noted('b'));
  uint64_t second = gate_.begin();
  gate_.give(noted('c'));
  gate_.finish(second, error::kNone);
  EXPECT_EQ(given_, "a");
  gate_.finish(first, error::kNone);
  EXPECT_EQ(given_, "abc");
}

TEST_F(AnswerGateTest, AFailureIsTheAnswerOfThoseThatWaitForIt) {
  uint64_t first = gate_.begin();
  gate_.give(noted('a'));
  uint64_t second = gate_.begin();
  gate_.give(noted('b'));
  gate_.finish(first, error::kNotCoordinator);
  EXPECT_EQ(given_, "!");
  gate_.finish(second, error::kNone);
  EXPECT_EQ(given_, "!b");
}

TEST_F(AnswerGateTest, WhatIsForgottenIsNotAnswered) {
  uint64_t change = gate_.begin();
  gate_.give(noted('a'));
  gate_.clear();
  gate_.finish(change, error::kNone);
  EXPECT_EQ(given_, "");
}

}  // namespace
}  // namespace kappa::kafka
