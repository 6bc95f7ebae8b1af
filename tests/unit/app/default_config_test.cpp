// config/freellmapi.toml is documentation that must not lie: it is held against the table of keys
// and the defaults.

#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <sstream>

#include "app/config_keys.hpp"
#include "freellm/app/config.hpp"
#include "freellm/app/routes.hpp"
#include "freellm/catalog/loader.hpp"

namespace freellm::app {
namespace {

std::string shipped_file() {
  std::ifstream file{FREELLM_SOURCE_DIR "/config/freellmapi.toml"};
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The file with its commented examples ("# name = …", "# [table]") switched on.
std::string with_examples(const std::string& text) {
  static const std::regex example{R"(^# (\[|"|# |[a-z_]+ = ))"};
  std::istringstream lines{text};
  std::string out;
  for (std::string line; std::getline(lines, line); out += line + '\n') {
    if (std::regex_search(line, example)) line.erase(0, 2);
  }
  return out;
}

struct Parsed {
  Config config;
  std::vector<ConfigProblem> problems;
};

Parsed parse(const std::string& text) {
  const auto catalog = catalog::parse_catalog(catalog::embedded_catalog());
  Parsed parsed;
  apply_toml(parsed.config, text, "freellmapi.toml", platform_slugs(*catalog), parsed.problems);
  return parsed;
}

std::string first_problem(const Parsed& parsed) {
  return parsed.problems.empty()
             ? ""
             : parsed.problems.front().where + ": " + parsed.problems.front().what;
}

/// The lines between "[section]" and the next table.
std::string section_of(const std::string& text, std::string_view section) {
  const auto begin = text.find("\n[" + std::string{section} + "]\n");
  if (begin == std::string::npos) return {};
  return text.substr(begin + 1, text.find("\n[", begin + 1) - begin);
}

bool sets(const std::string& text, std::string_view name) {
  return text.find("\n" + std::string{name} + " = ") != std::string::npos;
}

TEST(DefaultConfig, HasNoProblem) {
  const auto parsed = parse(shipped_file());

  EXPECT_EQ(first_problem(parsed), "");
}

TEST(DefaultConfig, NamesEveryKeyInItsSection) {
  const auto text = shipped_file();

  for (const auto& key : config_keys()) {
    EXPECT_TRUE(sets(section_of(text, key.section), key.name)) << key.section << "." << key.name;
  }
}

TEST(DefaultConfig, ChangesNoDefault) {
  const Config untouched;
  const auto config = parse(shipped_file()).config;

  EXPECT_EQ(config.host, untouched.host);
  EXPECT_EQ(config.port, untouched.port);
  EXPECT_EQ(config.workers, untouched.workers);
  EXPECT_EQ(config.max_body_bytes, untouched.max_body_bytes);
  EXPECT_EQ(config.drain_timeout, untouched.drain_timeout);
  EXPECT_EQ(config.trusted_proxies, untouched.trusted_proxies);
  EXPECT_EQ(config.cors_origins, untouched.cors_origins);
  EXPECT_EQ(config.ca_file, untouched.ca_file);
  EXPECT_EQ(config.require_api_key, untouched.require_api_key);
  EXPECT_EQ(config.session_ttl, untouched.session_ttl);
  EXPECT_EQ(config.strategy, untouched.strategy);
  EXPECT_EQ(config.max_attempts, untouched.max_attempts);
  EXPECT_EQ(config.total_timeout, untouched.total_timeout);
  EXPECT_EQ(config.penalty_per_rate_limit, untouched.penalty_per_rate_limit);
  EXPECT_EQ(config.penalty_max, untouched.penalty_max);
  EXPECT_EQ(config.penalty_decay, untouched.penalty_decay);
  EXPECT_EQ(config.sticky_ttl, untouched.sticky_ttl);
  EXPECT_EQ(config.max_wait, untouched.max_wait);
  EXPECT_EQ(config.keyless, untouched.keyless);
  EXPECT_EQ(config.request_log_retention, untouched.request_log_retention);
  EXPECT_EQ(config.request_log_max_rows, untouched.request_log_max_rows);
  EXPECT_EQ(config.network_proxy, nullptr);
  EXPECT_EQ(config.allow_private_networks, untouched.allow_private_networks);
  EXPECT_EQ(config.check_interval, untouched.check_interval);
  EXPECT_EQ(config.log_level, untouched.log_level);
  EXPECT_EQ(config.log_format, untouched.log_format);
}

TEST(DefaultConfig, ItsCommentedExamplesAreValid) {
  const auto parsed = parse(with_examples(shipped_file()));

  EXPECT_EQ(first_problem(parsed), "");
  EXPECT_EQ(parsed.config.aliases.size(), 2U);
  EXPECT_EQ(parsed.config.platforms.count("groq"), 1U);
  ASSERT_EQ(parsed.config.custom.size(), 1U);
  EXPECT_EQ(parsed.config.custom.front().api_key_env, "LOCAL_API_KEY");
}

TEST(DefaultConfig, ShowsEveryKeyOfAPlatformAndOfACustomEndpoint) {
  const auto text = with_examples(shipped_file());

  for (const auto name : platform_key_names())
    EXPECT_TRUE(sets(section_of(text, "platforms.groq"), name)) << name;
  const auto custom = text.substr(text.find("[[custom]]"));
  for (const auto name : custom_key_names()) EXPECT_TRUE(sets(custom, name)) << name;
}

TEST(DefaultConfig, NamesEveryPlatformOfTheCatalog) {
  const auto text = shipped_file();
  const auto catalog = catalog::parse_catalog(catalog::embedded_catalog());

  for (const auto& slug : platform_slugs(*catalog))
    EXPECT_NE(text.find(slug), std::string::npos) << slug;
}

}  // namespace
}  // namespace freellm::app
