// argv -> subcommand. The help texts are the first documentation anyone sees; completions and the
// man page are made from them.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <functional>

#include "app/cli.hpp"
#include "app/config_reference.hpp"
#include "commands.hpp"
#include "describe.hpp"
#include "freellm/app/daemon.hpp"
#include "usage.hpp"

namespace freellm::app {
namespace {

constexpr const char* kAbout =
    "One OpenAI-compatible endpoint over the free tiers of many LLM platforms.\n\n"
    "Without a subcommand the daemon runs. First steps:\n"
    "  freellmapi keys add groq        # paste a provider key\n"
    "  freellmapi api-key show         # the key that your programs need\n"
    "  freellmapi                      # start; then point any OpenAI client at "
    "http://127.0.0.1:3001/v1\n";

constexpr const char* kFooter =
    "A flag goes before the environment (FREELLMAPI_HOST, FREELLMAPI_DATA_DIR ...), that before "
    "the\n"
    "configuration file, that before the default. Exit codes: 0 done, 1 failed, 2 wrong usage or\n"
    "configuration. freellmapi COMMAND --help says more, with examples.\n";

class CommandLine {
 public:
  CommandLine() : cli_(kAbout, "freellmapi") {
    call_.environment = current_environment();
    auto& flags = call_.flags;
    cli_.set_version_flag("--version", "freellmapi " FREELLM_VERSION);
    cli_.footer(kFooter);
    cli_.add_option("--config", flags.config_file, "Configuration file (TOML)");
    cli_.add_option("--data-dir", flags.data_dir, "Where the database and the master key live");
    cli_.add_option("--host", flags.host, "Address to listen on (default 127.0.0.1)");
    cli_.add_option("--port", flags.port, "Port to listen on (default 3001; 0 = any free one)");
    cli_.add_option("--log-level", flags.log_level, "trace, debug, info, warn or error");
    cli_.add_option("--log-format", flags.log_format, "text or json");
    // As elsewhere the last one counts, so that a wrapper's flags can be overridden.
    for (auto* option : cli_.get_options()) option->take_last();
    cli_.fallthrough();
    cli_.require_subcommand(0, 1);
    add_serve();
    add_keys();
    add_api_key();
    add_admin();
    add_master_key();
    add_backup();
    add_healthcheck();
    add_generators();
  }

  int run(int argc, char** argv) {
    try {
      cli_.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
      if (e.get_exit_code() == 0) return cli_.exit(e) == 0 ? kExitOk : kExitUsage;
      const auto text = usage_error(cli_, {argv + std::min(argc, 1), argv + argc}, e);
      std::fprintf(stderr, "freellmapi: %s\nfreellmapi --help says what there is.\n", text.c_str());
      return kExitUsage;
    }
    return action_ ? action_() : run_daemon();
  }

 private:
  using Action = std::function<int()>;

  CLI::App& group(const char* name, const char* help) {
    auto* command = cli_.add_subcommand(name, help);
    command->fallthrough();
    command->require_subcommand(1);
    return *command;
  }
  CLI::App& add(CLI::App& parent, const char* name, const char* help, const char* more,
                Action action) {
    auto* command = parent.add_subcommand(name, help);
    command->fallthrough();
    command->footer(more);
    command->callback([this, run = std::move(action)] { action_ = run; });
    return *command;
  }
  /// A command that answers, for people or for scripts.
  CLI::App& add_answering(CLI::App& parent, const char* name, const char* help, const char* more,
                          Action action) {
    auto& command = add(parent, name, help, more, std::move(action));
    command.add_flag("--json", call_.json, "Answer with one JSON object");
    return command;
  }

  int run_daemon() { return serve(call_.flags, std::move(call_.environment)); }

