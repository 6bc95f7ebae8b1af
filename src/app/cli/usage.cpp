#include "usage.hpp"

#include <algorithm>

#include "app/config_keys.hpp"

namespace freellm::app {
namespace {

std::vector<std::string> visible_commands(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* child : app.get_subcommands([](const CLI::App*) { return true; }))
    if (!child->get_group().empty()) names.push_back(child->get_name());
  return names;
}

const CLI::App* find_command(const CLI::App& app, const std::string& name) {
  for (const auto* child : app.get_subcommands([](const CLI::App*) { return true; }))
    if (child->get_name() == name) return child;
  return nullptr;
}

std::string suggestion(std::string_view word, const std::vector<std::string>& names,
                       const std::string& before, const char* quote) {
  const std::vector<std::string_view> views{names.begin(), names.end()};
  const auto hint = nearest(word, views);
  return hint.empty() ? std::string{}
                      : std::string{"; did you mean "} + quote + before + hint + quote + "?";
}

/// "keys ", "" for the program itself.
std::string prefix_of(const CLI::App& app) {
  return app.get_parent() == nullptr ? std::string{}
                                     : prefix_of(*app.get_parent()) + app.get_name() + " ";
}

const CLI::Option* find_option(const CLI::App* app, const std::string& flag) {
  for (; app != nullptr; app = app->get_parent())
    if (const auto* option = app->get_option_no_throw(flag)) return option;
  return nullptr;
}

std::string unknown_option(const CLI::App* app, const std::string& flag) {
  std::vector<std::string> names;
  for (; app != nullptr; app = app->get_parent())
    for (const auto* option : app->get_options())
      for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  return "unknown option " + flag + suggestion(flag, names, "", "");
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + names[i];
  return text;
}

/// Empty when the words hold no command or option that is unknown.
std::string first_unknown(const CLI::App& program, const std::vector<std::string>& words) {
  const CLI::App* app = &program;
  for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    const auto& word = words[i];
    if (word.size() > 1 && word[0] == '-') {
      const auto flag = word.substr(0, word.find('='));
      const auto* option = find_option(app, flag);
      if (option == nullptr) return unknown_option(app, flag);
      if (option->get_items_expected_min() > 0 && flag.size() == word.size()) ++i;
      continue;
    }
    const auto names = visible_commands(*app);
    if (names.empty()) continue;  // an argument
    const auto* next = find_command(*app, word);
    if (next == nullptr) {
      const auto prefix = prefix_of(*app);
      return "unknown command \"" + prefix + word + "\"" + suggestion(word, names, prefix, "\"");
    }
    app = next;
  }
  const auto names = visible_commands(*app);
  if (app == &program || names.empty()) return {};
  auto prefix = prefix_of(*app);
  prefix.pop_back();
  return prefix + " needs a subcommand: " + listed(names);
}

}  // namespace

std::string usage_error(const CLI::App& program, const std::vector<std::string>& words,
                        const CLI::ParseError& error) {
  if (auto text = first_unknown(program, words); !text.empty()) return text;
  std::string text = error.what();
  constexpr std::string_view kConversion = "Could not convert: ";
  if (text.starts_with(kConversion)) {
    text.erase(0, kConversion.size());
    if (const auto equals = text.find(" = "); equals != std::string::npos)
      text = text.substr(0, equals) + " must be a number, not \"" + text.substr(equals + 3) + "\"";
  }
  return text;
}

}  // namespace freellm::app
