#include "freellm/store/data_dir_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <string>
#include <thread>

#include "file_descriptor.hpp"

namespace freellm::store {
namespace {

constexpr std::chrono::milliseconds kLookAgain{20};

Error refused(std::string message) {
  return Error{.kind = ErrorKind::storage, .message = std::move(message), .code = "data_dir"};
}

std::string errno_text() { return std::generic_category().message(errno); }

Result<FileDescriptor> open_directory(const std::filesystem::path& data_dir) {
  FileDescriptor directory{::open(data_dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!directory) return refused("cannot open " + data_dir.string() + ": " + errno_text());
  return directory;
}

/// True: locked. False: somebody else has it.
Result<bool> lock(const FileDescriptor& directory, int operation,
                  const std::filesystem::path& data_dir) {
  if (::flock(directory.get(), operation | LOCK_NB) == 0) return true;
  if (errno == EWOULDBLOCK) return false;
  return refused("cannot lock " + data_dir.string() + ": " + errno_text() +
                 "; the data directory has to be on a local file system");
}

/// "lock:	1: FLOCK  ADVISORY  WRITE 1234 00:2d:8912 0 EOF": the kernel shows the locks that
/// were taken through this very descriptor.
bool shows_exclusive_flock(const std::filesystem::path& fdinfo) {
  std::ifstream file{fdinfo};
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("lock:") && line.find("FLOCK") != std::string::npos &&
        line.find("WRITE") != std::string::npos) {
      return true;
    }
  }
  return false;
}

}  // namespace

Status make_data_dir(const std::filesystem::path& data_dir) {
  std::error_code ec;
  const auto parent = data_dir.parent_path();
  if (!parent.empty()) std::filesystem::create_directories(parent, ec);
  if (ec) return refused("cannot create " + parent.string() + ": " + ec.message());
  if (::mkdir(data_dir.c_str(), 0700) != 0 && errno != EEXIST)
    return refused("cannot create " + data_dir.string() + ": " + errno_text());
  if (!std::filesystem::is_directory(data_dir, ec))
    return refused(data_dir.string() + " is not a directory");
  if (::faccessat(AT_FDCWD, data_dir.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
    return refused("cannot write to " + data_dir.string() + ": " + errno_text() +
                   "; change its permissions or choose another --data-dir");
  }
  return {};
}

Result<DataDirLock> DataDirLock::acquire(const std::filesystem::path& data_dir,
                                         std::chrono::milliseconds patience) {
  if (auto status = make_data_dir(data_dir); !status) return status.error();
  auto directory = open_directory(data_dir);
  if (!directory) return directory.error();
  const auto end = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const auto alone = lock(*directory, LOCK_EX, data_dir);
    if (!alone) return alone.error();
    if (*alone) return DataDirLock{directory->release()};
    // A shared lock is refused only by one who holds it alone, and that one may stay for ever.
    const auto shared = lock(*directory, LOCK_SH, data_dir);
    if (!shared) return shared.error();
    if (!*shared)
      return refused(data_dir.string() + " is in use by a running freellmapi; stop it first");
    ::flock(directory->get(), LOCK_UN);
    if (std::chrono::steady_clock::now() >= end) {
      return refused(data_dir.string() +
                     " is in use by a freellmapi command; try again when it has ended");
    }
    std::this_thread::sleep_for(kLookAgain);
  }
}

Result<std::optional<DataDirLock>> DataDirLock::share(const std::filesystem::path& data_dir) {
  auto directory = open_directory(data_dir);
  if (!directory) return directory.error();
  const auto shared = lock(*directory, LOCK_SH, data_dir);
  if (!shared) return shared.error();
  if (!*shared) return std::optional<DataDirLock>{};
  return std::optional<DataDirLock>{DataDirLock{directory->release()}};
}

DataDirLock::~DataDirLock() {
  if (fd_ >= 0) ::close(fd_);
}

bool holds_alone(int pid, const std::filesystem::path& data_dir) {
  struct stat wanted {};
  if (pid <= 0 || ::stat(data_dir.c_str(), &wanted) != 0) return false;
  const std::filesystem::path process = "/proc/" + std::to_string(pid);
  std::error_code ec;
  for (std::filesystem::directory_iterator entry{process / "fd", ec}, end; !ec && entry != end;
       entry.increment(ec)) {
    struct stat found {};
    if (::stat(entry->path().c_str(), &found) != 0) continue;
    if (found.st_dev != wanted.st_dev || found.st_ino != wanted.st_ino) continue;
    if (shows_exclusive_flock(process / "fdinfo" / entry->path().filename())) return true;
  }
  return false;
}

}  // namespace freellm::store
