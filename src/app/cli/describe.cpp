#include "describe.hpp"

#include <CLI/CLI.hpp>

#include "freellm/app/routes.hpp"
#include "freellm/catalog/loader.hpp"

namespace freellm::app {
namespace {

std::vector<std::string> known_platforms() {
  const auto catalog = catalog::parse_catalog(catalog::embedded_catalog());
  return catalog ? platform_slugs(*catalog) : std::vector<std::string>{};
}

void add_completion(OptionText& option) {
  const auto offer = [&](std::vector<std::string> words) {
    option.completion = Completion::words;
    option.words = std::move(words);
  };
  if (option.name == "--config" || option.name == "FILE") option.completion = Completion::file;
  if (option.name == "--data-dir") option.completion = Completion::directory;
  if (option.name == "--log-level") offer({"trace", "debug", "info", "warn", "error"});
  if (option.name == "--log-format") offer({"text", "json"});
  if (option.name == "--host") offer({"127.0.0.1", "0.0.0.0", "::"});
  if (option.name == "PLATFORM") offer(known_platforms());
  if (option.name == "SHELL") offer({"bash", "zsh", "fish"});
}

OptionText describe_option(const CLI::Option& option) {
  OptionText text;
  text.is_positional = option.get_positional();
  text.name = text.is_positional ? option.get_name(true) : "--" + option.get_lnames().front();
  text.meaning = option.get_description();
  text.takes_value = text.is_positional || option.get_items_expected_max() > 0;
  add_completion(text);
  return text;
}

CommandText describe_command(const CLI::App& command, const std::string& parent) {
  CommandText text;
  text.name = command.get_name();
  text.path = parent.empty() ? text.name : parent + " " + text.name;
  text.meaning = command.get_description();
  text.more = command.get_footer();
  for (const auto* option : command.get_options()) text.options.push_back(describe_option(*option));
  const auto visible = [](const CLI::App* child) { return !child->get_group().empty(); };
  for (const auto* child : command.get_subcommands(visible))
    text.commands.push_back(describe_command(*child, text.path));
  return text;
}

void collect(const CommandText& command, std::vector<const CommandText*>& all) {
  all.push_back(&command);
  for (const auto& child : command.commands) collect(child, all);
}

void drop_program_name(CommandText& command, std::size_t length) {
  command.path.erase(0, std::min(command.path.size(), length));
  for (auto& child : command.commands) drop_program_name(child, length);
}

}  // namespace

CommandText describe(const CLI::App& program) {
  auto text = describe_command(program, "");
  drop_program_name(text, text.name.size() + 1);
  return text;
}

std::vector<const CommandText*> all_commands(const CommandText& program) {
  std::vector<const CommandText*> all;
  collect(program, all);
  return all;
}

}  // namespace freellm::app
