#pragma once
// Canned answers for benchmarks: prepared once per profile, then sent without looking at the
// prompt. URL: /bench/v1/chat/completions, or
// /bench/size=4096,events=50,first_ms=0,interval_ms=20/v1/chat/completions. Not thread-safe.

#include <map>
#include <memory>
#include <string>

#include "io/http.hpp"
#include "io/script.hpp"

namespace simulator {

class Bench {
 public:
  /// The script for `path` (behind "/bench"); null when the path is none of ours.
  std::shared_ptr<const Script> find(std::string_view path, std::string_view body);

 private:
  struct Prepared {
    std::shared_ptr<const Script> whole;
    std::shared_ptr<const Script> stream;
  };
  const Prepared& prepared(std::string_view profile);

  std::map<std::string, Prepared, std::less<>> profiles_;
};

}  // namespace simulator
