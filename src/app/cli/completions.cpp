// Shell completions. In every shell the same: walk the words that stand before the cursor to find
// the command, then offer its subcommands, its options and the global ones, or the values of the
// option before.
#include <algorithm>

#include "describe.hpp"

namespace freellm::app {
namespace {

constexpr const char* kNotice = "# Written by `freellmapi completions`; do not edit.\n";

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

/// In single quotes, for all three shells.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string{"’"} : std::string{c};
  return out + "'";
}

/// The global options count for every command.
std::vector<OptionText> options_of(const CommandText& program, const CommandText& command) {
  auto options = command.options;
  if (&command == &program) return options;
  for (const auto& option : program.options) {
    const bool is_own = std::any_of(options.begin(), options.end(),
                                    [&](const auto& own) { return own.name == option.name; });
    if (!is_own && option.name != "--version") options.push_back(option);
  }
  return options;
}

/// Options of any command that take a value, each once.
std::vector<OptionText> valued_options(const CommandText& program) {
  std::vector<OptionText> found;
  for (const auto* command : all_commands(program)) {
    for (const auto& option : command->options) {
      const bool is_known = std::any_of(
          found.begin(), found.end(), [&](const auto& known) { return known.name == option.name; });
      if (option.takes_value && !option.is_positional && !is_known) found.push_back(option);
    }
  }
  return found;
}

std::string bash_offer(const OptionText& option) {
  switch (option.completion) {
    case Completion::file:
      return "mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")";
    case Completion::directory:
      return "mapfile -t COMPREPLY < <(compgen -d -- \"$cur\")";
    case Completion::words:
      return "mapfile -t COMPREPLY < <(compgen -W " + quoted(joined(option.words)) +
             " -- \"$cur\")";
    case Completion::nothing:
      break;
  }
  return "COMPREPLY=()";
}

/// "    'keys add') ... ;;" for each command that has a path.
std::string path_patterns(const CommandText& program) {
  std::string patterns;
  for (const auto* command : all_commands(program)) {
    if (command->path.empty()) continue;
    patterns += (patterns.empty() ? "" : "|") + quoted(command->path);
  }
  return patterns;
}

}  // namespace

std::string bash_completion(const CommandText& program) {
  std::string out = "# bash completion for freellmapi\n" + std::string{kNotice} +
                    "_freellmapi() {\n"
                    "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
                    "  local path='' word words=''\n"
                    "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
                    "    case \"${path:+$path }$word\" in\n      ";
  out += path_patterns(program) +
         ") path=${path:+$path }$word ;;\n    esac\n  done\n  COMPREPLY=()\n  case $prev in\n";
  for (const auto& option : valued_options(program))
    out += "    " + option.name + ")\n      " + bash_offer(option) + "\n      return ;;\n";
  out += "  esac\n  case $path in\n";
  for (const auto* command : all_commands(program)) {
    std::vector<std::string> words;
    std::string files;
    for (const auto& child : command->commands) words.push_back(child.name);
    for (const auto& option : options_of(program, *command)) {
      if (!option.is_positional) words.push_back(option.name);
      if (option.is_positional) words.insert(words.end(), option.words.begin(), option.words.end());
      if (option.is_positional && option.completion == Completion::file)
        files = " [[ $cur == -* ]] || " + bash_offer(option) + ";";
    }
    out +=
        "    " + quoted(command->path) + ") words=" + quoted(joined(words)) + ";" + files + " ;;\n";
  }
  return out +
         "  esac\n"
         "  [ ${#COMPREPLY[@]} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -W \"$words\" -- "
         "\"$cur\")\n"
         "}\n"
         "complete -F _freellmapi freellmapi\n";
}

namespace {

std::string zsh_item(const std::string& name, const std::string& meaning) {
  std::string text = name + ":" + meaning.substr(0, meaning.find('\n'));
  return quoted(text);
}

std::string zsh_offer(const OptionText& option) {
  switch (option.completion) {
    case Completion::file:
      return "_files";
    case Completion::directory:
      return "_files -/";
    case Completion::words:
      return "compadd -- " + joined(option.words);
    case Completion::nothing:
      break;
  }
  return "_message 'a value'";
}

}  // namespace

