#pragma once
// JSON of /api: replies, and bodies read strictly. Private to the admin sources.

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "freellm/server/admin/admin.hpp"

namespace freellm::server::admin {

using Json = nlohmann::ordered_json;

[[nodiscard]] std::string dump(const Json& json);
[[nodiscard]] Reply reply(const Json& json, int status = 200);
[[nodiscard]] Reply no_content();
/// {"data": […]}
[[nodiscard]] Reply list_reply(Json rows);

[[nodiscard]] Json time_or_null(const std::optional<WallTime>& time);
[[nodiscard]] Json text_or_null(std::string_view text);
[[nodiscard]] Json id_or_null(std::int64_t id);

/// Reads an object member by member and remembers the first thing wrong; finish() also refuses
/// members that nobody asked for.
class BodyReader {
 public:
  /// Parses the body: invalid_json, or invalid_request when it is no object.
  [[nodiscard]] static Result<BodyReader> parse(const std::string& body);
  explicit BodyReader(const Json& object, std::string path = {});

  [[nodiscard]] bool has(const char* name);
  /// Absent: nullopt. Of another type or out of bounds: an error is noted, and nullopt.
  [[nodiscard]] std::optional<std::string> text(const char* name, std::size_t min = 0,
                                                std::size_t max = 1'000'000);
  [[nodiscard]] std::optional<bool> boolean(const char* name);
  [[nodiscard]] std::optional<std::int64_t> integer(const char* name, std::int64_t low,
                                                    std::int64_t high);
  /// The member as it is, null when absent.
  [[nodiscard]] const Json& any(const char* name);
  [[nodiscard]] const Json* array(const char* name, std::size_t max);

  void require(const char* name);
  void fail(const char* name, const std::string& what);
  [[nodiscard]] std::string path(const char* name) const;
  /// Call after the last member was read.
  [[nodiscard]] Status finish();

 private:
  Json object_;
  std::string path_;
  std::vector<std::string> known_;
  std::optional<Error> error_;
};

/// Limit of the description.
[[nodiscard]] Json limit_json(const catalog::Limit& limit);

/// A query parameter as a whole number; nullopt when absent, an error when it is none or out of
/// bounds.
[[nodiscard]] Result<std::optional<std::int64_t>> query_integer(const Request& request,
                                                                const char* name, std::int64_t low,
                                                                std::int64_t high);
/// The path argument as a row id; not_found otherwise.
[[nodiscard]] Result<std::int64_t> path_id(const Request& request, const char* what);

[[nodiscard]] std::string_view name_of(catalog::LimitMetric metric);
[[nodiscard]] std::string_view name_of(catalog::LimitWindow window);
[[nodiscard]] std::string_view name_of(catalog::DayReset reset);
[[nodiscard]] std::string_view name_of(catalog::KeyState state);
/// "live", "at_risk", "retired"; "custom" for a user's own endpoint.
[[nodiscard]] std::string_view status_of(const catalog::Platform& platform);
/// An estimate; null where no limit tells.
[[nodiscard]] Json monthly_tokens_json(const catalog::Platform& platform,
                                       const catalog::Model& model);

}  // namespace freellm::server::admin
