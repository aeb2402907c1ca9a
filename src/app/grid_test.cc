// The same rows in the three formats.

#include "app/grid.h"

#include <gtest/gtest.h>

namespace kappa::app {
namespace {

Grid sample() {
  return {.columns = {{.name = "city"},
                      {.name = "n", .is_number = true},
                      {.name = "ok", .is_boolean = true},
                      {.name = "more", .is_json = true}},
          .rows = {{"Zürich, \"ZH\"", "9007199254740993", "t", "{\"a\": 1}"},
                   {std::nullopt, "NaN", "f", std::nullopt}}};
}

TEST(Grid, TableIsAlignedForPeople) {
  EXPECT_EQ(format_grid(sample(), Format::kTable),
            " city         | n                | ok | more\n"
            "--------------+------------------+----+----------\n"
            " Zürich, \"ZH\" | 9007199254740993 | t  | {\"a\": 1}\n"
            "              |              NaN | f  |\n"
            "(2 rows)\n");
}

TEST(Grid, JsonKeepsEveryDigitAndQuotesWhatIsNoNumber) {
  EXPECT_EQ(format_grid(sample(), Format::kJson),
            "[{\"city\": \"Zürich, \\\"ZH\\\"\", \"n\": 9007199254740993, \"ok\": true, "
            "\"more\": {\"a\": 1}},\n"
            " {\"city\": null, \"n\": \"NaN\", \"ok\": false, \"more\": null}]\n");
  EXPECT_EQ(format_grid({.columns = {{.name = "a"}}}, Format::kJson), "[]\n");
}

TEST(Grid, CsvQuotesWhereItMust) {
  EXPECT_EQ(format_grid(sample(), Format::kCsv),
            "city,n,ok,more\n"
            "\"Zürich, \"\"ZH\"\"\",9007199254740993,t,\"{\"\"a\"\": 1}\"\n"
            ",NaN,f,\n");
}

}  // namespace
}  // namespace kappa::app
