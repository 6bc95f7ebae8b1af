#pragma once
// Faults: what is to go wrong, for whom, how often. A fault is a JSON object posted to the control
// API; docs are in control/control.hpp. Not thread-safe.

#include <cstdint>
#include <list>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "dialect/dialect.hpp"
#include "io/script.hpp"

namespace simulator {

struct Fault {
  std::uint64_t id = 0;
  std::string kind;
  Json spec;
  std::string platform;  ///< prefix; "" = all
  std::string model;     ///< "" = all
  std::string key_tail;  ///< last characters of the key; "" = all
  bool only_chat = true;
  std::int64_t skip = 0;
  std::int64_t times = -1;  ///< -1 = for ever
  double probability = 1;
  std::mt19937_64 random;
  std::int64_t hits = 0;
};

/// Which request is being served.
struct Occasion {
  std::string_view platform;
  std::string_view model;
  std::string_view key;
  bool is_chat = false;
};

class FaultBook {
 public:
  /// Throws std::invalid_argument naming what is wrong with `spec`.
  std::uint64_t add(const Json& spec);
  bool remove(std::uint64_t id);
  void clear() { faults_.clear(); }
  /// The faults due now, oldest first; counts them as used.
  std::vector<const Fault*> take(const Occasion& occasion);
  [[nodiscard]] Json to_json() const;

 private:
  std::uint64_t last_id_ = 0;
  std::list<Fault> faults_;
  /// Spent faults stay until the next `take`, so that pointers to them hold for one request.
  std::list<Fault> spent_;
};

using Faults = std::vector<const Fault*>;

void bend_turn(const Faults& faults, Turn& turn);
/// Groq's 400 about a call its parser could not read: the model's raw text lies in the body.
[[nodiscard]] std::optional<Reply> failed_generation(const Faults& faults, const Turn& turn);
[[nodiscard]] RenderOptions render_options(const Faults& faults);
/// An answer that replaces the platform's, if a fault asks for one.
[[nodiscard]] std::optional<Reply> replacement(const Faults& faults);
void bend_reply(const Faults& faults, std::string_view slug, Reply& reply);
void bend_pace(const Faults& faults, Pace& pace);
void bend_script(const Faults& faults, const Reply& reply, Script& script);
[[nodiscard]] const Fault* find_fault(const Faults& faults, std::string_view kind);

}  // namespace simulator
