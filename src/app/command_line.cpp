// argv -> subcommand. The help texts are the first documentation anyone sees.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>

#include "cli.hpp"
#include "freellm/app/daemon.hpp"

namespace freellm::app {
namespace {

constexpr const char* kAbout =
    "One OpenAI-compatible endpoint over the free tiers of many LLM platforms.\n\n"
    "Without a subcommand the daemon runs. First steps:\n"
    "  freellmapi keys add groq        # paste a provider key\n"
    "  freellmapi                      # start; then point any OpenAI client at "
    "http://127.0.0.1:3001/v1\n"
    "  freellmapi api-key show         # the key that client needs\n";

class CommandLine {
 public:
  CommandLine() : cli_(kAbout, "freellmapi"), environment_(current_environment()) {
    cli_.set_version_flag("--version", "freellmapi " FREELLM_VERSION);
    cli_.option_defaults()->always_capture_default(false);
    cli_.add_option("--config", flags_.config_file, "Configuration file (TOML)");
    cli_.add_option("--data-dir", flags_.data_dir, "Where the database and the master key live");
    cli_.add_option("--host", flags_.host, "Address to listen on (default 127.0.0.1)");
    cli_.add_option("--port", flags_.port, "Port to listen on (default 3001; 0 = any free one)");
    cli_.add_option("--log-level", flags_.log_level, "trace, debug, info, warn or error");
    cli_.add_option("--log-format", flags_.log_format, "text or json");
    cli_.fallthrough();
    cli_.require_subcommand(0, 1);
    add("serve", "Run the daemon (the default)", [this] { return serve(flags_, environment_); });
    add("check-config", "Parse and validate configuration and catalog; exit 0 or 2",
        [this] { return check_config(flags_, environment_); });
    add_keys();
    add_api_key();
  }

  int run(int argc, char** argv) {
    try {
      cli_.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
      const int code = cli_.exit(e);
      return code == 0 ? kExitOk : kExitUsage;
    }
    return action_ ? action_() : serve(flags_, environment_);
  }

 private:
  CLI::App* add(const char* name, const char* help, std::function<int()> action) {
    return add_to(cli_, name, help, std::move(action));
  }
  CLI::App* add_to(CLI::App& parent, const char* name, const char* help,
                   std::function<int()> action) {
    auto* command = parent.add_subcommand(name, help);
    command->fallthrough();
    if (action) command->callback([this, run = std::move(action)] { action_ = run; });
    return command;
  }

  void add_keys() {
    auto* keys = add("keys", "Provider keys: add, list, remove, test", nullptr);
    keys->require_subcommand(1);
    auto* adding =
        add_to(*keys, "add", "Store a provider key; the secret is read from standard input",
               [this] { return keys_add(flags_, environment_, platform_, label_); });
    adding->add_option("PLATFORM", platform_, "Platform slug, such as groq or google")->required();
    adding->add_option("--label", label_, "A name for your own use");
    add_to(*keys, "list", "Show all stored keys, masked",
           [this] { return keys_list(flags_, environment_); });
    add_to(*keys, "remove", "Forget a key",
           [this] { return keys_remove(flags_, environment_, id_); })
        ->add_option("ID", id_, "Id as shown by keys list")
        ->required();
    add_to(*keys, "test", "Ask the provider whether a key is good",
           [this] { return keys_test(flags_, environment_, id_); })
        ->add_option("ID", id_, "Id as shown by keys list")
        ->required();
  }

  void add_api_key() {
    auto* api_key = add("api-key", "The unified key that clients use", nullptr);
    api_key->require_subcommand(1);
    add_to(*api_key, "show", "Print it", [this] { return api_key_show(flags_, environment_); });
    add_to(*api_key, "rotate", "Replace it; clients with the old one are refused from then on",
           [this] { return api_key_rotate(flags_, environment_); });
  }

  CLI::App cli_;
  Environment environment_;
  Flags flags_;
  std::function<int()> action_;
  std::string platform_;
  std::string label_;
  std::int64_t id_ = 0;
};

}  // namespace

int run_command_line(int argc, char** argv) { return CommandLine{}.run(argc, argv); }

}  // namespace freellm::app