std::string zsh_completion(const CommandText& program) {
  std::string out = "#compdef freellmapi\n" + std::string{kNotice} +
                    "_freellmapi() {\n"
                    "  local at='' word\n  local -a commands options\n"
                    "  for word in \"${(@)words[2,CURRENT-1]}\"; do\n"
                    "    case \"${at:+$at }$word\" in\n      " +
                    path_patterns(program) +
                    ") at=\"${at:+$at }$word\" ;;\n    esac\n  done\n"
                    "  case ${words[CURRENT-1]} in\n";
  for (const auto& option : valued_options(program))
    out += "    " + option.name + ") " + zsh_offer(option) + "; return ;;\n";
  out += "  esac\n  case $at in\n";
  for (const auto* command : all_commands(program)) {
    out += "    " + quoted(command->path) + ")\n";
    std::string commands;
    std::string options;
    std::string values;
    for (const auto& child : command->commands)
      commands += " " + zsh_item(child.name, child.meaning);
    for (const auto& option : options_of(program, *command)) {
      if (option.is_positional && option.completion != Completion::nothing)
        values = zsh_offer(option);
      if (!option.is_positional) options += " " + zsh_item(option.name, option.meaning);
    }
    if (!values.empty()) out += "      " + values + "\n";
    out += "      commands=(" + commands + " )\n      options=(" + options + " )\n      ;;\n";
  }
  return out +
         "  esac\n"
         "  (( ${#commands} )) && _describe 'command' commands\n"
         "  _describe -o 'option' options\n"
         "}\n"
         // Loaded by compinit as a function, or sourced.
         "if [[ ${funcstack[1]} == _freellmapi ]]; then\n  _freellmapi \"$@\"\nelse\n"
         "  compdef _freellmapi freellmapi\nfi\n";
}

namespace {

std::string fish_line(const std::string& path, const std::string& rest,
                      const std::string& meaning) {
  return "complete -c freellmapi -n " +
         quoted("__freellmapi_at " + (path.empty() ? "\"\"" : "\"" + path + "\"")) + " " + rest +
         " -d " + quoted(meaning.substr(0, meaning.find('\n'))) + "\n";
}

std::string fish_values(const OptionText& option) {
  if (option.completion == Completion::file) return " -r -F";
  if (option.completion == Completion::directory) return " -x -a '(__fish_complete_directories)'";
  if (option.completion == Completion::words) return " -x -a " + quoted(joined(option.words));
  return option.takes_value ? " -x" : "";
}

}  // namespace

std::string fish_completion(const CommandText& program) {
  std::string patterns = path_patterns(program);
  std::replace(patterns.begin(), patterns.end(), '|', ' ');
  std::string out = "# fish completion for freellmapi\n" + std::string{kNotice} +
                    "function __freellmapi_at\n"
                    "  set -l at ''\n"
                    "  for word in (commandline -opc)[2..-1]\n"
                    "    set -l longer (string trim -- \"$at $word\")\n"
                    "    switch $longer\n      case " +
                    patterns +
                    "\n        set at $longer\n    end\n  end\n"
                    "  test \"$at\" = \"$argv[1]\"\n"
                    "end\n"
                    "complete -c freellmapi -f\n";
  for (const auto* command : all_commands(program)) {
    for (const auto& child : command->commands)
      out += fish_line(command->path, "-a " + quoted(child.name), child.meaning);
    for (const auto& option : options_of(program, *command)) {
      if (!option.is_positional) {
        out += fish_line(command->path, "-l " + option.name.substr(2) + fish_values(option),
                         option.meaning);
      } else if (option.completion == Completion::words) {
        out += fish_line(command->path, "-a " + quoted(joined(option.words)), option.meaning);
      } else if (option.completion == Completion::file) {
        out += fish_line(command->path, "-F", option.meaning);
      }
    }
  }
  return out;
}

}  // namespace freellm::app
