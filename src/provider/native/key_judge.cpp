#include "provider/native/key_judge.hpp"

#include "freellm/provider/key_check.hpp"

namespace freellm::provider::native {

KeyCheck judge_key(const QuirkSet& quirks, std::size_t probe, int status, std::string_view body) {
  if (probe >= quirks.key_probes.size()) return {KeyVerdict::inconclusive, "no such probe"};
  return judge_probe(quirks.key_probes[probe], quirks, status, body);
}

}  // namespace freellm::provider::native
