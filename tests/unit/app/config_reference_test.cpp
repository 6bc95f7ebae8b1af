// docs/configuration.md says what the program says of itself, between its two marks.

#include "app/config_reference.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "app/config_keys.hpp"
#include "app/environment_keys.hpp"

namespace freellm::app {
namespace {

constexpr const char* kBegin = "<!-- begin: freellmapi config-reference -->\n";
constexpr const char* kEnd = "<!-- end: freellmapi config-reference -->";

std::string read(const std::string& path) {
  std::ifstream file{FREELLM_SOURCE_DIR "/" + path};
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(ConfigReference, IsWhatTheDocumentationShows) {
  const auto page = read("docs/configuration.md");
  const auto begin = page.find(kBegin);
  const auto end = page.find(kEnd);
  ASSERT_NE(begin, std::string::npos);
  ASSERT_NE(end, std::string::npos);
  const auto from = begin + std::string_view{kBegin}.size();

  EXPECT_EQ(page.substr(from, end - from), config_reference())
      << "put what `freellmapi config-reference` prints between the marks";
}

TEST(ConfigReference, HasADefaultAndAMeaningForEveryKey) {
  const auto text = config_reference();

  for (const auto& key : config_keys()) {
    const auto at = text.find("| `" + std::string{key.name} + "` | `");
    EXPECT_NE(at, std::string::npos) << key.section << "." << key.name << " has no default";
    EXPECT_FALSE(key.meaning.empty() || key.takes.empty()) << key.name;
  }
}

TEST(ConfigReference, TheFileInsideTheProgramIsTheOneThatShips) {
  EXPECT_EQ(default_config(), read("config/freellmapi.toml"));
}

TEST(ConfigReference, TheManualKnowsEveryVariableThatTheProgramReads) {
  std::string source;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(FREELLM_SOURCE_DIR "/src"))
    if (entry.path().extension() == ".cpp")
      source += read(entry.path().lexically_relative(FREELLM_SOURCE_DIR));
  ASSERT_NE(source.find("\"FREELLMAPI_ADMIN_TOKEN\""), std::string::npos);
  static const std::regex variable{"\"(FREELLMAPI_[A-Z_]+)\""};
  for (std::sregex_iterator found{source.begin(), source.end(), variable}, end; found != end;
       ++found) {
    const auto name = (*found)[1].str();
    const auto keys = environment_keys();
    EXPECT_TRUE(std::any_of(keys.begin(), keys.end(), [&](const auto& key) {
      return key.name == name;
    })) << name;
  }
}

}  // namespace
}  // namespace freellm::app
