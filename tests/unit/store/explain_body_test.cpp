#include "store/explain_body.hpp"

#include <gtest/gtest.h>

namespace freellm::store {
namespace {

TEST(ExplainBody, ComesBackAsItWasShortOrLong) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{10}, kPlainExplainBytes,
                                 kPlainExplainBytes + 1, kMaxExplainBytes}) {
    const std::string json(size, 'x');
    const auto packed = pack_explain(json);

    EXPECT_EQ(unpack_explain(static_cast<std::int64_t>(packed.form), packed.body), json) << size;
  }
}

TEST(ExplainBody, LeavesShortRecordsReadable) { EXPECT_EQ(pack_explain("{}").body, "{}"); }

TEST(ExplainBody, RefusesDamageAndUnknownForms) {
  auto packed = pack_explain(std::string(5'000, 'x'));
  ASSERT_EQ(packed.form, ExplainForm::deflated);

  packed.body.resize(packed.body.size() / 2);

  EXPECT_EQ(unpack_explain(1, packed.body), std::nullopt);
  EXPECT_EQ(unpack_explain(7, "{}"), std::nullopt);
}

}  // namespace
}  // namespace freellm::store