  void add_serve() {
    add(cli_, "serve", "Run the daemon (the default)",
        "SIGTERM or Ctrl-C ends it after the running requests; SIGHUP reads configuration, "
        "catalog\n"
        "and keys again.\n\n"
        "Examples:\n"
        "  freellmapi serve --config /etc/freellmapi/freellmapi.toml\n"
        "  freellmapi serve --host 0.0.0.0 --log-format json\n",
        [this] { return run_daemon(); });
    add_answering(
        cli_, "check-config", "Check configuration and catalog; exit 0 or 2",
        "Prints every problem with file and line. Changes nothing.\n\n"
        "Example:\n"
        "  freellmapi check-config --config freellmapi.toml && systemctl reload freellmapi\n",
        [this] { return check_config(call_); });
  }

  void add_keys() {
    auto& keys = group("keys", "Provider keys: add, list, remove, test");
    auto& adding = add_answering(
        keys, "add", "Store a provider key, read from standard input",
        "The key is never taken from the command line, where other users and the shell's history\n"
        "would see it. A terminal asks for it without showing it. It is kept sealed; a running\n"
        "daemon uses it at once.\n\n"
        "Examples:\n"
        "  freellmapi keys add groq --label work\n"
        "  pass show groq | freellmapi keys add groq\n"
        "  echo \"$ACCOUNT_ID:$TOKEN\" | freellmapi keys add cloudflare\n",
        [this] { return keys_add(call_, platform_, label_); });
    adding.add_option("PLATFORM", platform_, "Platform slug, such as groq or google")->required();
    adding.add_option("--label", label_, "A name for your own use");
    add_answering(keys, "list", "Show all stored keys, masked",
                  "Examples:\n"
                  "  freellmapi keys list\n"
                  "  freellmapi keys list --json | jq '.keys[] | select(.state == \"invalid\")'\n",
                  [this] { return keys_list(call_); });
    add_answering(
        keys, "remove", "Forget a key",
        "Running requests that use it end first.\n\nExample:\n  freellmapi keys remove 3\n",
        [this] { return keys_remove(call_, id_); })
        .add_option("ID", id_, "Id as shown by keys list")
        ->required();
    add_answering(keys, "test", "Ask the platform whether a key is good",
                  "Exit code 1 when the platform refuses it. What cannot be found out leaves an\n"
                  "earlier verdict as it is.\n\nExample:\n  freellmapi keys test 3\n",
                  [this] { return keys_test(call_, id_); })
        .add_option("ID", id_, "Id as shown by keys list")
        ->required();
  }

  void add_api_key() {
    auto& api_key = group("api-key", "The key that your programs use: show, rotate");
    add_answering(api_key, "show", "Print it; makes it when there is none yet",
                  "FREELLMAPI_API_KEY, when it is set, is the key.\n\n"
                  "Example:\n  export OPENAI_API_KEY=$(freellmapi api-key show)\n",
                  [this] { return api_key_show(call_); });
    add_answering(api_key, "rotate", "Replace it; the old one is refused from then on",
                  "Prints the new one.\n\nExample:\n  freellmapi api-key rotate\n",
                  [this] { return api_key_rotate(call_); });
  }

  void add_admin() {
    auto& admin = group("admin", "The dashboard's account: reset-password");
    add_answering(
        admin, "reset-password", "Set a new dashboard password, read from standard input",
        "Ends every dashboard session, also in a running daemon. 8 to 1024 bytes.\n\n"
        "Examples:\n"
        "  freellmapi admin reset-password\n"
        "  openssl rand -base64 18 | tee password.txt | freellmapi admin reset-password\n",
        [this] { return admin_reset_password(call_); });
  }

  void add_master_key() {
    auto& master_key = group("master-key", "The key that seals all others: rotate");
    auto& rotate = add_answering(
        master_key, "rotate", "Seal every stored secret with a new master key",
        "Needs a stopped daemon. All or nothing: the old key stays until the change is on the "
        "disk,\n"
        "and a rotation that was cut off is finished or forgotten by the next start. Backups made\n"
        "before need the old key.\n\n"
        "With FREELLMAPI_MASTER_KEY set, the new key has to be given (--stdin), because nobody "
        "else\n"
        "can put it into that variable.\n\n"
        "Examples:\n"
        "  freellmapi master-key rotate\n"
        "  openssl rand -hex 32 > new.key && freellmapi master-key rotate --stdin < new.key\n",
        [this] {
          return master_key_rotate(call_, from_stdin_ ? NewKey::from_stdin : NewKey::random);
        });
    rotate.add_flag("--stdin", from_stdin_, "Read the new key, 64 hex digits, from standard input");
  }

