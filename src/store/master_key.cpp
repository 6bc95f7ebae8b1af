#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "file_descriptor.hpp"
#include "freellm/base/random.hpp"
#include "freellm/store/store.hpp"
#include "master_key_file.hpp"

namespace freellm::store {
namespace {

constexpr std::size_t kHexDigits = kKeyBytes * 2;

Error bad_key(std::string message) {
  return Error{
      .kind = ErrorKind::configuration, .message = std::move(message), .code = "master_key"};
}

Error system_error(const std::string& doing, const std::filesystem::path& file) {
  return Error{.kind = ErrorKind::storage,
               .message = "cannot " + doing + " " + file.string() + ": " +
                          std::generic_category().message(errno),
               .code = "master_key"};
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

/// Ours, root's, or, for root beside a service with a user of its own, that user's.
bool has_right_owner(const std::filesystem::path& file, const struct stat& info) {
  if (info.st_uid == ::geteuid() || info.st_uid == 0) return true;
  struct stat directory {};
  return ::geteuid() == 0 && ::stat(file.parent_path().c_str(), &directory) == 0 &&
         directory.st_uid == info.st_uid;
}

Status check_file(const std::filesystem::path& file, const struct stat& info) {
  if (!S_ISREG(info.st_mode)) return bad_key(file.string() + " is not a regular file");
  if (!has_right_owner(file, info)) {
    return bad_key(file.string() +
                   " belongs to another user; change its owner to the one running freellmapi");
  }
  if ((info.st_mode & 077) != 0) {
    return bad_key(file.string() + " can be read by group or others; run: chmod 600 " +
                   file.string());
  }
  return {};
}

Status write_all(int fd, std::string_view text, const std::filesystem::path& file) {
  while (!text.empty()) {
    const auto written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return system_error("write", file);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Status write_durably(const std::filesystem::path& file, std::string_view text) {
  const FileDescriptor fd{
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!fd) return system_error("create", file);
  give_to_owner_of(file.parent_path(), fd.get());
  if (auto status = write_all(fd.get(), text, file); !status) return status;
  if (::fsync(fd.get()) != 0) return system_error("write", file);
  return {};
}

}  // namespace

Status sync_directory_of(const std::filesystem::path& file) {
  const auto parent = file.has_parent_path() ? file.parent_path() : std::filesystem::path{"."};
  const FileDescriptor directory{::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!directory || ::fsync(directory.get()) != 0)
    return system_error("sync the directory of", file);
  return {};
}

std::filesystem::path next_master_key(const std::filesystem::path& data_dir) {
  return data_dir / (std::string{kMasterKeyName} + ".next");
}

Status write_next_master_key(const std::filesystem::path& data_dir, const Secret& hex) {
  const auto file = next_master_key(data_dir);
  if (::unlink(file.c_str()) != 0 && errno != ENOENT) return system_error("replace", file);
  if (auto status = write_durably(file, hex.reveal()); !status) return status;
  return sync_directory_of(file);
}

Status promote_next_master_key(const std::filesystem::path& data_dir) {
  const auto file = data_dir / kMasterKeyName;
  if (::rename(next_master_key(data_dir).c_str(), file.c_str()) != 0)
    return system_error("replace", file);
  return sync_directory_of(file);
}

void discard_next_master_key(const std::filesystem::path& data_dir) {
  ::unlink(next_master_key(data_dir).c_str());
}

Result<Secret> parse_master_key(std::string_view hex) {
  hex = trimmed(hex);
  if (hex.size() != kHexDigits) return bad_key("a master key is 64 hex digits");
  std::string raw;
  raw.reserve(kKeyBytes);
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = hex_digit(hex[i]);
    const int low = hex_digit(hex[i + 1]);
    if (high < 0 || low < 0) {
      secure_zero(raw.data(), raw.size());
      return bad_key("a master key is 64 hex digits");
    }
    raw += static_cast<char>(high * 16 + low);
  }
  return Secret::take(std::move(raw));
}

Result<std::optional<Secret>> read_master_key(const std::filesystem::path& file) {
  // Opened first and examined afterwards, so that nobody can swap the file in between. O_NONBLOCK:
  // a FIFO put in its place must not hang the start.
  const FileDescriptor fd{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
  if (!fd) {
    if (errno == ENOENT) return std::optional<Secret>{};
    if (errno == ELOOP)
      return bad_key(file.string() + " is a symbolic link; put the key file itself there");
    return system_error("read", file);
  }
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return system_error("read", file);
  if (auto status = check_file(file, info); !status) return status.error();
  std::array<char, 256> buffer{};
  const auto got = ::read(fd.get(), buffer.data(), buffer.size());
  if (got < 0) return system_error("read", file);
  auto key = parse_master_key({buffer.data(), static_cast<std::size_t>(got)});
  secure_zero(buffer.data(), buffer.size());
  if (!key) return bad_key(file.string() + ": " + key.error().message);
  return std::optional<Secret>{*std::move(key)};
}

Result<Secret> create_master_key(const std::filesystem::path& file) {
  Secret hex = Secret::take(random_hex(kKeyBytes));
  // Written beside it and linked into place: a crash leaves the whole key or none, and link()
  // unlike rename() never replaces a key that another process has just made.
  auto temporary = file;
  temporary += "." + random_hex(6) + ".tmp";
  auto status = write_durably(temporary, std::string_view{hex.reveal()});
  if (status && ::link(temporary.c_str(), file.c_str()) != 0) status = system_error("create", file);
  ::unlink(temporary.c_str());
  if (!status) return status.error();
  if (auto synced = sync_directory_of(file); !synced) return synced.error();
  return parse_master_key(hex.reveal());
}

}  // namespace freellm::store
