#include "app/environment_keys.hpp"
#include "describe.hpp"
#include "freellm/app/routes.hpp"

namespace freellm::app {
namespace {

/// Text as roff takes it literally.
std::string roff(const std::string& text) {
  std::string out;
  bool starts_line = true;
  for (const char c : text) {
    if (starts_line && (c == '.' || c == '\'')) out += "\\&";
    starts_line = c == '\n';
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

/// Paragraphs; indented lines are examples and stay as they are.
std::string body(const std::string& text) {
  std::string out;
  bool is_example = false;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    const bool is_indented = line.starts_with("  ");
    if (is_indented != is_example) out += is_indented ? ".PP\n.RS 4\n.nf\n" : ".fi\n.RE\n.PP\n";
    is_example = is_indented;
    if (line.empty()) {
      out += ".PP\n";
    } else {
      out += roff(is_indented ? line.substr(2) : line) + "\n";
    }
  }
  return out + (is_example ? ".fi\n.RE\n" : "");
}

std::string option_entry(const OptionText& option) {
  std::string out = ".TP\n";
  out += option.is_positional ? "\\fI" + roff(option.name) + "\\fR"
                              : "\\fB" + roff(option.name) + "\\fR";
  if (option.takes_value && !option.is_positional) out += " \\fIVALUE\\fR";
  return out + "\n" + roff(option.meaning) + "\n";
}

std::string synopsis(const CommandText& command) {
  std::string out = "freellmapi " + command.path;
  for (const auto& option : command.options) {
    if (option.is_positional) out += " " + option.name;
  }
  return out;
}

}  // namespace

std::string man_page(const CommandText& program, const std::string& version) {
  std::string out =
      ".\\\" Written by `freellmapi man`; do not edit.\n.TH FREELLMAPI 1 \"\" \"freellmapi " +
      version +
      "\" \"User Commands\"\n.SH NAME\nfreellmapi \\- one OpenAI\\-compatible "
      "endpoint over the free tiers of many LLM platforms\n.SH SYNOPSIS\n"
      ".B freellmapi\n[\\fIOPTIONS\\fR] [\\fICOMMAND\\fR]\n.SH DESCRIPTION\n" +
      body(program.meaning) + ".SH OPTIONS\n";
  for (const auto& option : program.options) out += option_entry(option);
  out += ".SH COMMANDS\n";
  for (const auto* command : all_commands(program)) {
    if (command->path.empty() || !command->commands.empty()) continue;
    out += ".SS " + roff(synopsis(*command)) + "\n" + roff(command->meaning) + ".\n.PP\n" +
           body(command->more);
    for (const auto& option : command->options) {
      if (option.name != "--help") out += option_entry(option);
    }
  }
  out += ".SH ENVIRONMENT\n";
  for (const auto& [name, flag, meaning] : environment_keys())
    out += ".TP\n\\fB" + roff(std::string{name}) + "\\fR\n" + roff(std::string{meaning}) + "\n";
  out +=
      ".TP\nProvider keys\nStored at start if they are not stored yet; several of one platform are "
      "separated by commas:\n";
  for (const auto& [variable, platform] : provider_key_variables())
    out += roff(std::string{variable} + " (" + std::string{platform} + ")") + ",\n";
  out.erase(out.size() - 2, 1);
  out +=
      ".SH FILES\n.TP\n\\fI/etc/freellmapi/freellmapi.toml\\fR\nConfiguration of the packaged "
      "service.\n.TP\n\\fIDATA_DIR/freellmapi.db\\fR, \\fIDATA_DIR/master.key\\fR\nThe database "
      "and "
      "the key that its secrets are sealed with. DATA_DIR is $FREELLMAPI_DATA_DIR, else "
      "$XDG_DATA_HOME/freellmapi, else ~/.local/share/freellmapi.\n.SH EXIT STATUS\n0: done. 1: "
      "failed. 2: wrong usage or configuration.\n";
  return out;
}

}  // namespace freellm::app