  void add_backup() {
    auto& backup = add_answering(
        cli_, "backup", "Copy the database to a file, while the daemon runs or not",
        "The copy is consistent and readable by its owner alone (mode 0600). It does not hold the\n"
        "master key: keep that too, in another place.\n\n"
        "Examples:\n"
        "  freellmapi backup /backup/freellmapi-$(date +%F).db\n"
        "  freellmapi backup --force /backup/freellmapi.db\n",
        [this] { return backup_to(call_, file_, force_ ? Overwrite::yes : Overwrite::no); });
    backup.add_option("FILE", file_, "Where to; must not exist")->required();
    backup.add_flag("--force", force_, "Replace FILE if it exists");
    add_answering(
        cli_, "restore", "Put a backup in the database's place",
        "Needs a stopped daemon. The file is checked first: whole, ours, not from a newer "
        "version,\n"
        "and sealed with the master key in the data directory (or FREELLMAPI_MASTER_KEY). What is\n"
        "there now is replaced in one step; dashboard sessions end.\n\n"
        "Example:\n"
        "  freellmapi restore /backup/freellmapi-2026-11-25.db\n",
        [this] { return restore_from(call_, file_); })
        .add_option("FILE", file_, "A file that backup wrote")
        ->required();
  }

  void add_healthcheck() {
    auto& health = add_answering(
        cli_, "healthcheck", "Ask the running daemon whether it is ready; exit 0 or 1",
        "GET /readyz at the configured address. For containers and watchdogs.\n\n"
        "Example:\n"
        "  HEALTHCHECK CMD [\"freellmapi\", \"healthcheck\"]\n",
        [this] { return healthcheck(call_, Millis{timeout_s_ * 1'000}); });
    health.add_option("--timeout", timeout_s_, "Seconds to wait for the answer (default 5)")
        ->check(CLI::Range(1, 300));
  }

  int print(const std::string& text) const {
    std::fwrite(text.data(), 1, text.size(), stdout);
    return std::fflush(stdout) == 0 ? kExitOk : kExitFailure;
  }

  /// What is written from the command line and the configuration table themselves.
  void add_generators() {
    auto& completions =
        add(cli_, "completions", "Print the completion script of a shell",
            "Packages install them already. By hand, for bash:\n\n"
            "Examples:\n"
            "  source <(freellmapi completions bash)\n"
            "  freellmapi completions zsh > \"${fpath[1]}/_freellmapi\"\n"
            "  freellmapi completions fish > ~/.config/fish/completions/freellmapi.fish\n",
            [this] {
              const auto program = describe(cli_);
              return print(shell_ == "bash"  ? bash_completion(program)
                           : shell_ == "zsh" ? zsh_completion(program)
                                             : fish_completion(program));
            });
    completions.add_option("SHELL", shell_, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    add(cli_, "default-config", "Print the configuration file with every key at its default",
        "Example:\n  freellmapi default-config > freellmapi.toml\n",
        [this] { return print(std::string{default_config()}); });
    add(cli_, "man", "Print the manual page", "", [this] {
      return print(man_page(describe(cli_), FREELLM_VERSION));
    }).group("");
    add(cli_, "config-reference", "Print the tables of docs/configuration.md", "", [this] {
      return print(config_reference());
    }).group("");
  }

  CLI::App cli_;
  Invocation call_;
  Action action_;
  std::string platform_;
  std::string label_;
  std::string file_;
  std::string shell_;
  std::int64_t id_ = 0;
  int timeout_s_ = 5;
  bool force_ = false;
  bool from_stdin_ = false;
};

}  // namespace

int run_command_line(int argc, char** argv) {
  // A limit on the size of files, and a reader that is gone, are errors to be told, not deaths.
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  return CommandLine{}.run(argc, argv);
}

}  // namespace freellm::app
