// /api/about, the description of the API, and the page that shows it.
#include <filesystem>
#include <fstream>

#include "../static/dashboard.hpp"
#include "freellm/store/migrations.hpp"
#include "json.hpp"
#include "resources.hpp"

namespace freellm::embedded {
extern const std::string_view openapi_json;
extern const std::string_view licenses_json;
}  // namespace freellm::embedded

namespace freellm::server::admin {
namespace {

/// Resident memory as Linux tells it; null elsewhere.
Json resident_bytes() {
  std::ifstream status{"/proc/self/status"};
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with("VmRSS:")) continue;
    return std::strtoll(line.c_str() + 6, nullptr, 10) * 1024;
  }
  return nullptr;
}

/// Which platforms serve without anybody's key now, and what that means for prompts.
Json keyless_facts(const catalog::RouteTable& table, bool is_allowed) {
  Json platforms = Json::array();
  std::string names;
  for (const auto* platform : table.anonymous_platforms()) {
    names += (names.empty() ? "" : ", ") + platform->name;
    platforms.push_back({{"slug", platform->slug},
                         {"name", platform->name},
                         {"data_use_note", platform->data_use_note}});
  }
  const std::string notice =
      names.empty() ? std::string{}
                    : names +
                          (platforms.size() == 1 ? " is used without a key. It"
                                                 : " are used without a key. They") +
                          " may log prompts or train on them. Adding a key of your own or turning "
                          "off routing.keyless ends this.";
  return {{"enabled", is_allowed},
          {"setting", "routing.keyless"},
          {"platforms", std::move(platforms)},
          {"notice", notice}};
}

void append_html(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
}

std::string text_of(const Json& object, const char* name) {
  return object.contains(name) && object[name].is_string() ? object[name].get<std::string>()
                                                           : std::string{};
}

constexpr std::string_view kStyle =
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 "
    "1rem;color:CanvasText;"
    "background:Canvas;color-scheme:light dark}h2{margin-top:2rem;border-bottom:1px "
    "solid}code{font-size:1rem}"
    "dt{margin-top:.8rem;font-weight:600}dd{margin:0 0 0 1rem}";

/// One line per operation, by tag; the details are in openapi.json.
std::string make_page() {
  const Json description = Json::parse(embedded::openapi_json, nullptr, false);
  std::string page =
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>FreeLLMAPI: the "
      "API</title><style>";
  page.append(kStyle).append(
      "</style><h1>FreeLLMAPI: the API</h1><p>The whole description, with every schema: ");
  page += "<a href=\"/api/openapi.json\">/api/openapi.json</a></p>";
  if (description.is_discarded()) return page;
  std::map<std::string, std::string> sections;
  for (const auto& [path, operations] : description["paths"].items()) {
    for (const auto& [method, operation] : operations.items()) {
      if (!operation.is_object() || !operation.contains("responses")) continue;
      const bool has_tag = operation.contains("tags") && !operation["tags"].empty();
      auto& section =
          sections[has_tag ? operation["tags"][0].get<std::string>() : std::string{"other"}];
      std::string verb{method};
      for (char& c : verb) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
      section += "<dt><code>";
      append_html(section, verb + " " + path);
      section += "</code></dt><dd>";
      append_html(section, text_of(operation, "summary"));
      if (const auto more = text_of(operation, "description"); !more.empty()) {
        section += "<br>";
        append_html(section, more);
      }
      section += "</dd>";
    }
  }
  for (const auto& [tag, section] : sections) {
    page += "<h2>";
    append_html(page, tag);
    page.append("</h2><dl>").append(section).append("</dl>");
  }
  return page;
}

}  // namespace

Result<Reply> get_about(Admin& admin, const Request& request) {
  const auto facts = admin.daemon.about();
  const auto index = admin.daemon.routes();
  const auto& table = routing::table_of(*index);
  std::error_code ec;
  const auto database_bytes = std::filesystem::file_size(admin.services.store.database(), ec);
  const auto up = std::chrono::duration_cast<Millis>(request.now.wall - facts.started_at);
  const auto address = facts.url.substr(facts.url.find("//") + 2);
  return reply({{"name", "FreeLLMAPI"},
                {"version", facts.version},
                {"commit", ""},
                {"compiler", facts.compiler},
                {"started_at", iso_time(facts.started_at)},
                {"uptime_ms", std::max<std::int64_t>(0, up.count())},
                {"base_url", request.caller.origin + "/v1"},
                {"address", address},
                {"data_dir", facts.data_dir},
                {"database_bytes", ec ? 0 : database_bytes},
                {"schema_version", store::schema_version()},
                {"catalog_version", facts.catalog_version},
                {"platforms", table.platforms().size()},
                {"models", table.models().size()},
                {"resident_bytes", resident_bytes()},
                {"keyless", keyless_facts(table, admin.daemon.settings().values.keyless)}});
}

Result<Reply> get_description(Admin&, const Request&) {
  return Reply{.status = 200, .body = std::string{embedded::openapi_json}, .headers = {}};
}

/// Of the libraries, collected by cmake/licenses.sh, and of the dashboard's packages, collected
/// when it is built.
Result<Reply> get_licenses(Admin&, const Request&) {
  static const std::string body = [] {
    Json rows = Json::parse(embedded::licenses_json, nullptr, false);
    if (!rows.is_array()) rows = Json::array();
    const Json packages =
        Json::parse(dashboard_file("/third-party.json").value_or("[]"), nullptr, false);
    if (packages.is_array()) rows.insert(rows.end(), packages.begin(), packages.end());
    return dump({{"data", std::move(rows)}});
  }();
  return Reply{.status = 200, .body = body, .headers = {}};
}

/// The dashboard's page of the description; without a dashboard a plain one.
Result<Reply> get_docs(Admin&, const Request&) {
  if (const auto built = dashboard_file("/api-docs.html")) {
    return Reply{.status = 200,
                 .body = std::string{*built},
                 .content_type = "text/html; charset=utf-8",
                 .headers = {{"Content-Security-Policy", std::string{dashboard_policy()}}}};
  }
  static const std::string page = make_page();
  return Reply{
      .status = 200,
      .body = page,
      .content_type = "text/html; charset=utf-8",
      .headers = {{"Content-Security-Policy",
                   "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"}}};
}

}  // namespace freellm::server::admin
