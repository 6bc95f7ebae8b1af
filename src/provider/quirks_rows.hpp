// One reader per kind of quirk row. Private to the provider layer.
#pragma once

#include <vector>

#include "provider/quirks_reader.hpp"

namespace freellm::provider {

void read_messages(QuirkReader& in, std::vector<MessageRules>& out, const wire::OrderedJson& row);
void read_error_rule(QuirkReader& in, std::vector<ErrorRule>& out, const wire::OrderedJson& row);
void read_rate_row(QuirkReader& in, std::vector<RateHeaderRow>& out, const wire::OrderedJson& row);
void read_probe(QuirkReader& in, std::vector<KeyProbe>& out, const wire::OrderedJson& row);

}  // namespace freellm::provider
