#pragma once
// The command line as a value, and what is written from it: completions and the man page. So they
// cannot say anything that --help does not.

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace freellm::app {

/// What a shell may offer for a value.
enum class Completion { nothing, file, directory, words };

struct OptionText {
  std::string name;  ///< "--label", or "FILE" for a word that stands alone
  std::string meaning;
  bool is_positional = false;
  bool takes_value = false;
  Completion completion = Completion::nothing;
  std::vector<std::string> words;  ///< for Completion::words
};

struct CommandText {
  std::string name;  ///< "add"
  std::string path;  ///< "keys add"; "" for the program itself
  std::string meaning;
  std::string more;  ///< details and examples
  std::vector<OptionText> options;
  std::vector<CommandText> commands;
};

/// Hidden commands are left out.
[[nodiscard]] CommandText describe(const CLI::App& program);

[[nodiscard]] std::string bash_completion(const CommandText& program);
[[nodiscard]] std::string zsh_completion(const CommandText& program);
[[nodiscard]] std::string fish_completion(const CommandText& program);

/// freellmapi(1), in roff with the man macros.
[[nodiscard]] std::string man_page(const CommandText& program, const std::string& version);

/// All commands below `program` and itself, parents first.
[[nodiscard]] std::vector<const CommandText*> all_commands(const CommandText& program);

}  // namespace freellm::app
