// Limits as written: by a test, or as the free tiers had them.

#include <array>
#include <stdexcept>

#include "core/limits.hpp"

namespace simulator {
namespace {

struct Field {
  const char* name;
  Metric metric;
  Window window;
};

constexpr std::array kFields{Field{"rpm", Metric::requests, Window::minute},
                             Field{"rph", Metric::requests, Window::hour},
                             Field{"rpd", Metric::requests, Window::day},
                             Field{"rpmonth", Metric::requests, Window::month},
                             Field{"tpm", Metric::tokens, Window::minute},
                             Field{"tph", Metric::tokens, Window::hour},
                             Field{"tpd", Metric::tokens, Window::day},
                             Field{"tpmonth", Metric::tokens, Window::month},
                             Field{"concurrency", Metric::concurrency, Window::minute}};

Pool parse_pool(const std::string& word) {
  if (word == "key") return Pool::key;
  if (word == "platform") return Pool::platform;
  if (word == "key_and_model") return Pool::key_and_model;
  throw std::invalid_argument("pool is key_and_model, key or platform");
}

DayStart parse_day(const std::string& word) {
  if (word == "utc") return DayStart::utc;
  if (word == "pacific") return DayStart::pacific;
  if (word == "rolling") return DayStart::rolling;
  throw std::invalid_argument("day is rolling, utc or pacific");
}

std::string default_day(const std::string& platform) {
  if (platform == "google") return "pacific";
  const bool is_utc =
      platform == "openrouter" || platform == "cloudflare" || platform == "sambanova";
  return is_utc ? "utc" : "rolling";
}

}  // namespace

std::vector<LimitRule> parse_limit_rules(const Json& spec) {
  std::vector<LimitRule> rules;
  const auto platform = spec.at("platform").get<std::string>();
  for (const auto& field : kFields) {
    if (!spec.contains(field.name)) continue;
    rules.push_back({platform, spec.value("model", ""), spec.value("key", ""), field.metric,
                     field.window, spec[field.name].get<std::int64_t>(),
                     parse_pool(spec.value("pool", "key_and_model")),
                     parse_day(spec.value("day", default_day(platform)))});
  }
  if (rules.empty()) throw std::invalid_argument("no limit named (rpm, rph, rpd, tpm, …)");
  return rules;
}

std::vector<LimitRule> free_tier_rules() {
  // Public free-tier figures, 2026-11. One figure for all models of a platform is enough for a
  // demo.
  static const auto kTiers = Json::parse(R"([
    {"platform": "google", "rpm": 10, "rpd": 250, "tpm": 250000},
    {"platform": "groq", "rpm": 30, "rpd": 1000, "tpm": 8000, "tpd": 200000},
    {"platform": "cerebras", "rpm": 5, "tpm": 30000, "tpd": 1000000},
    {"platform": "openrouter", "rpm": 20, "rpd": 50, "pool": "key"},
    {"platform": "github", "rpm": 10, "rpd": 50, "concurrency": 2},
    {"platform": "sambanova", "rpm": 20, "rpd": 20, "tpd": 200000},
    {"platform": "mistral", "rpm": 60, "tpm": 500000, "tpmonth": 1000000000},
    {"platform": "cohere", "rpm": 20, "rpmonth": 1000, "pool": "key"},
    {"platform": "cloudflare", "rpm": 300},
    {"platform": "zhipu", "concurrency": 2, "pool": "key"},
    {"platform": "zhipu-cn", "concurrency": 2, "pool": "key"},
    {"platform": "nvidia", "rpm": 40, "pool": "key"},
    {"platform": "ollama", "concurrency": 1, "pool": "key"},
    {"platform": "pollinations", "rpm": 20, "pool": "key"},
    {"platform": "llm7", "rph": 100, "pool": "platform"},
    {"platform": "kilo", "rph": 200, "pool": "platform"}
  ])");
  std::vector<LimitRule> rules;
  for (const auto& tier : kTiers)
    for (auto& rule : parse_limit_rules(tier)) rules.push_back(std::move(rule));
  return rules;
}

Json Limits::to_json() const {
  static constexpr std::array kMetrics{"requests", "tokens", "concurrency"};
  static constexpr std::array kWindows{"minute", "hour", "day", "month"};
  Json list = Json::array();
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const auto& rule = rules_[i];
    std::int64_t used = 0;
    for (const auto& [where, uses] : uses_)
      if (where.first == i)
        for (const auto& use : uses) used += use.amount;
    list.push_back({{"platform", rule.platform},
                    {"model", rule.model},
                    {"metric", kMetrics[static_cast<std::size_t>(rule.metric)]},
                    {"window", kWindows[static_cast<std::size_t>(rule.window)]},
                    {"count", rule.count},
                    {"used_by_all", used}});
  }
  return list;
}

}  // namespace simulator
