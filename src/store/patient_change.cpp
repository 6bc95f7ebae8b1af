#include "freellm/store/patient_change.hpp"

#include <memory>
#include <mutex>
#include <utility>

namespace freellm::store {
namespace {

struct PatientChange {
  std::mutex mutex;
  bool begun = false;
  bool given_up = false;

  bool begin() {
    const std::lock_guard lock{mutex};
    begun = !given_up;
    return begun;
  }
  /// False when it has begun.
  bool give_up() {
    const std::lock_guard lock{mutex};
    given_up = !begun;
    return given_up;
  }
};

}  // namespace

Status change_within(Writer& writer, std::chrono::milliseconds patience,
                     std::function<Status(Db&)> work) {
  auto patient = std::make_shared<PatientChange>();
  auto waiting = writer.change<bool>([patient, work = std::move(work)](Db& db) -> Result<bool> {
    if (!patient->begin())
      return Error{.kind = ErrorKind::storage, .message = "given up meanwhile"};
    if (const Status status = work(db); !status) return status.error();
    return true;
  });
  if (waiting.wait_for(patience) != std::future_status::ready && patient->give_up()) {
    return Error{.kind = ErrorKind::storage,
                 .http_status = 503,
                 .message = "it is busy; try again in a moment",
                 .code = "busy"};
  }
  auto done = waiting.get();
  if (!done) return done.error();
  return {};
}

}  // namespace freellm::store
