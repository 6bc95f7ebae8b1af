#include "server/admin/metric_text.hpp"

#include <gtest/gtest.h>

namespace freellm::server::admin {
namespace {

TEST(MetricText, WritesFamiliesAndSamples) {
  MetricText text;
  text.family("things_total", "counter", "Things.");
  text.sample({{"kind", "a"}, {"model", "b"}}, 3);
  text.family("left", "gauge", "What is left.");
  text.sample({}, 0.25);

  EXPECT_EQ(text.take(),
            "# HELP things_total Things.\n# TYPE things_total counter\n"
            "things_total{kind=\"a\",model=\"b\"} 3\n"
            "# HELP left What is left.\n# TYPE left gauge\nleft 0.25\n");
}

TEST(MetricText, EscapesWhatWouldEndALabel) {
  MetricText text;
  text.family("x", "gauge", "X.");
  text.sample({{"model", "a\"b\\c\nd"}}, 1);

  EXPECT_NE(text.take().find(R"(x{model="a\"b\\c\nd"} 1)"), std::string::npos);
}

TEST(MetricText, WritesLargeCountsExactly) {
  EXPECT_EQ(metric_number(1e15), "1e+15");
  EXPECT_EQ(metric_number(1'234'567'890), "1234567890");
  EXPECT_EQ(metric_number(0), "0");
  EXPECT_EQ(metric_number(81.92), "81.92");
}

}  // namespace
}  // namespace freellm::server::admin
